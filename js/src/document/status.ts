import type * as Y from 'yjs';
import { type Observable, Variable } from './observable';
import { equal } from './plain';
import { ERROR } from './text';
import type { SyncState } from './types';

const CONNECTING: SyncState = {
  connection: 'connecting',
  message: '',
  readOnly: false,
  unsaved: false,
  pending: 0,
};

/** What a provider tells of its connection, amended by what the document tells of itself. */
export class SyncStatus implements Observable<SyncState> {
  readonly #amended = new Variable(CONNECTING);
  readonly #doc: Y.Doc;
  readonly #own: Y.Map<unknown>;
  #told = CONNECTING;

  constructor(doc: Y.Doc) {
    this.#doc = doc;
    this.#own = doc.getMap('state');
    doc.on('afterTransaction', this.#count);
    this.#own.observe(this.#update);
    this.#update();
  }

  get value(): SyncState {
    return this.#amended.value;
  }

  subscribe(listener: (state: SyncState) => void): () => void {
    return this.#amended.subscribe(listener);
  }

  tell(change: Partial<SyncState>): void {
    const pending = change.connection === 'synced' ? 0 : this.#told.pending;
    this.#told = { ...this.#told, pending, ...change };
    this.#update();
  }

  destroy(): void {
    this.#own.unobserve(this.#update);
    this.#doc.off('afterTransaction', this.#count);
  }

  readonly #count = ({ local, changed }: Y.Transaction): void => {
    if (!local || changed.size === 0 || this.#told.connection !== 'offline') return;
    this.tell({ pending: this.#told.pending + 1 });
  };

  readonly #update = (): void => {
    const state = amend(this.#told, this.#own.get('dirty') === true, this.#own.get(ERROR));
    if (!equal(state, this.#amended.value)) this.#amended.set(state);
  };
}

function amend(state: SyncState, unsaved: boolean, error: unknown): SyncState {
  if (typeof error !== 'string') return { ...state, unsaved };
  const advice = 'Mend it with a text editor; until then nothing of it is overwritten.';
  const message = `The file is not a pipeline. ${error} ${advice}`;
  return { ...state, connection: 'error', message, readOnly: true, unsaved };
}
