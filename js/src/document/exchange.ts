/** The y-protocols exchange with one peer over any line that carries bytes. */
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import {
  type Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from 'y-protocols/awareness';
import { messageYjsSyncStep1, messageYjsSyncStep2, readSyncMessage, writeSyncStep1, writeUpdate } from 'y-protocols/sync';
import type * as Y from 'yjs';

const SYNC = 0;
const AWARENESS = 1;
const RAW = 2; // Jupyter's own JSON notices; y-websocket uses this number for something else

export interface ExchangeOptions {
  doc: Y.Doc;
  awareness: Awareness | null;
  send(frame: Uint8Array): void;
  /** The peer sent all it has. */
  onSynced(): void;
  /** The peer was sent all that it lacked. */
  onAnswered?(): void;
  /** The server told something that is no part of the document. */
  onNotice?(notice: string): void;
}

interface AwarenessChange {
  added: number[];
  updated: number[];
  removed: number[];
}

export class Exchange {
  readonly #options: ExchangeOptions;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    options.doc.on('update', this.#onUpdate);
    options.awareness?.on('update', this.#onAwareness);
  }

  /** Tell the peer who is here and what this side has; the peer answers with what is missing. */
  greet(): void {
    const { awareness, doc } = this.#options;
    this.askForMissing();
    if (awareness?.getLocalState()) this.#sendAwareness([doc.clientID]);
  }

  /** Sync step 1; repeated, it heals updates that got lost on the way. */
  askForMissing(): void {
    this.#send(SYNC, (encoder) => writeSyncStep1(encoder, this.#options.doc));
  }

  receive(frame: Uint8Array): void {
    const decoder = decoding.createDecoder(frame);
    const { doc, awareness, onSynced, onAnswered, onNotice } = this.#options;
    switch (decoding.readVarUint(decoder)) {
      case SYNC: {
        const answer = encoding.createEncoder();
        encoding.writeVarUint(answer, SYNC);
        const kind = readSyncMessage(decoder, answer, doc, this);
        if (encoding.length(answer) > 1) this.#options.send(encoding.toUint8Array(answer));
        if (kind === messageYjsSyncStep1) onAnswered?.();
        if (kind === messageYjsSyncStep2) onSynced();
        break;
      }
      case AWARENESS:
        if (awareness) applyAwarenessUpdate(awareness, decoding.readVarUint8Array(decoder), this);
        break;
      case RAW:
        onNotice?.(decoding.readVarString(decoder));
    }
  }

  /** Stop; the other people are no longer seen, since nothing is heard of them. */
  stop(): void {
    const { doc, awareness } = this.#options;
    doc.off('update', this.#onUpdate);
    awareness?.off('update', this.#onAwareness);
    if (!awareness) return;
    const others = [...awareness.getStates().keys()].filter((id) => id !== doc.clientID);
    removeAwarenessStates(awareness, others, this);
  }

  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin !== this) this.#send(SYNC, (encoder) => writeUpdate(encoder, update));
  };

  readonly #onAwareness = (change: AwarenessChange, origin: unknown): void => {
    if (origin === this) return;
    this.#sendAwareness([...change.added, ...change.updated, ...change.removed]);
  };

  #sendAwareness(clients: number[]): void {
    const { awareness } = this.#options;
    if (!awareness) return;
    const update = encodeAwarenessUpdate(awareness, clients);
    this.#send(AWARENESS, (encoder) => encoding.writeVarUint8Array(encoder, update));
  }

  #send(type: number, write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, type);
    write(encoder);
    this.#options.send(encoding.toUint8Array(encoder));
  }
}

/** The notice in a frame; `null` if it is a frame of another type. */
export function noticeIn(frame: Uint8Array): string | null {
  const decoder = decoding.createDecoder(frame);
  return decoding.readVarUint(decoder) === RAW ? decoding.readVarString(decoder) : null;
}
