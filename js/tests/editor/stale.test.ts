import { describe, expect, it } from 'vitest';
import { readEdge, readNode } from '../../src/document/read';
import type { Json, NodeRun, PipelineEdge } from '../../src/document/types';
import { staleNodes, type RunNode } from '../../src/editor/stale';

const edge = (source: string, target: string, targetPort = 'input'): PipelineEdge =>
  readEdge(`${source}-${target}`, { sourceNodeId: source, targetNodeId: target, targetPort });

const EDGES = [edge('logs', 'vsh'), edge('vsh', 'sw'), edge('logs', 'phi')];

/** A node that ran with `ran` and is set to `parameters` now. */
function node(id: string, parameters: Record<string, Json> = {}, ran: Partial<NodeRun> | null = {}) {
  const inputs = EDGES.filter((each) => each.targetNodeId === id).map(
    (each) => [each.targetPort, [each.sourceNodeId, each.sourcePort]] as const,
  );
  const settings = { operatorId: id, parameters: {}, curveMapping: {}, inputs: Object.fromEntries(inputs) };
  const run = ran === null ? undefined : ({ status: 'completed', settings, ...ran } as NodeRun);
  return [id, { node: readNode(id, { operatorId: id, parameters }), run }] as [string, RunNode];
}

function stale(nodes: [string, RunNode][], edges = EDGES): string[] {
  return [...staleNodes(new Map(nodes), edges)].sort();
}

describe('staleNodes', () => {
  const rest = [node('logs'), node('phi'), node('sw')];

  it('finds nothing out of date right after a run', () => {
    expect(stale([...rest, node('vsh')])).toEqual([]);
  });

  it('follows an edit to the nodes after it, and no others', () => {
    expect(stale([...rest, node('vsh', { k: 3.7 })])).toEqual(['sw', 'vsh']);
  });

  it('compares values, not how they are written', () => {
    const settings = {
      inputs: { input: ['logs', 'output'] },
      curveMapping: {},
      parameters: { b: [1.0, 2], a: { y: null, x: 0.5 } },
      operatorId: 'vsh',
    } as never;
    expect(stale([...rest, node('vsh', { a: { x: 0.5, y: null }, b: [1, 2] }, { settings })])).toEqual([]);
  });

  it('sees a connection that came, went or leads elsewhere', () => {
    const nodes = [...rest, node('vsh')];
    expect(stale(nodes, [...EDGES, edge('phi', 'sw', 'right')])).toEqual(['sw']);
    expect(stale(nodes, [edge('logs', 'vsh'), edge('logs', 'phi')])).toEqual(['sw']);
    expect(stale(nodes, [edge('phi', 'vsh'), ...EDGES.slice(1)])).toEqual(['sw', 'vsh']);
  });

  it('calls only finished nodes out of date', () => {
    expect(stale([node('logs'), node('vsh', { k: 1 }, { status: 'failed' }), node('sw', {}, null)])).toEqual([]);
  });

  it('trusts a run that does not say what it was made with', () => {
    expect(stale([node('vsh', { k: 1 }, { settings: undefined })])).toEqual([]);
  });

  it('ends on a loop', () => {
    const loop = [edge('vsh', 'sw'), edge('sw', 'vsh')];
    expect(stale([node('vsh'), node('sw', { m: 2 })], loop)).toEqual(['sw', 'vsh']);
  });
});
