/** The question "is it saved?" and its answer: docs/decisions/0008-a-local-log-behind-the-rooms.md. */
import * as encoding from 'lib0/encoding';

const RAW = 2; // frames of Jupyter's own
const DURABLE = 'durable';

/** `saved`, `waiting` (another answer follows) or `refused`, and why. */
export interface Answer {
  number: number;
  status: 'saved' | 'waiting' | 'refused';
  message: string;
}

/** The frame that asks whether all that was sent so far is on the disk. */
export function question(number: number): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, RAW);
  encoding.writeVarString(encoder, DURABLE);
  encoding.writeVarUint(encoder, number);
  return encoding.toUint8Array(encoder);
}

/** What a notice answers; `null` if it is about something else. */
export function answerOf(notice: string): Answer | null {
  let content: unknown;
  try {
    content = JSON.parse(notice);
  } catch {
    return null;
  }
  const { type, responseTo, status, message } = (content ?? {}) as Record<string, unknown>;
  if (type !== DURABLE || typeof responseTo !== 'number') return null;
  if (status !== 'saved' && status !== 'waiting' && status !== 'refused') return null;
  return { number: responseTo, status, message: typeof message === 'string' ? message : '' };
}

/**
 * Which edits of this page are known to be safe: each is counted, and asked about, with one open
 * question at a time.
 */
export class Ledger {
  /** The server has never answered: it cannot tell, and has what was sent. */
  shared = false;
  /** Why the open question is not answered with `saved` yet. */
  problem = '';
  #edits = 0;
  #saved = 0;
  #connected = false;
  #confirmed = false;
  #answered = false;
  #open: { number: number; edits: number } | null = null;
  // The pages that show one notebook all hear what the kernel answers to one of them.
  #number = crypto.getRandomValues(new Uint32Array(1))[0]! & 0x3fffffff;

  /** How many edits are not known to be saved. */
  get pending(): number {
    return this.#edits - this.#saved;
  }

  /** Whether a question of this connection was answered, and nothing was edited since. */
  get settled(): boolean {
    return this.#confirmed && this.pending === 0;
  }

  /** Whether the server has ever answered. */
  get answered(): boolean {
    return this.#answered;
  }

  noteEdit(): void {
    this.#edits++;
  }

  /** The other side was sent all that is here. */
  connect(): void {
    this.#connected = true;
  }

  /** The connection is gone, and with it the answers that it owed. */
  disconnect(): void {
    this.#connected = this.#confirmed = this.shared = false;
    this.problem = '';
    this.#open = null;
  }

  /** The number to ask with now; `null` if there is nothing to ask. */
  question(): number | null {
    if (this.#connected && this.shared) this.#saved = this.#edits;
    if (!this.#connected || this.#open || this.settled) return null;
    this.#open = { number: ++this.#number, edits: this.#edits };
    return this.#number;
  }

  /** Take an answer; false if it is none to the open question. */
  take({ number, status, message }: Answer): boolean {
    if (this.#open?.number !== number) return false;
    this.#answered = true;
    this.shared = false;
    this.problem = status === 'saved' ? '' : message || 'It is not on the disk.';
    if (status !== 'saved') return true;
    this.#saved = Math.max(this.#saved, this.#open.edits);
    this.#open = null;
    this.#confirmed = true;
    return true;
  }

  /** Believe that the server cannot tell, if it never answered. */
  giveUp(number: number): void {
    if (this.#open?.number !== number || this.#answered) return;
    this.shared = true;
    this.#saved = this.#edits;
  }
}
