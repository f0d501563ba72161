import { describe, expect, it } from 'vitest';
import type { PipelineEdge } from '../../src/document/types';
import type { PortGraph } from '../../src/editor/ports';
import { spoken } from '../../src/editor/problems';
import { unhurried } from '../../src/editor/unhurried';
import type { Problem } from '../../src/kernel/protocol';

const edge = { sourceNodeId: 'logs', targetNodeId: 'fed' } as PipelineEdge;
const graph: PortGraph = {
  node: (id) => ({ id, name: id, nodeType: 'operator', curveMapping: {}, card: undefined, schema: undefined }),
  edges: [edge],
};
const problem = (node: string, message: string, code = 'invalid_parameter'): Problem => ({
  code,
  message,
  advice: 'Change it.',
  node,
  edge: null,
  severity: 'error',
});

describe('unhurried', () => {
  it('says one calm line of a node that is not connected yet', () => {
    const all = [problem('new', 'Nothing is connected.', 'missing_input'), problem('new', 'No curve is picked.', 'no_curve')];
    expect(unhurried(all, graph)).toMatchObject([{ message: 'Not connected yet', severity: 'note' }]);
  });

  it('asks for a curve where one is to be picked, and leaves real problems alone', () => {
    const all = [problem('fed', 'No curve is picked.', 'no_curve'), problem('fed', 'window must be positive')];
    expect(unhurried(all, graph)).toMatchObject([
      { message: 'Pick a curve', severity: 'note' },
      { message: 'window must be positive', severity: 'error' },
    ]);
  });
});

describe('spoken', () => {
  it('says the label, and not twice', () => {
    const said = spoken(problem('n', "'clip_2': lower is above the upper of 'clip_2'."), 'clip_2', 'Clip (clip_2)');
    expect(said.message).toBe("lower is above the upper of 'Clip (clip_2)'.");
  });
});
