import { describe, expect, it } from 'vitest';
import type { PipelineEdge } from '../../src/document/types';
import { pathBetween, refusal, type PortGraph, type PortNode } from '../../src/editor/ports';
import type { Column, OperatorCard } from '../../src/kernel/protocol';

const column = (name: string, unit: string): Column => ({ name, unit, type: 'double' });
const LOGS = [column('DEPTH', 'm'), column('GR', 'gAPI'), column('RHOB', 'g/cm3')];

function card(inputs: [name: string, unit: string][], ports = ['input']): OperatorCard {
  return {
    inputs: inputs.map(([mnemonic, unit]) => ({
      name: mnemonic.toLowerCase(),
      mnemonic,
      unit,
      description: '',
      optional: false,
    })),
    outputs: [],
    ports: { inputs: ports, outputs: ['output'] },
  } as unknown as OperatorCard;
}

const node = (id: string, more: Partial<PortNode> = {}): PortNode => ({
  id,
  name: id,
  nodeType: 'operator',
  card: card([]),
  curveMapping: {},
  schema: undefined,
  ...more,
});
const edge = (source: string, target: string, port = 'input'): PipelineEdge => ({
  id: `${source}-${target}`,
  sourceNodeId: source,
  sourcePort: 'output',
  targetNodeId: target,
  targetPort: port,
  edgeType: 'data_flow',
});
const graphOf = (nodes: PortNode[], edges: PipelineEdge[] = []): PortGraph => ({
  node: (id) => nodes.find((each) => each.id === id),
  edges,
});
const between = (source: string, target: string, targetPort = 'input') => ({
  source,
  sourcePort: 'output',
  target,
  targetPort,
});
const logs = node('logs', { nodeType: 'ingestion', schema: LOGS });

describe('refusal', () => {
  it('lets a connection through that can work', () => {
    const graph = graphOf([logs, node('vsh', { card: card([['GR', 'gAPI']]) })]);
    expect(refusal(between('logs', 'vsh'), graph)).toBeNull();
  });

  it('names the curve that is missing, and from where', () => {
    const sw = node('sw', { card: card([['RT', 'ohm.m']]) });
    expect(refusal(between('logs', 'sw'), graphOf([logs, sw]))).toBe(
      "RT is missing from what 'logs' makes",
    );
  });

  it('says which unit arrives and which is needed', () => {
    const source = node('logs', { schema: [column('GR', 'm')] });
    const vsh = node('vsh', { card: card([['GR', 'gAPI']]) });
    expect(refusal(between('logs', 'vsh'), graphOf([source, vsh]))).toBe(
      'GR is in m, gAPI is needed',
    );
  });

  it('accepts units of the same quantity: the kernel converts them', () => {
    const source = node('logs', { schema: [column('RHOB', 'kg/m3')] });
    const phi = node('phi', { card: card([['RHOB', 'g/cm3']]) });
    expect(refusal(between('logs', 'phi'), graphOf([source, phi]))).toBeNull();
  });

  it('follows the curve mapping', () => {
    const vsh = node('vsh', { card: card([['CGR', 'ohm.m']]), curveMapping: { cgr: 'GR' } });
    expect(refusal(between('logs', 'vsh'), graphOf([logs, vsh]))).toBe('GR is in gAPI, ohm.m is needed');
  });

  it('allows a missing curve that another column can stand in for', () => {
    const phi = node('phi', { schema: [column('PHID', 'v/v')] });
    const sw = node('sw', { card: card([['PHI', 'v/v']]) });
    expect(refusal(between('phi', 'sw'), graphOf([phi, sw]))).toBeNull();
  });

  it('does not ask for a curve called *', () => {
    const smooth = node('smooth', { card: card([['*', '']]) });
    expect(refusal(between('logs', 'smooth'), graphOf([logs, smooth]))).toBeNull();
  });

  it('does not guess while no kernel has told the columns', () => {
    const source = node('logs', { schema: undefined });
    const sw = node('sw', { card: card([['RT', 'ohm.m']]) });
    expect(refusal(between('logs', 'sw'), graphOf([source, sw]))).toBeNull();
  });

  it('refuses a second edge into a port', () => {
    const graph = graphOf([logs, node('b'), node('c')], [edge('logs', 'c')]);
    expect(refusal(between('b', 'c'), graph)).toBe('Input is already connected');
    expect(refusal(between('logs', 'c'), graph)).toBe('These two are already connected');
  });

  it('keeps the ports of a join apart', () => {
    const join = node('join', { card: card([], ['left', 'right']) });
    const graph = graphOf([logs, node('b'), join], [edge('logs', 'join', 'left')]);
    expect(refusal(between('b', 'join', 'right'), graph)).toBeNull();
    expect(refusal(between('b', 'join', 'left'), graph)).toBe('Left is already connected');
    expect(refusal(between('b', 'join'), graph)).toBe("'join' has no input 'input'");
  });

  it('spells out the loop it would make', () => {
    const graph = graphOf([node('a'), node('b'), node('c')], [edge('a', 'b'), edge('b', 'c')]);
    expect(refusal(between('c', 'a'), graph)).toBe('This would make a loop: a -> b -> c -> a');
    expect(refusal(between('a', 'a'), graph)).toBe('A node cannot feed itself');
  });

  it('knows that sources take nothing and outputs give nothing', () => {
    const out = node('out', { nodeType: 'output' });
    const graph = graphOf([logs, out, node('b')]);
    expect(refusal(between('out', 'b'), graph)).toBe('An output node has nothing to give');
    expect(refusal(between('b', 'logs'), graph)).toBe("'logs' reads wells and takes no input");
    expect(refusal(between('gone', 'b'), graph)).toBe('That node is gone');
  });
});

describe('pathBetween', () => {
  it('finds the shortest way downstream, and only downstream', () => {
    const edges = [edge('a', 'b'), edge('b', 'd'), edge('a', 'c'), edge('c', 'b')];
    const graph = graphOf(['a', 'b', 'c', 'd'].map((id) => node(id)), edges);
    expect(pathBetween('a', 'd', graph)).toEqual(['a', 'b', 'd']);
    expect(pathBetween('d', 'a', graph)).toBeNull();
  });
});
