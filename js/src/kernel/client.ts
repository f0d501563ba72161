import { Variable } from '../document/observable';
import type { Heard, Line } from './line';
import { Poll } from './poll';
import {
  type Events,
  type Kernel,
  KernelError,
  type KernelState,
  type Method,
  type Methods,
  type Reply,
} from './protocol';

const BUSY_INTERVAL = 150;
/** Between questions while nothing is outstanding: only to hear what a cell queued. */
const IDLE_INTERVAL = 2000;
interface Waiting {
  resolve(reply: { result: never; buffers: DataView[] }): void;
  reject(error: KernelError): void;
}

/** The kernel at the other end of a line. */
export class KernelClient implements Kernel {
  readonly state = new Variable<KernelState>('connected');
  readonly #waiting = new Map<number, Waiting>();
  readonly #runs = new Set<string>();
  readonly #listeners = new Map<string, Set<(data: never) => void>>();
  readonly #poll: Poll;
  readonly #hangUp: (() => void)[];
  /** Starts anywhere: pages that share a notebook hear one another's replies. */
  #lastId = Math.floor(Math.random() * 2 ** 40) + 2 ** 30;

  constructor(
    private readonly line: Line,
    readonly advice: string,
  ) {
    this.#hangUp = [line.listen(this.#heard), line.onClosed(() => this.#gone())];
    this.#poll = new Poll(line, {
      question: { ping: true },
      interval: () => (this.#outstanding ? BUSY_INTERVAL : IDLE_INTERVAL),
      onGone: () => this.#gone(),
      onSilence: (silent) => this.state.set(silent ? 'busy' : 'connected'),
    });
  }

  request<M extends Method>(
    method: M,
    params: Methods[M]['params'],
  ): Promise<{ result: Methods[M]['result']; buffers: DataView[] }> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      try {
        this.line.send({ id, method, params });
        this.#poll.hurry();
      } catch {
        this.#gone();
      }
    });
  }

  onEvent<E extends keyof Events>(name: E, listener: (data: Events[E]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener as (data: never) => void));
    return () => listeners.delete(listener as (data: never) => void);
  }

  destroy(): void {
    this.#poll.stop();
    this.#hangUp.forEach((stop) => stop());
    this.#refuseAll('The editor was closed.', '');
  }

  get #outstanding(): boolean {
    return this.#waiting.size > 0 || this.#runs.size > 0;
  }

  readonly #heard: Heard = (envelope, buffers) => {
    if (envelope['y']) return;
    this.#poll.answered();
    if (typeof envelope['event'] === 'string') this.#onEvent(envelope['event'], envelope['data']);
    else if (typeof envelope['id'] === 'number') this.#onReply(envelope as Reply, buffers);
  };

  #onReply({ id, result, error }: Reply, buffers: DataView[]): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) return waiting?.reject(new KernelError(error.message, error.advice));
    const runId = (result as { runId?: unknown } | null)?.runId;
    if (typeof runId === 'string') this.#runs.add(runId);
    waiting?.resolve({ result: result as never, buffers });
  }

  #onEvent(name: string, data: unknown): void {
    if (name === 'finished') this.#runs.delete((data as Events['finished']).runId);
    for (const listener of this.#listeners.get(name) ?? []) listener(data as never);
  }

  #gone(): void {
    this.#poll.stop();
    this.#runs.clear();
    this.state.set('gone');
    this.#refuseAll('The kernel is gone or was restarted.', this.advice);
  }

  #refuseAll(message: string, advice: string): void {
    for (const { reject } of this.#waiting.values()) reject(new KernelError(message, advice));
    this.#waiting.clear();
  }
}
