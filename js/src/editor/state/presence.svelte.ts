import type { Awareness } from 'y-protocols/awareness';
import type { Position } from '../../document/types';
import { initials } from '../format';

const FIELD = 'mudrock';
const DRAG_INTERVAL_MS = 50;
const COLORS = ['#0f7b6c', '#9a3fb5', '#b3541e', '#2a62c9', '#a8325e', '#5c6b1f'] as const;

export interface Person {
  id: number;
  name: string;
  initials: string;
  color: string;
  selection: readonly string[];
}

interface Shared {
  selection?: unknown;
  drag?: unknown;
}

/** Who else is here, what they have selected and what they are dragging. */
export class Presence {
  people = $state.raw<readonly Person[]>([]);
  drags = $state.raw<Map<string, Position>>(new Map());

  readonly #follow = (): void => this.#read();
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

  #share(change: Shared): void {
    const state = this.awareness?.getLocalState();
    if (!this.awareness || !state) return;
    const before = (state[FIELD] ?? {}) as Shared;
    this.awareness.setLocalStateField(FIELD, { ...before, ...change });
  }

  #read(): void {
    const people: Person[] = [];
    const drags = new Map<string, Position>();
    for (const [id, state] of this.awareness?.getStates() ?? []) {
      if (id === this.awareness?.clientID) continue;
      const shared = (state[FIELD] ?? {}) as Shared;
      const user = state['user'] as Record<string, unknown> | undefined;
      if (user) people.push(personOf(id, user, shared));
      for (const [node, position] of dragged(shared)) drags.set(node, position);
    }
    this.people = people;
    if (drags.size || this.drags.size) this.drags = drags;
  }
}

function personOf(id: number, user: Record<string, unknown>, shared: Shared): Person {
  const name = [user['display_name'], user['name'], user['username']].find(isText) ?? 'Somebody';
  const selection = Array.isArray(shared.selection) ? shared.selection.filter(isText) : [];
  return { id, name, initials: initials(name), color: colorOf(id), selection };
}

/** Our own colours: a peer's may be any string, and ours keep their contrast. */
function colorOf(id: number): string {
  return COLORS[id % COLORS.length] ?? COLORS[0];
}

function* dragged(shared: Shared): Generator<[string, Position]> {
  if (typeof shared.drag !== 'object' || shared.drag === null) return;
  for (const [node, position] of Object.entries(shared.drag)) {
    const [x, y] = Array.isArray(position) ? (position as unknown[]) : [];
    if (Number.isFinite(x) && Number.isFinite(y)) yield [node, [x as number, y as number]];
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
