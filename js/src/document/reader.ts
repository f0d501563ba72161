import type * as Y from 'yjs';
import { Changes, type Keys, type Roots } from './changes';
import { field, record, text } from './plain';
import { readEdge, readNode, readPosition } from './read';
import type { NodeRun, PipelineEdge, PipelineNode, PipelineRun, Position } from './types';

const PIPELINE = 'pipeline';

/** Reads and watches a pipeline in a Y.Doc. Readers return plain copies. */
export class PipelineReader {
  protected readonly roots: Roots;
  private readonly changes: Changes;

  constructor(readonly doc: Y.Doc) {
    const root = (name: string): Y.Map<unknown> => doc.getMap(name);
    this.roots = {
      pipeline: root('pipeline'),
      nodes: root('nodes'),
      edges: root('edges'),
      layout: root('layout'),
      comments: root('comments'),
      run: root('run'),
    };
    this.changes = new Changes(this.roots);
  }

  destroy(): void {
    this.changes.destroy();
  }

  get name(): string {
    return text(this.roots.pipeline.get('name'));
  }

  nodeIds(): string[] {
    return [...this.roots.nodes.keys()];
  }

  hasNode(id: string): boolean {
    return this.roots.nodes.has(id);
  }

  node(id: string): PipelineNode | undefined {
    const value = this.roots.nodes.get(id);
    return value === undefined ? undefined : readNode(id, value);
  }

  nodes(): PipelineNode[] {
    return [...this.roots.nodes].map(([id, value]) => readNode(id, value));
  }

  edge(id: string): PipelineEdge | undefined {
    const value = this.roots.edges.get(id);
    return value === undefined ? undefined : readEdge(id, value);
  }

  /** The edges whose two nodes exist. */
  edges(): PipelineEdge[] {
    return this.allEdges().filter(
      (edge) => this.hasNode(edge.sourceNodeId) && this.hasNode(edge.targetNodeId),
    );
  }

  position(id: string): Position | undefined {
    return readPosition(this.roots.layout.get(id));
  }

  /** How the node did in the last run, if it took part in one. */
  nodeRun(id: string): NodeRun | undefined {
    const run = record(this.roots.run.get(id));
    return typeof run['status'] === 'string' ? (run as unknown as NodeRun) : undefined;
  }

  pipelineRun(): PipelineRun | undefined {
    return this.nodeRun(PIPELINE) as PipelineRun | undefined;
  }

  /** Whether data flows from one node to the other, directly or through others. */
  reaches(from: string, to: string): boolean {
    const seen = new Set<string>();
    const ahead = [from];
    const edges = this.edges();
    for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
      if (id === to) return true;
      if (seen.has(id)) continue;
      seen.add(id);
      for (const edge of edges) if (edge.sourceNodeId === id) ahead.push(edge.targetNodeId);
    }
    return false;
  }

  // Watching; each returns the function that stops it

  /** Nodes or edges came, went or were replaced. */
  onStructure(listener: () => void): () => void {
    return this.changes.structure.connect(listener);
  }

  /** Something in this node changed: name, parameters, ... */
  onNode(id: string, listener: () => void): () => void {
    return this.changes.node(id, listener);
  }

  onPositions(listener: (ids: Keys) => void): () => void {
    return this.changes.positions.connect(listener);
  }

  /** The run status of these nodes changed; of the run as a whole under the key `pipeline`. */
  onRun(listener: (keys: Keys) => void): () => void {
    return this.changes.run.connect(listener);
  }

  /** The pipeline's own name or description changed. */
  onDetails(listener: () => void): () => void {
    return this.changes.details.connect(listener);
  }

  /** All edges, those that lost a node included. */
  protected allEdges(): PipelineEdge[] {
    return [...this.roots.edges].map(([id, value]) => readEdge(id, value));
  }

  protected names(): Set<string> {
    return new Set([...this.roots.nodes].map(([id, value]) => text(field(value, 'name'), id)));
  }
}
