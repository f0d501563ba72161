import { beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { PipelineDocument } from '../../src/document/pipeline';
import { OncePerFrame } from '../../src/editor/state/frame';
import { Graph } from '../../src/editor/state/graph.svelte';
import { FlowView } from '../../src/editor/state/view.svelte';

const OPERATOR = { id: 'vsh_linear', nodeType: 'operator' } as const;
const PORTS = { inputs: ['input'], outputs: ['output'] };
const connection = (source: string, target: string) => ({
  source,
  sourcePort: 'output',
  target,
  targetPort: 'input',
});

let frames: (() => void)[];
let pipeline: PipelineDocument;
let graph: Graph;
let view: FlowView;
let ids: string[];

function nextFrame(): void {
  for (const run of frames.splice(0)) run();
}

/** The graph of somebody who opens the pipeline now. */
function laterGraph(): Graph {
  return new Graph(pipeline, (work) => new OncePerFrame(work, () => 1, () => undefined));
}

beforeEach(() => {
  frames = [];
  pipeline = new PipelineDocument(new Y.Doc());
  ids = [0, 1, 2].map((index) => pipeline.addNode(OPERATOR, [index * 300, 0]));
  const request = (run: () => void): number => frames.push(run);
  graph = new Graph(pipeline, (work) => new OncePerFrame(work, request, () => undefined));
  view = new FlowView(graph, () => PORTS);
});

describe('Graph', () => {
  it('asks for one frame, however much happens', () => {
    let changes = 0;
    graph.onChange(() => changes++);
    for (const id of ids) pipeline.setParameter(id, 'gr_clean', 30);
    pipeline.connect(connection(ids[0]!, ids[1]!));
    expect(frames).toHaveLength(1);
    expect(changes).toBe(0);
    nextFrame();
    expect(changes).toBe(1);
    expect(graph.state(ids[2]!)?.node.parameters).toEqual({ gr_clean: 30 });
  });

  it('changes only the state of the node that changed', () => {
    const [first, second] = ids.map((id) => graph.state(id)!.node);
    pipeline.setParameter(ids[0]!, 'gr_clean', 30);
    nextFrame();
    expect(graph.state(ids[0]!)!.node).not.toBe(first);
    expect(graph.state(ids[1]!)!.node).toBe(second);
  });

  it('calls a finished node, and those it feeds, out of date while it is set otherwise', () => {
    const [a, b, c] = ids as [string, string, string];
    pipeline.connect(connection(a, b));
    const run = pipeline.doc.getMap('run');
    const settings = { operatorId: OPERATOR.id, parameters: {}, curveMapping: {} };
    for (const id of ids) {
      const inputs = id === b ? { input: [a, 'output'] } : {};
      run.set(id, { status: 'completed', rows: 5, settings: { ...settings, inputs } });
    }
    nextFrame();
    const stale = (of = graph) => ids.map((id) => of.state(id)!.stale);
    expect(stale()).toEqual([false, false, false]);
    pipeline.setParameter(a, 'gr_clean', 30);
    nextFrame();
    expect(stale()).toEqual([true, true, false]);
    expect(stale(laterGraph())).toEqual([true, true, false]); // whoever comes later
    pipeline.undo();
    nextFrame();
    expect(stale()).toEqual([false, false, false]);
    pipeline.remove([], pipeline.edges().map((edge) => edge.id));
    nextFrame();
    expect([a, b, c].map((id) => graph.state(id)!.stale)).toEqual([false, true, false]);
  });

  it('forgets a removed node with its edges', () => {
    pipeline.connect(connection(ids[0]!, ids[1]!));
    pipeline.remove([ids[0]!]);
    nextFrame();
    expect([...graph.states.keys()]).toEqual(ids.slice(1));
    expect(graph.edges).toEqual([]);
  });
});

describe('FlowView', () => {
  it('keeps the identity of nodes that did not move', () => {
    const before = view.nodes;
    pipeline.setPositions([[ids[1]!, [10, 20]]]);
    nextFrame();
    expect(view.nodes[1]).not.toBe(before[1]);
    expect(view.nodes[1]!.position).toEqual({ x: 10, y: 20 });
    expect(view.nodes[0]).toBe(before[0]);
    expect(view.nodes[2]).toBe(before[2]);
  });

  it('does not touch its arrays when a parameter or a run status changes', () => {
    const { nodes, edges } = view;
    pipeline.setParameter(ids[0]!, 'gr_clean', 30);
    pipeline.doc.getMap('run').set(ids[0]!, { status: 'running' });
    nextFrame();
    expect(view.nodes).toBe(nodes);
    expect(view.edges).toBe(edges);
  });

  it('lets nobody move a node that is held, and commits the drop as one step of undo', () => {
    view.hold([ids[0]!]);
    view.nudge([ids[0]!], 5, 7);
    pipeline.setPositions([[ids[0]!, [900, 900]]]);
    nextFrame();
    expect(view.nodes[0]!.position).toEqual({ x: 5, y: 7 });
    view.drop();
    nextFrame();
    expect(pipeline.position(ids[0]!)).toEqual([5, 7]);
    pipeline.undo();
    nextFrame();
    expect(view.nodes[0]!.position).toEqual({ x: 900, y: 900 });
  });

  it('shows a drag by somebody else without the document knowing of it', () => {
    view.showDrags(new Map([[ids[2]!, [1, 2]]]));
    expect(view.nodes[2]!.position).toEqual({ x: 1, y: 2 });
    expect(pipeline.position(ids[2]!)).toEqual([600, 0]);
    view.showDrags(new Map());
    expect(view.nodes[2]!.position).toEqual({ x: 600, y: 0 });
  });

  it('keeps the selection when the structure changes', () => {
    view.select([ids[1]!]);
    pipeline.addNode(OPERATOR, [0, 300]);
    nextFrame();
    expect(view.selected).toEqual([ids[1]]);
    expect(view.nodes).toHaveLength(4);
  });
});
