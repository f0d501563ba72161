import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { PipelineDocument } from '../src/document/pipeline';
import type { Json } from '../src/document/types';

const VSH = { id: 'vsh_linear', nodeType: 'operator' } as const;
const LOGS = { id: 'well_logs', nodeType: 'ingestion' } as const;

function pipeline(): PipelineDocument {
  return new PipelineDocument(new Y.Doc());
}

function chain(document: PipelineDocument): { logs: string; vsh: string; edge: string } {
  const logs = document.addNode(LOGS, [0, 0]);
  const vsh = document.addNode(VSH, [200, 0], { gr_clean: 20 });
  const edge = document.connect(join(logs, vsh));
  return { logs, vsh, edge };
}

function join(source: string, target: string) {
  return { source, sourcePort: 'output', target, targetPort: 'input' };
}

const state = (document: PipelineDocument) => ({
  nodes: document.doc.getMap('nodes').toJSON(),
  edges: document.doc.getMap('edges').toJSON(),
  layout: document.doc.getMap('layout').toJSON(),
  comments: document.doc.getMap('comments').toJSON(),
});

describe('a pipeline document', () => {
  it('lays a node out in Y maps as every peer expects it', () => {
    const document = pipeline();
    const id = document.addNode(VSH, [10, 20], { gr_clean: 20 });
    expect(id).toMatch(/^[0-9a-f]{12}$/);
    const node = document.doc.getMap('nodes').get(id) as Y.Map<unknown>;
    expect(node.get('parameters')).toBeInstanceOf(Y.Map);
    expect(node.get('curveMapping')).toBeInstanceOf(Y.Map);
    expect(node.toJSON()).toEqual({
      id,
      name: 'vsh_linear',
      nodeType: 'operator',
      operatorId: 'vsh_linear',
      version: { strategy: 'latest' },
      parameters: { gr_clean: 20 },
      curveMapping: {},
      cache: true,
      timeoutSeconds: null,
      tags: [],
      description: '',
    });
    expect(document.doc.getMap('layout').get(id)).toEqual([10, 20]);
  });

  it('names nodes after their operator, each name once', () => {
    const document = pipeline();
    const [first, second] = [document.addNode(VSH, [0, 0]), document.addNode(VSH, [0, 0])];
    expect(document.node(first)?.name).toBe('vsh_linear');
    expect(document.node(second)?.name).toBe('vsh_linear_2');
    expect(document.rename(second, ' vsh_linear ')).toBe('vsh_linear_2');
    expect(document.rename(second, 'shale')).toBe('shale');
  });

  it('removes a node with its edges, position and comments in one step', () => {
    const document = pipeline();
    const { vsh, edge } = chain(document);
    const comment = new Y.Map(Object.entries({ id: 'c', nodeId: vsh, text: 'check' }));
    document.doc.getMap('comments').set('c', comment);
    const before = state(document);
    const updates = vi.fn();
    document.doc.on('update', updates);
    document.remove([vsh]);
    expect(updates).toHaveBeenCalledTimes(1);
    expect(document.hasNode(vsh)).toBe(false);
    expect(document.edge(edge)).toBeUndefined();
    expect(document.position(vsh)).toBeUndefined();
    expect(state(document).comments).toEqual({});
    document.undo();
    expect(state(document)).toEqual(before);
  });

  it('keeps one edge per input port and refuses cycles', () => {
    const document = pipeline();
    const { logs, vsh, edge } = chain(document);
    const other = document.addNode(LOGS, [0, 100]);
    const second = document.connect(join(other, vsh));
    expect(document.edges().map(({ id }) => id)).toEqual([second]);
    document.undo();
    expect(document.edges().map(({ id }) => id)).toEqual([edge]);
    expect(() => document.connect(join(vsh, logs))).toThrow(/own output/);
    expect(() => document.connect(join(vsh, vsh))).toThrow(/own output/);
    expect(() => document.connect(join('gone', vsh))).toThrow(/no longer there/);
  });

  it('reads and mends nodes that a peer wrote as plain objects', () => {
    const document = pipeline();
    document.doc.getMap('nodes').set('n', {
      id: 'n',
      name: 'shale',
      operatorId: 'vsh_linear',
      parameters: { gr_clean: 20 },
      novelty: 1,
    });
    document.doc.getMap('edges').set('e', { id: 'e', sourceNodeId: 'gone', targetNodeId: 'n' });
    expect(document.node('n')).toMatchObject({ name: 'shale', parameters: { gr_clean: 20 } });
    expect(document.edges()).toEqual([]);
    document.setParameter('n', 'gr_shale', 120);
    expect(document.doc.getMap('nodes').toJSON()['n']).toMatchObject({
      novelty: 1,
      parameters: { gr_clean: 20, gr_shale: 120 },
    });
  });

  it('survives nonsense in the maps', () => {
    const document = pipeline();
    fc.assert(
      fc.property(fc.jsonValue(), (nonsense) => {
        for (const root of ['nodes', 'edges', 'layout', 'run', 'comments']) {
          document.doc.getMap(root).set('x', nonsense);
        }
        expect(document.node('x')?.name).toBeTypeOf('string');
        document.nodes();
        document.edges();
        document.position('x');
        document.nodeRun('x');
        document.toJSON();
      }),
    );
  });

  it('merges a slider drag into one step of undo, and nothing else with it', () => {
    const document = pipeline();
    const { vsh } = chain(document);
    for (const value of [30, 31, 32]) document.setParameter(vsh, 'gr_clean', value);
    document.setParameter(vsh, 'gr_shale', 110);
    document.undo();
    expect(document.node(vsh)?.parameters).toEqual({ gr_clean: 32 });
    document.undo();
    expect(document.node(vsh)?.parameters).toEqual({ gr_clean: 20 });
    document.redo();
    expect(document.node(vsh)?.parameters).toEqual({ gr_clean: 32 });
    document.setParameter(vsh, 'gr_clean', undefined);
    expect(document.node(vsh)?.parameters).toEqual({});
  });

  it('undoes in one step what was done together', () => {
    const document = pipeline();
    document.addNode(LOGS, [0, 0]);
    document.together(() => {
      const { vsh } = chain(document);
      document.together(() => document.setCurveMapping(vsh, 'gr', 'CGR'));
    });
    document.addNode(LOGS, [0, 100]);
    document.undo();
    expect(document.nodes()).toHaveLength(3);
    document.undo();
    expect(document.nodes()).toHaveLength(1);
    expect(document.edges()).toEqual([]);
    document.redo();
    expect(document.nodes()).toHaveLength(3);
    expect(document.edges()).toHaveLength(1);
  });

  it('never undoes what another person did', () => {
    const mine = pipeline();
    const theirs = pipeline();
    const { vsh } = chain(mine);
    exchange(mine, theirs);
    mine.setParameter(vsh, 'gr_clean', 25);
    exchange(mine, theirs);
    theirs.setParameter(vsh, 'gr_shale', 99);
    exchange(mine, theirs);
    mine.undo();
    expect(mine.node(vsh)?.parameters).toEqual({ gr_clean: 20, gr_shale: 99 });
    expect(theirs.canUndo).toBe(true);
  });

  it('pastes under new ids and names', () => {
    const document = pipeline();
    const { logs, vsh } = chain(document);
    const fragment = JSON.parse(JSON.stringify(document.toJSON([logs, vsh])));
    const pasted = document.paste(fragment, [40, 40]);
    expect(document.nodes().map(({ name }) => name).sort()).toEqual(
      ['vsh_linear', 'vsh_linear_2', 'well_logs', 'well_logs_2'],
    );
    expect(document.edges()).toHaveLength(2);
    expect(document.position(pasted[1]!)).toEqual([240, 40]);
    document.undo();
    expect(document.nodeIds()).toHaveLength(2);
  });

  it('says what changed, once, to who asked', () => {
    const document = pipeline();
    const { logs, vsh } = chain(document);
    const heard: string[] = [];
    document.onStructure(() => heard.push('structure'));
    document.onNode(vsh, () => heard.push('vsh'));
    document.onNode(logs, () => heard.push('logs'));
    document.onPositions((ids) => heard.push(`positions ${[...ids]}`));
    document.onRun((keys) => heard.push(`run ${[...keys]}`));
    const history = document.onHistory(() => heard.push('history'));
    document.setParameter(vsh, 'gr_clean', 1);
    expect(heard.splice(0)).toEqual(['vsh', 'history']);
    history();
    document.setPositions([[vsh, [1, 2]], ['gone', [0, 0]]]);
    expect(heard.splice(0)).toEqual([`positions ${vsh}`]);
    document.doc.getMap('run').set(vsh, { status: 'running' });
    expect(heard.splice(0)).toEqual([`run ${vsh}`]);
    document.remove([logs]);
    expect(heard.sort()).toEqual(['logs', `positions ${logs}`, 'structure', 'structure']);
  });

  it('refuses numbers that JSON cannot hold', () => {
    const document = pipeline();
    const { vsh } = chain(document);
    expect(() => document.setParameter(vsh, 'gr_clean', Number.NaN)).toThrow(TypeError);
    document.setParameter(vsh, 'gr_clean', -0);
    expect(Object.is(document.node(vsh)?.parameters['gr_clean'], 0)).toBe(true);
  });
});

type Step = (document: PipelineDocument) => void;

const pick = <T>(items: T[], at: number): T | undefined => items[at % Math.max(1, items.length)];
const index = fc.nat(50);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(index, index).map(([x, y]): Step => (d) => void d.addNode(VSH, [x, y])),
  fc.tuple(index, index).map(([a, b]): Step => (d) => {
    const [source, target] = [pick(d.nodeIds(), a), pick(d.nodeIds(), b)];
    if (source && target && !d.reaches(target, source)) d.connect(join(source, target));
  }),
  index.map((at): Step => (d) => d.remove(d.nodeIds().slice(at % 5, (at % 5) + 1))),
  index.map((at): Step => (d) => d.remove([], d.edges().slice(at % 3, (at % 3) + 1).map((e) => e.id))),
  fc.tuple(index, fc.jsonValue()).map(([at, value]): Step => (d) => {
    const id = pick(d.nodeIds(), at);
    if (id) d.setParameter(id, `p${at % 3}`, value as Json);
  }),
  fc.tuple(index, index).map(([at, x]): Step => (d) => {
    const id = pick(d.nodeIds(), at);
    if (id) d.setPositions([[id, [x, x]]]);
  }),
  index.map((at): Step => (d) => void d.paste(d.toJSON(d.nodeIds().slice(0, at % 3)))),
);

function exchange(a: PipelineDocument, b: PipelineDocument): void {
  Y.applyUpdate(b.doc, Y.encodeStateAsUpdate(a.doc, Y.encodeStateVector(b.doc)), 'remote');
  Y.applyUpdate(a.doc, Y.encodeStateAsUpdate(b.doc, Y.encodeStateVector(a.doc)), 'remote');
}

describe('any sequence of edits', () => {
  it('is undone and redone completely', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const document = pipeline();
        chain(document);
        const states = [state(document)];
        for (const edit of steps) {
          edit(document);
          states.push(state(document));
        }
        while (document.canUndo) document.undo();
        expect(state(document)).toEqual({ nodes: {}, edges: {}, layout: {}, comments: {} });
        while (document.canRedo) document.redo();
        expect(state(document)).toEqual(states.at(-1));
      }),
    );
  });

  it('of two people converges', () => {
    const schedule = fc.array(fc.tuple(fc.boolean(), fc.boolean(), step), { maxLength: 25 });
    fc.assert(
      fc.property(schedule, (steps) => {
        const [a, b] = [pipeline(), pipeline()];
        for (const [first, meet, edit] of steps) {
          edit(first ? a : b);
          if (meet) exchange(a, b);
        }
        exchange(a, b);
        expect(state(a)).toEqual(state(b));
        while (a.canUndo) a.undo();
        exchange(a, b);
        expect(state(a)).toEqual(state(b));
      }),
    );
  });
});
