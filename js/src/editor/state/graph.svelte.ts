import { SvelteMap } from 'svelte/reactivity';
import type { PipelineDocument } from '../../document/pipeline';
import type { PipelineEdge, PipelineRun } from '../../document/types';
import type { Column, Problem } from '../../kernel/protocol';
import { staleNodes } from '../stale';
import { OncePerFrame } from './frame';
import { NodeState } from './node.svelte';

export interface GraphChange {
  structure: boolean;
  moved: ReadonlySet<string>;
}

/**
 * The document as the screen sees it: one `NodeState` a node, the edges, and the run.
 *
 * Changes are collected and handed on once a frame; nodes that did not change keep their identity.
 */
export class Graph {
  readonly states = new SvelteMap<string, NodeState>();
  edges = $state.raw<readonly PipelineEdge[]>([]);
  run = $state.raw<PipelineRun | undefined>(undefined);
  name = $state.raw('');
  canUndo = $state.raw(false);
  canRedo = $state.raw(false);
  /** Counts the changes that a check by the kernel should follow. */
  revision = $state.raw(0);

  readonly #watching = new Map<string, () => void>();
  readonly #stop: (() => void)[];
  readonly #listeners = new Set<(change: GraphChange) => void>();
  readonly #frame: OncePerFrame;
  readonly #changed = new Set<string>();
  readonly #ran = new Set<string>();
  #moved = new Set<string>();
  #structure = false;

  constructor(
    readonly document: PipelineDocument,
    frame: (work: () => void) => OncePerFrame = (work) => new OncePerFrame(work),
  ) {
    this.#frame = frame(() => this.#apply());
    this.#readStructure();
    this.#markStale();
    this.#readDetails();
    this.#readHistory();
    this.run = document.pipelineRun();
    this.#stop = [
      document.onStructure(() => this.#note(() => (this.#structure = true))),
      document.onPositions((ids) => this.#note(() => ids.forEach((id) => this.#moved.add(id)))),
      document.onRun((keys) => this.#note(() => keys.forEach((key) => this.#ran.add(key)))),
      document.onDetails(() => this.#readDetails()),
      document.onHistory(() => this.#readHistory()),
    ];
  }

  state(id: string): NodeState | undefined {
    return this.states.get(id);
  }

  /** Be told of changes, once a frame at most. */
  onChange(listener: (change: GraphChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Apply what is waiting now, for those who cannot wait for the frame. */
  flush(): void {
    this.#frame.flush();
  }

  /** Give each node its problems and its columns, as the kernel sees them. */
  setFindings(problems: readonly Problem[], schemas: Record<string, Column[]>): void {
    for (const [id, state] of this.states) {
      const own = problems.filter((problem) => problem.node === id);
      if (own.length || state.problems.length) state.problems = own;
      state.schema = schemas[id];
    }
  }

  /** Mark the nodes that other people have selected. */
  setWatchers(people: readonly { name: string; color: string; selection: readonly string[] }[]): void {
    for (const [id, state] of this.states) {
      const watching = people.filter((person) => person.selection.includes(id));
      if (watching.length || state.selectedBy.length) state.selectedBy = watching;
    }
  }

  destroy(): void {
    this.#frame.destroy();
    for (const stop of [...this.#stop, ...this.#watching.values()]) stop();
  }

  #note(remember: () => void): void {
    remember();
    this.#frame.schedule();
  }

  #apply(): void {
    const change: GraphChange = { structure: this.#structure, moved: this.#moved };
    this.#structure = false;
    this.#moved = new Set();
    if (change.structure) this.#readStructure();
    for (const id of this.#changed) this.#readNode(id);
    for (const key of this.#ran) this.#readRun(key);
    if (change.structure || this.#changed.size || this.#ran.size) this.#markStale();
    if (change.structure || this.#changed.size) this.revision++;
    this.#changed.clear();
    this.#ran.clear();
    for (const listener of this.#listeners) listener(change);
  }

  #readStructure(): void {
    const ids = new Set(this.document.nodeIds());
    for (const id of this.states.keys()) if (!ids.has(id)) this.#forget(id);
    for (const id of ids) if (!this.states.has(id)) this.#meet(id);
    const before = new Map(this.edges.map((edge) => [edge.id, edge]));
    this.edges = this.document.edges().map((edge) => {
      const old = before.get(edge.id);
      return old && sameEdge(old, edge) ? old : edge;
    });
  }

  #meet(id: string): void {
    const node = this.document.node(id);
    if (!node) return;
    this.states.set(id, new NodeState(node, this.document.nodeRun(id)));
    const stop = this.document.onNode(id, () => this.#note(() => this.#changed.add(id)));
    this.#watching.set(id, stop);
  }

  #forget(id: string): void {
    this.#watching.get(id)?.();
    this.#watching.delete(id);
    this.states.delete(id);
  }

  #readNode(id: string): void {
    const state = this.states.get(id);
    const node = this.document.node(id);
    if (state && node) state.node = node;
  }

  #readRun(key: string): void {
    if (key === 'pipeline') this.run = this.document.pipelineRun();
    const state = this.states.get(key);
    if (state) state.run = this.document.nodeRun(key);
  }

  #markStale(): void {
    const stale = staleNodes(this.states, this.edges);
    for (const [id, state] of this.states) state.stale = stale.has(id);
  }

  #readDetails(): void {
    this.name = this.document.name;
  }

  #readHistory(): void {
    this.canUndo = this.document.canUndo;
    this.canRedo = this.document.canRedo;
  }
}

function sameEdge(a: PipelineEdge, b: PipelineEdge): boolean {
  return (
    a.sourceNodeId === b.sourceNodeId &&
    a.sourcePort === b.sourcePort &&
    a.targetNodeId === b.targetNodeId &&
    a.targetPort === b.targetPort
  );
}
