import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel as LabKernel } from '@jupyterlab/services';
import { Variable } from '../document/observable';
import { KernelClient } from '../kernel/client';
import { commLine } from '../kernel/line';
import {
  type Events,
  type Kernel,
  KernelError,
  type KernelState,
  type Method,
  type Methods,
} from '../kernel/protocol';

const ADVICE = 'Pick a kernel in the toolbar.';
const TARGET = 'mudrock.editor';
const SERVE_TABS = 'from mudrock_jupyter.tabs import serve_tabs; serve_tabs()';

/** The kernel of a tab: whichever the session has. None is started before it is asked for. */
export class LabTabKernel implements Kernel {
  readonly state = new Variable<KernelState>('none');
  readonly advice = ADVICE;
  readonly #listeners: { [name in keyof Events]?: Set<(data: Events[name]) => void> } = {};
  #client: KernelClient | null = null;
  #comm: LabKernel.IComm | null = null;
  #arrival: Promise<KernelClient> | null = null;
  /** Goes up whenever what we had is over, so that a late arrival can tell. */
  #turn = 0;
  #restarting = false;

  constructor(
    private readonly session: ISessionContext,
    private readonly path: () => string,
    private readonly dialogs: ISessionContext.IDialogs,
  ) {
    session.kernelChanged.connect(this.#onKernel, this);
    session.statusChanged.connect(this.#onStatus, this);
    this.#onKernel();
  }

  async start(): Promise<void> {
    await this.session.ready;
    if (!this.session.session?.kernel) await this.dialogs.selectKernel(this.session);
    if (!this.#arrival) this.#onKernel();
    await this.#connected();
  }

  async request<M extends Method>(
    method: M,
    params: Methods[M]['params'],
  ): Promise<{ result: Methods[M]['result']; buffers: DataView[] }> {
    if (method === 'run') await this.start();
    return (await this.#connected()).request(method, params);
  }

  onEvent<E extends keyof Events>(name: E, listener: (data: Events[E]) => void): () => void {
    const listeners: Set<(data: Events[E]) => void> = (this.#listeners[name] ??= new Set() as never);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** The document has another path now: tell the kernel, which serves documents by their paths. */
  moved(): void {
    this.#onKernel();
  }

  destroy(): void {
    this.session.kernelChanged.disconnect(this.#onKernel, this);
    this.session.statusChanged.disconnect(this.#onStatus, this);
    this.#hangUp();
  }

  #connected(): Promise<KernelClient> {
    if (this.#arrival) return this.#arrival;
    return Promise.reject(new KernelError('There is no kernel yet.', ADVICE));
  }

  #onKernel(): void {
    this.#hangUp();
    const kernel = this.session.session?.kernel;
    this.state.set('none');
    if (!kernel) return;
    const turn = this.#turn;
    this.#arrival = this.#connect(kernel, turn);
    this.#arrival.catch((error: unknown) => {
      console.warn('mudrock_jupyter:', error);
      if (turn === this.#turn) this.#arrival = null; // so that Run tries again, and says why not
    });
  }

  #onStatus(_: ISessionContext, status: LabKernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting') {
      this.#restarting = true;
      this.#hangUp();
      this.state.set('gone');
    } else if (status === 'idle' && this.#restarting) {
      this.#restarting = false;
      this.#onKernel();
    }
  }

  async #connect(kernel: LabKernel.IKernelConnection, turn: number): Promise<KernelClient> {
    const { content } = await kernel.requestExecute({
      code: SERVE_TABS,
      silent: true,
      store_history: false,
    }).done;
    if (content.status !== 'ok') {
      const reason = content.status === 'error' ? `${content.ename}: ${content.evalue}` : 'stopped';
      const advice = 'Pick a Python kernel that has mudrock_jupyter installed.';
      throw new KernelError(`This kernel cannot run pipelines (${reason}).`, advice);
    }
    if (turn !== this.#turn) throw new KernelError('The kernel was changed.', 'Try again.');
    const comm = kernel.createComm(TARGET);
    const client = new KernelClient(commLine(comm), ADVICE);
    comm.open({ path: this.path() });
    this.#comm = comm;
    this.#client = client;
    this.#forward(client);
    client.state.subscribe((state) => this.state.set(state));
    return client;
  }

  #forward(client: KernelClient): void {
    const names: (keyof Events)[] = ['problems', 'catalogue', 'connection', 'finished'];
    for (const name of names) {
      client.onEvent(name, (data) => {
        for (const listener of this.#listeners[name] ?? []) listener(data as never);
      });
    }
  }

  #hangUp(): void {
    this.#turn++;
    this.#client?.destroy();
    this.#client = null;
    this.#arrival = null;
    if (this.#comm && !this.#comm.isDisposed) this.#comm.dispose();
    this.#comm = null;
  }
}
