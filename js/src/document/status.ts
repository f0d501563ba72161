import type * as Y from 'yjs';
import { answerOf, Ledger, question } from './durability';
import { type Observable, Variable } from './observable';
import { equal } from './plain';
import { ERROR, fromText } from './text';
import type { SyncState } from './types';

/** What of the document a file holds; a change of anything else is no edit. */
const CONTENT = ['pipeline', 'nodes', 'edges', 'layout', 'comments', 'metadata', 'execution'];
/** Key of the `state` root: what is wrong with the file. */
const PROBLEM = 'problem';
/** A server that can tell what is saved answers within milliseconds. */
const SHARED_AFTER = 3000;

export const CONNECTING: SyncState = {
  connection: 'connecting',
  saved: 'saving',
  message: '',
  readOnly: false,
  pending: 0,
  fileProblem: '',
};

type Told = Pick<SyncState, 'connection' | 'message' | 'readOnly'>;

/** What a provider tells of its connection, with what is known of the edits and of the file. */
export class SyncStatus implements Observable<SyncState> {
  readonly #shown = new Variable(CONNECTING);
  readonly #ledger = new Ledger();
  readonly #doc: Y.Doc;
  readonly #own: Y.Map<unknown>;
  readonly #content: Y.Map<unknown>[];
  #told: Told = CONNECTING;
  #send: ((frame: Uint8Array) => void) | null = null;
  #asking = false;

  /** `savedByHost`: nobody can be asked; the document's own `dirty` says what is not in the file. */
  constructor(
    doc: Y.Doc,
    private readonly savedByHost = false,
  ) {
    this.#doc = doc;
    this.#own = doc.getMap('state');
    this.#content = CONTENT.map((name) => doc.getMap(name));
    doc.on('update', this.#count);
    this.#own.observe(this.#update);
    this.#update();
  }

  get value(): SyncState {
    return this.#shown.value;
  }

  /** Whether the other side has ever said what is saved. */
  get answered(): boolean {
    return this.#ledger.answered;
  }

  subscribe(listener: (state: SyncState) => void): () => void {
    return this.#shown.subscribe(listener);
  }

  tell(change: Partial<Told>): void {
    this.#told = { ...this.#told, ...change };
    this.#update();
  }

  /** The other side has been sent all that is here, so it can be asked whether it is saved. */
  askWith(send: (frame: Uint8Array) => void): void {
    this.#send = send;
    this.#ledger.connect();
    this.#ask();
  }

  stopAsking(): void {
    this.#send = null;
    this.#ledger.disconnect();
    this.#update();
  }

  /** Take a notice; returns why an edit was refused, if one was. */
  hear(notice: string): string | null {
    const answer = answerOf(notice);
    if (!answer || !this.#ledger.take(answer)) return null;
    if (answer.status === 'refused') return answer.message;
    this.#ask();
    return null;
  }

  destroy(): void {
    this.#send = null;
    this.#own.unobserve(this.#update);
    this.#doc.off('update', this.#count);
  }

  readonly #count = (_: Uint8Array, origin: unknown, __: Y.Doc, transaction: Y.Transaction): void => {
    const { local, changedParentTypes } = transaction;
    if (!local || origin === fromText || this.savedByHost) return;
    if (!this.#content.some((root) => changedParentTypes.has(root as never))) return;
    this.#ledger.noteEdit();
    this.#update();
    // Not before whoever listens after us has sent the edit.
    if (!this.#asking) queueMicrotask(() => this.#ask());
    this.#asking = true;
  };

  #ask(): void {
    this.#asking = false;
    const number = this.#send && this.#ledger.question();
    if (this.#send && number !== null) {
      this.#send(question(number));
      setTimeout(() => {
        this.#ledger.giveUp(number);
        this.#update();
      }, SHARED_AFTER);
    }
    this.#update();
  }

  readonly #update = (): void => {
    const state = this.#state();
    if (!equal(state, this.#shown.value)) this.#shown.set(state);
  };

  #state(): SyncState {
    const error = this.#own.get(ERROR);
    const problem = this.#own.get(PROBLEM);
    const state: SyncState = {
      ...this.#told,
      saved: this.#saved(),
      pending: this.#ledger.pending,
      fileProblem: typeof problem === 'string' ? problem : '',
    };
    if (typeof error === 'string') {
      const advice = 'Mend it with a text editor; until then nothing of it is overwritten.';
      const message = `The file is not a pipeline. ${error} ${advice}`;
      return { ...state, connection: 'error', message, readOnly: true };
    }
    const { problem: waiting } = this.#ledger;
    return waiting && state.connection === 'synced' ? { ...state, message: waiting } : state;
  }

  #saved(): SyncState['saved'] {
    if (this.savedByHost) return this.#own.get('dirty') === true ? 'unsaved' : 'saved';
    if (this.#ledger.problem) return 'waiting';
    if (this.#ledger.shared) return 'shared';
    return this.#ledger.settled ? 'saved' : 'saving';
  }
}
