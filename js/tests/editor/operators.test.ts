import { describe, expect, it } from 'vitest';
import { parseFragment } from '../../src/editor/clipboard';
import { duration, figure, initials, plural, shortList } from '../../src/editor/format';
import { families, search } from '../../src/editor/operators';
import { freePlace, rightOf } from '../../src/editor/placement';
import { structuralProblems } from '../../src/editor/problems';
import { runTrouble, statusLine } from '../../src/editor/status';
import { quicklook } from '../../src/editor/template';
import type { PortNode } from '../../src/editor/ports';
import type { OperatorCard } from '../../src/kernel/protocol';

const card = (id: string, title: string, family: string, makes = ''): OperatorCard =>
  ({ id, title, family, summary: '', source: '', outputs: [{ mnemonic: makes }] }) as unknown as OperatorCard;
const CARDS = [
  card('output', 'Output', 'output'),
  card('vsh_linear', 'Shale volume, linear', 'vshale', 'VSH'),
  card('sw_archie', 'Water saturation, Archie', 'saturation', 'SW'),
  card('well_logs', 'Well logs', 'wells'),
];

describe('operators', () => {
  it('puts wells first and outputs last', () => {
    expect(families(CARDS).map((family) => family.title)).toEqual([
      'Wells',
      'Saturation',
      'Shale volume',
      'Outputs',
    ]);
  });

  it('finds by title, id and what is made, all words together', () => {
    expect(search(CARDS, 'archie')[0]?.id).toBe('sw_archie');
    expect(search(CARDS, 'vsh')[0]?.id).toBe('vsh_linear');
    expect(search(CARDS, 'shale linear').map((each) => each.id)).toEqual(['vsh_linear']);
    expect(search(CARDS, 'shale archie')).toEqual([]);
  });
});

describe('placement', () => {
  it('goes right of the anchor, and below what is there already', () => {
    const anchor = { position: [0, 0] as const, height: 100 };
    expect(rightOf(anchor, [anchor], 100)).toEqual([296, 0]);
    const taken = { position: [296, 0] as const, height: 100 };
    const [x, y] = rightOf(anchor, [anchor, taken], 100);
    expect([x, y > 100]).toEqual([296, true]);
    expect(freePlace([600, 40], [anchor, taken], 100)).toEqual([600, 40]);
  });
});

describe('structuralProblems', () => {
  const node = (id: string): PortNode => ({
    id,
    name: id,
    nodeType: 'operator',
    card: undefined,
    curveMapping: {},
    schema: undefined,
  });
  const edge = (source: string, target: string) => ({
    sourceNodeId: source,
    sourcePort: 'output',
    targetNodeId: target,
    targetPort: 'input',
  });

  it('finds the loop, but not what hangs on it', () => {
    const nodes = ['a', 'b', 'c'].map(node);
    const edges = [edge('a', 'b'), edge('b', 'a'), edge('b', 'c')];
    const found = structuralProblems(nodes, { node: (id) => nodes.find((n) => n.id === id), edges });
    expect(found.map((problem) => [problem.node, problem.code])).toEqual([
      ['a', 'cycle'],
      ['b', 'cycle'],
    ]);
  });

  it('finds an input that nothing feeds', () => {
    const found = structuralProblems([node('a')], { node: () => undefined, edges: [] });
    expect(found.map((problem) => problem.message)).toEqual(['Nothing is connected to it']);
  });
});

describe('status', () => {
  it('says how a node is doing', () => {
    expect(statusLine(undefined, false).word).toBe('Not run');
    const run = { status: 'completed', rows: 52341, wallMs: 1234 } as const;
    expect(statusLine(run, false)).toMatchObject({ word: 'Done', facts: ['52,341 rows', '1.2 s'] });
    expect(statusLine({ ...run, cached: true }, false).facts).toEqual(['52,341 rows', 'from cache']);
    expect(statusLine(run, true).word).toBe('Out of date');
    expect(statusLine({ ...run, failureCount: 2 }, false).word).toBe('Partly');
    const trouble = runTrouble({ ...run, failureCount: 3, wells: 39, ofWells: 42 });
    expect(trouble).toBe('3 of 42 wells failed');
  });

  it('says how many wells are done, where a node takes them one by one', () => {
    const run = { status: 'running', rows: 5, wells: 34, ofWells: 100 } as const;
    expect(statusLine(run, false)).toMatchObject({ facts: ['34 of 100 wells'], share: 0.34 });
    expect(statusLine({ status: 'running', wells: 0, ofWells: 0 }, false)).toMatchObject({ facts: [] });
    expect(statusLine({ status: 'running', ofWells: 1 }, false).share).toBeUndefined();
    expect(statusLine({ status: 'queued', rows: 0 }, false).facts).toEqual([]);
  });
});

describe('clipboard', () => {
  it('reads back what the document writes, and nothing else', () => {
    const fragment = quicklook([0, 0]);
    expect(parseFragment(JSON.stringify(fragment))).toEqual(fragment);
    for (const text of ['', 'GR', '{', '{"format":"mudrock/1"}', '[1]']) {
      expect(parseFragment(text)).toBeNull();
    }
  });
});

describe('format', () => {
  it('writes figures, times and names for people', () => {
    expect(plural(1, 'row')).toBe('1 row');
    expect([0.4, 61, 4200, 61_000, 125_000].map(duration)).toEqual(
      ['<1 ms', '61 ms', '4.2 s', '1 min 1 s', '2 min 5 s'],
    );
    expect([0.123456789, 12, 1e-7, 1234567].map(figure)).toEqual(
      ['0.123457', '12', '1.000e-7', '1,234,567'],
    );
    expect(['Ada Lovelace', 'x', '  '].map(initials)).toEqual(['AL', 'X', '?']);
    expect(shortList(['GR', 'RHOB', 'NPHI', 'RT'], 2)).toBe('GR, RHOB +2');
  });
});
