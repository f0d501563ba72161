import { expect, it } from 'vitest';
import { arrange } from '../../src/editor/arrange';
import { CARD_WIDTH, cardHandles, cardHeight, portCentre } from '../../src/editor/geometry';

it('arranges from left to right without covering a card, where the graph was', () => {
  const nodes = ['a', 'b', 'c', 'd'].map((id) => ({ id, height: 100, position: [400, 200] as const }));
  const edges = [
    { source: 'a', target: 'b' },
    { source: 'a', target: 'c' },
    { source: 'b', target: 'd' },
    { source: 'c', target: 'd' },
  ];
  const placed = new Map(arrange({ nodes, edges }));
  for (const { source, target } of edges) {
    expect(placed.get(target)![0]).toBeGreaterThan(placed.get(source)![0] + CARD_WIDTH);
  }
  expect(Math.abs(placed.get('b')![1] - placed.get('c')![1])).toBeGreaterThanOrEqual(100);
  expect(Math.min(...[...placed.values()].map(([x]) => x))).toBe(400);
  expect(arrange({ nodes: [], edges: [] })).toEqual([]);
});

it('knows where the ports of a card are', () => {
  const ports = { inputs: ['left', 'right'], outputs: ['output'] };
  expect(cardHeight(ports)).toBe(48 + 2 * 24 + 28);
  const [left, right, output] = cardHandles(ports);
  expect(left!.y + 6).toBe(portCentre(0));
  expect(right!.y + 6).toBe(portCentre(1));
  expect(output!.x + 6).toBe(CARD_WIDTH);
});
