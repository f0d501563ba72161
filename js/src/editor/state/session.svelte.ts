import type { Column, Hello, Kernel, KernelState, OperatorCard, Problem } from '../../kernel/protocol';
import { KernelError } from '../../kernel/protocol';

const CHECK_DELAY_MS = 400;

/** What the kernel has told: the catalogue, the project, problems and columns. */
export class Session {
  catalogue = $state.raw<ReadonlyMap<string, OperatorCard>>(new Map());
  hello = $state.raw<Hello | null>(null);
  problems = $state.raw<readonly Problem[]>([]);
  schemas = $state.raw<Record<string, Column[]>>({});
  state = $state.raw<KernelState>('gone');
  /** The catalogue was asked for and answered. */
  ready = $state.raw(false);
  /** The kernel has said which problems there are. */
  checked = $state.raw(false);
  /** A request that failed, for the person to read; empty when all is well. */
  trouble = $state.raw('');
  /** Counts finished runs: tables re-open when it goes up. */
  finished = $state.raw(0);

  readonly #stop: (() => void)[] = [];
  #checkTimer: ReturnType<typeof setTimeout> | undefined;
  #checks = 0;

  constructor(readonly kernel: Kernel | null) {
    if (!kernel) return;
    this.#stop = [
      kernel.state.subscribe((state) => this.#stateChanged(state)),
      kernel.onEvent('catalogue', ({ operators }) => this.#learn(operators)),
      kernel.onEvent('connection', (connection) => {
        if (this.hello) this.hello = { ...this.hello, connection };
      }),
      kernel.onEvent('problems', ({ problems, schemas }) => {
        this.problems = problems;
        if (schemas) this.schemas = schemas;
      }),
      kernel.onEvent('finished', () => this.finished++),
    ];
  }

  get alive(): boolean {
    return isAlive(this.state);
  }

  /** A kernel is there, or a run would start one. */
  get available(): boolean {
    return this.alive || this.state === 'none';
  }

  /** How to get a kernel where there is none. */
  get advice(): string {
    return this.kernel?.advice ?? '';
  }

  card(operatorId: string): OperatorCard | undefined {
    return this.catalogue.get(operatorId);
  }

  /** Ask for a check soon; more edits before then make it wait. */
  checkSoon(): void {
    clearTimeout(this.#checkTimer);
    this.#checkTimer = setTimeout(() => void this.check(), CHECK_DELAY_MS);
  }

  async check(): Promise<void> {
    if (!this.kernel || !this.alive) return;
    const number = ++this.#checks;
    await this.#attempt(async (kernel) => {
      const { result } = await kernel.request('check', {});
      if (number !== this.#checks) return;
      this.problems = result.problems;
      this.schemas = result.schemas;
      this.checked = true;
    });
  }

  /** Start a kernel where there is none. */
  start(start: () => Promise<void>): Promise<void> {
    return this.#attempt(start);
  }

  /** Run the pipeline, or as far as one node. */
  run(to: string | null = null): Promise<void> {
    return this.#attempt((kernel) => kernel.request('run', { to }));
  }

  /** Run the pipeline; compute a node and what depends on it although the cache has them. */
  runAgain(again: string): Promise<void> {
    return this.#attempt((kernel) => kernel.request('run', { to: null, again }));
  }

  stop(): Promise<void> {
    return this.#attempt((kernel) => kernel.request('stop', {}));
  }

  destroy(): void {
    clearTimeout(this.#checkTimer);
    for (const stop of this.#stop) stop();
  }

  #stateChanged(state: KernelState): void {
    const returned = !isAlive(this.state) && isAlive(state);
    this.state = state;
    if (returned) void this.#greet();
  }

  async #greet(): Promise<void> {
    await this.#attempt(async (kernel) => {
      const [hello, catalogue] = await Promise.all([
        kernel.request('hello', {}),
        kernel.request('catalogue', {}),
      ]);
      this.hello = hello.result;
      this.#learn(catalogue.result.operators);
    });
    await this.check();
  }

  #learn(operators: readonly OperatorCard[]): void {
    this.catalogue = new Map(operators.map((card) => [card.id, card]));
    this.ready = true;
  }

  async #attempt(work: (kernel: Kernel) => Promise<unknown>): Promise<void> {
    if (!this.kernel) return;
    try {
      await work(this.kernel);
      this.trouble = '';
    } catch (error) {
      this.trouble = inWords(error);
    }
  }
}

function isAlive(state: KernelState): boolean {
  return state === 'connected' || state === 'busy';
}

/** What to tell a person of a failed request. */
export function inWords(error: unknown): string {
  if (error instanceof KernelError) return [error.message, error.advice].filter(Boolean).join(' ');
  return error instanceof Error ? error.message : String(error);
}
