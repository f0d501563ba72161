import { Awareness } from 'y-protocols/awareness';
import type * as Y from 'yjs';
import { Exchange } from './exchange';
import { lookAtFile } from './look';
import { type JupyterServer, openSession, Refused, type Session, sessionNow, whoAmI } from './server';
import { SyncStatus } from './status';
import type { Sync, SyncState } from './types';

const SECOND = 1000;
const RESYNC = 5 * SECOND;
const RECHECK = 15 * SECOND;
const SILENCE = 10 * SECOND;
const BACKOFF = [1, 2, 5, 10, 30].map((seconds) => seconds * SECOND);
/** Pages that lost the same server do not come back in the same moment. */
const JITTER = 0.2;
const GOING_AWAY = 1001;
const TRY_AGAIN = 1013;
/** Codes of our own, for what no server said. */
const NOT_TAKEN = 4000;
const LOST = 4001;

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
  #leave: (code: number, reason?: string) => void = () => {};
  #wake: () => void = () => {};
  readonly #hurry = (): void => this.#wake();

  constructor(
    private readonly doc: Y.Doc,
    private readonly server: JupyterServer,
    private readonly path: string,
  ) {
    this.state = new SyncStatus(doc);
    this.awareness = new Awareness(doc);
    globalThis.addEventListener?.('online', this.#hurry);
    globalThis.addEventListener?.('focus', this.#hurry);
    void this.#introduce();
    void this.#stay();
  }

  reconnect(): void {
    if (this.state.value.connection === 'synced') this.#leave(GOING_AWAY);
    this.#wake();
  }

  destroy(): void {
    this.#destroyed = true;
    globalThis.removeEventListener?.('online', this.#hurry);
    globalThis.removeEventListener?.('focus', this.#hurry);
    this.state.destroy();
    this.awareness.destroy();
    this.#leave(1000);
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
        failures = farewell.synced && farewell.code !== NOT_TAKEN ? 0 : failures + 1;
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
      const delay = BACKOFF[Math.min(Math.max(failures, 1), BACKOFF.length) - 1] ?? SECOND;
      await this.#pause(delay * (1 - JITTER + 2 * JITTER * Math.random()));
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
    let asked = 0;
    const send = (frame: Uint8Array): void => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame as Uint8Array<ArrayBuffer>);
    };
    const exchange = new Exchange({
      doc: this.doc,
      awareness: this.awareness,
      send,
      onSynced: () => {
        synced = true;
        this.state.tell({ connection: 'synced', message: '', readOnly: !session.writable });
      },
      onAnswered: () => this.state.askWith(send),
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
        this.#leave = leave;
        const resync = (): void => {
          // A line that was cut without a word: the server answers every question of ours.
          if (asked && performance.now() - asked > SILENCE) return leave(LOST);
          asked ||= performance.now();
          exchange.askForMissing();
        };
        socket.onopen = () => {
          opened = true;
          exchange.greet();
          timers.push(setInterval(resync, RESYNC));
          timers.push(setInterval(() => void this.#recheck(session, leave), RECHECK));
        };
        socket.onmessage = ({ data }) => {
          asked = 0;
          exchange.receive(new Uint8Array(data as ArrayBuffer));
        };
        socket.onclose = ({ code, reason }) => resolve({ code, reason, opened, synced });
      });
    } finally {
      timers.forEach(clearInterval);
      exchange.stop();
      this.state.stopAsking();
      this.#leave = () => {};
    }
  }

  /** A server that restarted under the old connection has a session of another id: go there. */
  async #recheck(session: Session, leave: (code: number) => void): Promise<void> {
    if (!this.state.answered) return; // only a server with our extension tells quietly
    const now = await sessionNow(this.server).catch(() => '');
    if (now && now !== session.sessionId) leave(GOING_AWAY);
  }

  #onNotice(notice: string): void {
    const refusal = this.state.hear(notice);
    if (refusal !== null) return this.#leave(NOT_TAKEN, refusal);
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
  if (code === NOT_TAKEN) {
    // The edits are kept here, and sent anew.
    return { connection: 'error', message: `The server did not take an edit. ${reason}` };
  }
  if (code === 4404) return refused(`${path} is no longer there. Was it moved or deleted?`);
  if (code === 4400) return refused(`${path} is not a text file, so it is not a pipeline.`);
  if (code === 4500) return refused(`The server failed to open ${path}; its log says why.`);
  if (code === 1003 && kindOf(reason, 'reason') === 'initialization_error') {
    return refused(`The server failed to open ${path}; its log says why.`);
  }
  if (code === TRY_AGAIN) return { connection: 'offline', message: reason || OFFLINE };
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
