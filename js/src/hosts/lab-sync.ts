import type { ICollaborativeContentProvider } from '@jupyter/collaborative-drive';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Awareness } from 'y-protocols/awareness';
import { lookAtFile, refusalOf } from '../document/look';
import { pageServer, Refused } from '../document/server';
import { noticeIn } from '../document/exchange';
import { SyncStatus } from '../document/status';
import type { Sync } from '../document/types';
import type { PipelineModel } from './lab-document';

const INTERVAL = 1000;
const OFFLINE = 'The server cannot be reached. Your edits are sent when it is back.';

/** What of Lab's provider is not in its type. */
interface LabProvider {
  /** Lab covers the document until this is settled. */
  _ready?: { resolve(): void };
  _yWebsocketProvider?: WebsocketProvider | null;
  reconnect?(): Promise<void>;
}

/** What of y-websocket's provider is used here. */
interface WebsocketProvider {
  ws?: WebSocket | null;
  wsconnected?: boolean;
  /** Both sides have told each other all they had. */
  synced?: boolean;
  wsUnsuccessfulReconnects?: number;
}

/** How Lab's own provider is doing; without one, Lab loads and saves the file. */
export class LabSync implements Sync {
  readonly state: SyncStatus;
  readonly awareness: Awareness | null;
  readonly #timer: ReturnType<typeof setInterval>;
  #found: LabProvider | undefined;
  #refused = false;
  /** The connection that is asked what is saved. */
  #asked: WebSocket | null = null;

  constructor(
    private readonly context: DocumentRegistry.IContext<PipelineModel>,
    private readonly provider: ICollaborativeContentProvider | null,
  ) {
    const { sharedModel, collaborative } = context.model;
    this.state = new SyncStatus(sharedModel.ydoc, !collaborative);
    this.awareness = collaborative ? (sharedModel.awareness as Awareness) : null;
    this.#timer = setInterval(() => this.#look(), INTERVAL);
    if (collaborative) void this.#ask();
    context.ready.then(
      () => this.#look(),
      (error: unknown) => {
        clearInterval(this.#timer);
        const message = `The document could not be opened: ${String(error)}`;
        this.state.tell({ connection: 'error', message, readOnly: true });
      },
    );
  }

  reconnect(): void {
    void this.#labProvider()?.reconnect?.();
  }

  destroy(): void {
    clearInterval(this.#timer);
    this.#asked?.removeEventListener('message', this.#onMessage);
    this.state.destroy();
  }

  /** Lab waits for ever for a room that the server refuses. */
  async #ask(): Promise<void> {
    const server = pageServer();
    if (!server) return;
    const { localPath, model } = this.context;
    try {
      const refused = await refusalOf(server, localPath);
      if (!refused) return;
      this.state.tell(await lookAtFile(model.sharedModel.ydoc, server, localPath, refused));
      clearInterval(this.#timer);
      this.#refused = true;
      this.#labProvider()?._ready?.resolve();
    } catch (error) {
      this.state.tell(
        error instanceof Refused
          ? { connection: 'error', message: error.message, readOnly: true }
          : { connection: 'offline', message: OFFLINE },
      );
    }
  }

  readonly #look = (): void => {
    if (this.#refused) return;
    const { isReady, model, contentsModel } = this.context;
    if (isReady && model.sharedModel.isDisposed) return this.#lost();
    const socket = this.#labProvider()?._yWebsocketProvider;
    this.#follow(socket?.wsconnected && socket.synced ? (socket.ws ?? null) : null);
    const offline = isReady ? socket?.wsconnected === false : !!socket?.wsUnsuccessfulReconnects;
    if (offline) this.state.tell({ connection: 'offline', message: OFFLINE });
    else if (isReady) {
      this.state.tell({ connection: 'synced', message: '', readOnly: contentsModel?.writable === false });
    }
  };

  /** Ask over Lab's own connection, and over each that follows it. */
  #follow(socket: WebSocket | null): void {
    if (socket === this.#asked) return;
    this.#asked?.removeEventListener('message', this.#onMessage);
    this.#asked?.removeEventListener('close', this.#look);
    this.#asked = socket;
    this.state.stopAsking();
    socket?.addEventListener('message', this.#onMessage);
    socket?.addEventListener('close', this.#look);
    if (socket) this.state.askWith((frame) => socket.send(frame as Uint8Array<ArrayBuffer>));
  }

  readonly #onMessage = ({ data }: MessageEvent): void => {
    const notice = data instanceof ArrayBuffer ? noticeIn(new Uint8Array(data)) : null;
    const refusal = notice && this.state.hear(notice);
    if (refusal) this.#asked?.close();
  };

  /** Lab lets go of a document that it asks to reload; edits from here on would go nowhere. */
  #lost(): void {
    clearInterval(this.#timer);
    this.#follow(null);
    const message = 'JupyterLab has closed this document. Reload the page to go on.';
    this.state.tell({ connection: 'error', message, readOnly: true });
  }

  /** Lab lists it under the path the document had when it was opened. */
  #labProvider(): LabProvider | undefined {
    const path = this.context.localPath;
    const entries = [...(this.provider?.providers ?? [])];
    this.#found ??= entries.find(([key]) => key.endsWith(`:${path}`))?.[1] as LabProvider | undefined;
    return this.#found;
  }
}
