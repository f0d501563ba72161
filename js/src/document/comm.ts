import type * as Y from 'yjs';
import type { Heard, Line } from '../kernel/line';
import { Poll } from '../kernel/poll';
import { Exchange } from './exchange';
import { SyncStatus } from './status';
import type { Sync } from './types';

const VISIBLE_INTERVAL = 150;
const HIDDEN_INTERVAL = 2000;
const RETRY = 2000;

/** Where the document is a file: the kernel keeps it, and tells the page over its own line. */
export class CommSync implements Sync {
  readonly state: SyncStatus;
  readonly awareness = null;
  readonly #exchange: Exchange;
  readonly #poll: Poll;
  readonly #hangUp: (() => void)[];
  #retry: ReturnType<typeof setTimeout> | undefined;
  #lost = false;

  constructor(
    doc: Y.Doc,
    private readonly line: Line,
  ) {
    this.state = new SyncStatus(doc);
    this.#exchange = new Exchange({
      doc,
      awareness: null,
      send: (frame) => this.#send(frame),
      onSynced: () => this.state.tell({ connection: 'synced', message: '' }),
      onAnswered: () => this.state.askWith((frame) => this.#send(frame)),
      onNotice: (notice) => void this.state.hear(notice),
    });
    this.#hangUp = [line.listen(this.#heard), line.onClosed(() => this.#gone())];
    const interval = (): number => (globalThis.document?.hidden ? HIDDEN_INTERVAL : VISIBLE_INTERVAL);
    const question = { y: true, ping: true } as const;
    this.#poll = new Poll(line, { question, interval, onGone: () => this.#gone() });
    this.#exchange.greet();
  }

  /** The kernel tries to write what it could not write, and answers anew. */
  reconnect(): void {
    if (this.#lost) return;
    this.state.stopAsking();
    this.#exchange.greet();
  }

  destroy(): void {
    clearTimeout(this.#retry);
    this.#poll.stop();
    this.#exchange.stop();
    this.state.destroy();
    this.#hangUp.forEach((stop) => stop());
  }

  #send(frame: Uint8Array): void {
    try {
      this.line.send({ y: true }, [frame]);
    } catch {
      this.#gone();
    }
  }

  readonly #heard: Heard = (envelope, buffers) => {
    if (!envelope['y']) return;
    this.#poll.answered();
    for (const { buffer, byteOffset, byteLength } of buffers) {
      this.#exchange.receive(new Uint8Array(buffer, byteOffset, byteLength));
    }
    const error = envelope['error'];
    if (typeof error !== 'string') return;
    this.state.tell({ connection: 'error', message: error });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.reconnect(), RETRY);
  };

  /** The file is whole, but nobody would write what is edited from here on. */
  #gone(): void {
    this.#lost = true;
    this.#poll?.stop();
    this.state.stopAsking();
    const message = 'The kernel is gone or was restarted. Run the cell again to go on editing.';
    this.state.tell({ connection: 'error', message, readOnly: true });
  }
}
