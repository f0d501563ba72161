import type { Awareness } from 'y-protocols/awareness';
import type { Position } from '../../document/types';
import { peersOf, type Person } from '../peers';

const FIELD = 'mudrock';
const DRAG_INTERVAL_MS = 50;

interface Shared {
  selection?: unknown;
  drag?: unknown;
}

/** Who else is here, what they have selected and what they are dragging. */
export class Presence {
  people = $state.raw<readonly Person[]>([]);
  kernels = $state.raw<readonly string[]>([]);
  drags = $state.raw<Map<string, Position>>(new Map());

  readonly #follow = ({ added }: { added: number[] }, origin: unknown): void => {
    this.#read();
    if (added.length > 0 && origin !== 'local') this.#introduce();
  };
  #lastDrag = 0;
  #selection = '';

  constructor(private readonly awareness: Awareness | null) {
    awareness?.on('change', this.#follow);
    this.#read();
  }

  shareSelection(ids: readonly string[]): void {
    const chosen = ids.join();
    if (chosen === this.#selection) return;
    this.#selection = chosen;
    this.#share({ selection: [...ids] });
  }

  /** Tell others where nodes are while they are dragged, twenty times a second at most. */
  shareDrag(positions: Record<string, Position>): void {
    const now = performance.now();
    if (now - this.#lastDrag < DRAG_INTERVAL_MS) return;
    this.#lastDrag = now;
    this.#share({ drag: positions });
  }

  endDrag(): void {
    this.#lastDrag = 0;
    this.#share({ drag: null });
  }

  destroy(): void {
    this.awareness?.off('change', this.#follow);
    this.awareness?.setLocalStateField(FIELD, null);
  }

  /** Newcomers hear only what is said after they came, and otherwise nothing for up to 15 seconds. */
  #introduce(): void {
    this.awareness?.setLocalState(this.awareness.getLocalState());
  }

  #share(change: Shared): void {
    const state = this.awareness?.getLocalState();
    if (!this.awareness || !state) return;
    const before = (state[FIELD] ?? {}) as Shared;
    this.awareness.setLocalStateField(FIELD, { ...before, ...change });
  }

  #read(): void {
    const states = this.awareness?.getStates() ?? new Map<number, Record<string, unknown>>();
    const own = this.awareness?.clientID ?? -1;
    const { people, kernels } = peersOf(states, own);
    const drags = new Map<string, Position>();
    for (const [id, state] of states) {
      if (id === own) continue;
      const shared = (state[FIELD] ?? {}) as Shared;
      for (const [node, position] of dragged(shared)) drags.set(node, position);
    }
    this.people = people;
    this.kernels = kernels;
    if (drags.size || this.drags.size) this.drags = drags;
  }
}

function* dragged(shared: Shared): Generator<[string, Position]> {
  if (typeof shared.drag !== 'object' || shared.drag === null) return;
  for (const [node, position] of Object.entries(shared.drag)) {
    const [x, y] = Array.isArray(position) ? (position as unknown[]) : [];
    if (Number.isFinite(x) && Number.isFinite(y)) yield [node, [x as number, y as number]];
  }
}
