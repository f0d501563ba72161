/** Who else has the document open, told apart by what they say of themselves. */
import { initials } from './format';

const COLORS = ['#0f7b6c', '#9a3fb5', '#b3541e', '#2a62c9', '#a8325e', '#5c6b1f'] as const;
/** What a kernel calls itself where no hub says whose it is. */
const NOBODY = 'Python';

export interface Person {
  id: number;
  name: string;
  initials: string;
  color: string;
  selection: readonly string[];
}

export interface Peers {
  people: Person[];
  /** `Kernel of Ann`, or `Kernel` where nobody knows whose it is. */
  kernels: string[];
}

type State = Record<string, unknown>;

/** Everybody but this user: somebody with two windows is one person, and a kernel is none. */
export function peersOf(states: ReadonlyMap<number, State>, self: number): Peers {
  const own = usernameOf(states.get(self));
  const people = new Map<string, Person>();
  const kernels = new Set<string>();
  for (const [id, state] of states) {
    const user = state['user'] as State | undefined;
    if (id === self || !user) continue;
    const name = [user['display_name'], user['name'], user['username']].find(isText) ?? 'Somebody';
    const username = usernameOf(state);
    if (state['kind'] === 'kernel') kernels.add(name === NOBODY ? 'Kernel' : `Kernel of ${name}`);
    else if (username === undefined || username !== own) {
      const key = username ?? String(id);
      people.set(key, joined(people.get(key), { id, name, selection: selectionOf(state) }));
    }
  }
  return { people: [...people.values()], kernels: [...kernels].sort() };
}

function joined(
  known: Person | undefined,
  { id, name, selection }: Pick<Person, 'id' | 'name' | 'selection'>,
): Person {
  if (known) return { ...known, selection: [...known.selection, ...selection] };
  // Our own colours: a peer's may be any string, and ours keep their contrast.
  const color = COLORS[id % COLORS.length] ?? COLORS[0];
  return { id, name, initials: initials(name), color, selection };
}

function usernameOf(state: State | undefined): string | undefined {
  const username = (state?.['user'] as State | undefined)?.['username'];
  return isText(username) ? username : undefined;
}

function selectionOf(state: State): string[] {
  const selection = (state['mudrock'] as State | null | undefined)?.['selection'];
  return Array.isArray(selection) ? selection.filter(isText) : [];
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
