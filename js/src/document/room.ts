import { Awareness } from 'y-protocols/awareness';
import type * as Y from 'yjs';
import { Exchange } from './exchange';
import { lookAtFile } from './look';
import { type JupyterServer, openSession, Refused, type Session, whoAmI } from './server';
import { SyncStatus } from './status';
import type { Sync, SyncState } from './types';

const SECOND = 1000;
const RESYNC = 5 * SECOND;
const RECHECK = 10 * SECOND;
const BACKOFF = [1, 2, 5, 10, 30].map((seconds) => seconds * SECOND);
const GOING_AWAY = 1001;

/** How a visit to the room ended. */
interface Farewell {
  code: number;
  reason: string;
  /** Whether the server let us in at all. */
  opened: boolean;
  synced: boolean;
}

/** A peer of the server's room for one document: it joins, and joins again until destroyed. */
export class RoomSync implements Sync {
  readonly state: SyncStatus;
  readonly awareness: Awareness;
  #destroyed = false;
  #leave: () => void = () => {};
  #wake: () => void = () => {};

  constructor(
    private readonly doc: Y.Doc,
    private readonly server: JupyterServer,
    private readonly path: string,
  ) {
    this.state = new SyncStatus(doc);
    this.awareness = new Awareness(doc);
    void this.#introduce();
    void this.#stay();
  }

  reconnect(): void {
    this.#wake();
  }

  destroy(): void {
    this.#destroyed = true;
    this.state.destroy();
    this.awareness.destroy();
    this.#leave();
    this.#wake();
  }

  async #introduce(): Promise<void> {
    const user = await whoAmI(this.server).catch(() => ({ name: 'Someone' }));
    if (!this.#destroyed) this.awareness.setLocalStateField('user', user);
  }

  /** Be in the room; come back whenever it ends. */
  async #stay(): Promise<void> {
    let failures = 0;
    while (!this.#destroyed) {
      try {
        const session = await openSession(this.server, this.path);
        const farewell = await this.#visit(session);
        if (this.#destroyed) return;
        failures = farewell.synced ? 0 : failures + 1;
        this.state.tell(explain(farewell, this.path, failures));
        if (farewell.synced && farewell.code === GOING_AWAY) continue;
      } catch (error) {
        if (this.#destroyed) return;
        if (error instanceof Refused && error.final && this.#isEmpty()) {
          const shown = await lookAtFile(this.doc, this.server, this.path, error).catch(failed);
          // What was shown from the file must not meet the room's own history of it.
          if (shown.connection === 'synced') return this.state.tell(shown);
        }
        failures = error instanceof Refused && error.final ? BACKOFF.length : failures + 1;
        this.state.tell(failed(error));
      }
      await this.#pause(BACKOFF[Math.min(failures, BACKOFF.length) - 1] ?? SECOND);
    }
  }

  #isEmpty(): boolean {
    return this.doc.getMap('nodes').size === 0;
  }

  /** One connection, from the first frame to the last. */
  async #visit(session: Session): Promise<Farewell> {
    const socket = new WebSocket(session.roomUrl);
    socket.binaryType = 'arraybuffer';
    let opened = false;
    let synced = false;
    const exchange = new Exchange({
      doc: this.doc,
      awareness: this.awareness,
      send: (frame) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(frame as Uint8Array<ArrayBuffer>);
      },
      onSynced: () => {
        synced = true;
        this.state.tell({ connection: 'synced', message: '', readOnly: !session.writable });
      },
      onNotice: (notice) => this.#onNotice(notice),
    });
    const timers: ReturnType<typeof setInterval>[] = [];
    try {
      return await new Promise<Farewell>((resolve) => {
        const leave = (code: number, reason = ''): void => {
          socket.onclose = null;
          socket.close();
          resolve({ code, reason, opened, synced });
        };
        this.#leave = () => leave(1000);
        socket.onopen = () => {
          opened = true;
          exchange.greet();
          timers.push(setInterval(() => exchange.askForMissing(), RESYNC));
          timers.push(setInterval(() => void this.#recheck(session, leave), RECHECK));
        };
        socket.onmessage = ({ data }) => exchange.receive(new Uint8Array(data as ArrayBuffer));
        socket.onclose = ({ code, reason }) => resolve({ code, reason, opened, synced });
      });
    } finally {
      timers.forEach(clearInterval);
      exchange.stop();
      this.#leave = () => {};
    }
  }

  /** A server that restarted under the old connection has a session of another id: go there. */
  async #recheck(session: Session, leave: (code: number) => void): Promise<void> {
    try {
      const now = await openSession(this.server, this.path);
      if (now.sessionId !== session.sessionId) leave(GOING_AWAY);
    } catch (error) {
      if (error instanceof Refused) this.state.tell(failed(error));
    }
  }

  #onNotice(notice: string): void {
    if (kindOf(notice) !== 'conflict') return;
    const message =
      'The file was changed while you were away and your last edits do not fit it. ' +
      'Copy what you want to keep, then reload the page.';
    this.state.tell(refused(message));
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function failed(error: unknown): Partial<SyncState> {
  return error instanceof Refused ? refused(error.message) : { connection: 'offline', message: OFFLINE };
}

/** Edits would go nowhere, so none are taken. */
function refused(message: string): Partial<SyncState> {
  return { connection: 'error', message, readOnly: true };
}

const OFFLINE = 'The server cannot be reached. You can go on: your edits are sent when it is back.';

function explain(farewell: Farewell, path: string, failures: number): Partial<SyncState> {
  const { code, reason, opened } = farewell;
  if (code === 4404) return refused(`${path} is no longer there. Was it moved or deleted?`);
  if (code === 4400) return refused(`${path} is not a text file, so it is not a pipeline.`);
  if (code === 4500) return refused(`The server failed to open ${path}; its log says why.`);
  if (code === 1003 && kindOf(reason, 'reason') === 'initialization_error') {
    return refused(`The server failed to open ${path}; its log says why.`);
  }
  // A browser does not tell a handshake that was refused from a server that is down; but this
  // server has just answered, so from the second time on it was a refusal.
  if (!opened && failures > 1) {
    return refused(`The server does not let you into ${path}. Do you have permission to write it?`);
  }
  return { connection: 'offline', message: OFFLINE };
}

/** A key of a JSON text; empty if it is not there. */
function kindOf(json: string, key = 'type'): string {
  try {
    return String(JSON.parse(json)[key] ?? '');
  } catch {
    return '';
  }
}
