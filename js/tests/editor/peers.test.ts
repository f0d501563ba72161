import { describe, expect, it } from 'vitest';
import { peersOf } from '../../src/editor/peers';

const ann = { username: 'ann', name: 'Ann Lee' };
const ben = { username: 'ben', name: 'Ben Oh' };

describe('peersOf', () => {
  it('takes nobody for their own colleague', () => {
    const states = new Map([
      [1, { user: ann }],
      [2, { user: ann, mudrock: { selection: ['a'] } }],
    ]);
    expect(peersOf(states, 1)).toEqual({ people: [], kernels: [] });
  });

  it('shows somebody with two windows once, with what both have selected', () => {
    const states = new Map([
      [1, { user: ann }],
      [2, { user: ben, mudrock: { selection: ['a'] } }],
      [3, { user: ben, mudrock: { selection: ['b'] } }],
    ]);
    const { people } = peersOf(states, 1);
    expect(people.map(({ name, initials }) => [name, initials])).toEqual([['Ben Oh', 'BO']]);
    expect(people[0]?.selection).toEqual(['a', 'b']);
  });

  it('tells kernels from people', () => {
    const states = new Map<number, Record<string, unknown>>([
      [1, { user: ann }],
      [2, { user: { name: 'ann', username: 'kernel' }, kind: 'kernel' }],
      [3, { user: { name: 'Python', username: 'kernel' }, kind: 'kernel' }],
    ]);
    expect(peersOf(states, 1)).toEqual({ people: [], kernels: ['Kernel', 'Kernel of ann'] });
  });

  it('keeps apart people of whom nothing is known', () => {
    const states = new Map<number, Record<string, unknown>>([
      [1, { user: { name: 'Someone' } }],
      [2, { user: { name: 'Someone' } }],
      [3, { user: { name: 'Someone' } }],
      [4, {}],
    ]);
    expect(peersOf(states, 1).people).toHaveLength(2);
  });
});
