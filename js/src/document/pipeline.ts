import * as Y from 'yjs';
import { newId, uniqueName } from './identity';
import { equal, field, isYMap, jsonValue, plain, record, text } from './plain';
import { readEdge, readNode, readPosition } from './read';
import { PipelineReader } from './reader';
import { SharedWork } from './shared-work';
import type {
  Connection,
  Fragment,
  Json,
  OperatorReference,
  PipelineEdge,
  PipelineNode,
  Position,
} from './types';

/** The origin of this user's transactions: what undo and redo take back, and nothing else. */
export const LOCAL = Symbol('mudrock-local');

/** Values set in quick succession, as by a slider, are one step of undo; in milliseconds. */
const CONTINUES = 500;

/**
 * A pipeline in a Y.Doc: nodes, edges and positions that several people edit at once.
 *
 * Each mutation is one transaction, and one step of undo unless made `together` with others.
 * The Y.Doc must come from the copy of yjs that this module imports.
 */
export class PipelineDocument extends PipelineReader {
  readonly #history: Y.UndoManager;
  readonly #sharedWork: SharedWork;
  #lastAction = '';
  #lastTime = 0;
  #together = false;

  constructor(doc: Y.Doc) {
    super(doc);
    const { pipeline, nodes, edges, layout, comments } = this.roots;
    this.#sharedWork = new SharedWork(nodes, edges, layout);
    this.#history = new Y.UndoManager([pipeline, nodes, edges, layout, comments], {
      trackedOrigins: new Set([LOCAL]),
      captureTimeout: Infinity, // where a step ends is decided below
      deleteFilter: (item) => this.#sharedWork.mayDelete(item),
    });
  }

  override destroy(): void {
    this.#history.destroy();
    this.#sharedWork.destroy();
    super.destroy();
  }

  /** Make all that `changes` does one step of undo. */
  together(changes: () => void): void {
    if (this.#together) return changes();
    this.#history.stopCapturing();
    this.#together = true;
    try {
      changes();
    } finally {
      this.#together = false;
      this.#lastAction = '';
    }
  }

  /** Add a node and return its id. */
  addNode(
    operator: OperatorReference,
    position: Position,
    parameters: Record<string, Json> = {},
  ): string {
    const id = newId();
    const name = uniqueName(operator.id, this.names());
    const { nodeType, id: operatorId } = operator;
    this.#act(() => {
      this.#writeNode({ ...readNode(id, {}), name, nodeType, operatorId, parameters });
      this.#writePosition(id, position);
    });
    return id;
  }

  /**
   * Connect two ports and return the edge's id. An input port takes one edge: the new one
   * replaces what was there. Throws `RangeError` for a node that is gone or a cycle.
   */
  connect({ source, sourcePort, target, targetPort }: Connection): string {
    for (const id of [source, target]) {
      if (!this.hasNode(id)) throw new RangeError(`The node ${id} is no longer there.`);
    }
    if (this.reaches(target, source)) {
      throw new RangeError('This connection would feed a node with its own output.');
    }
    const edge = readEdge(newId(), {
      sourceNodeId: source,
      sourcePort,
      targetNodeId: target,
      targetPort,
    });
    this.#act(() => {
      for (const old of this.allEdges()) {
        const samePort = old.targetNodeId === target && old.targetPort === targetPort;
        if (samePort) this.roots.edges.delete(old.id);
      }
      this.#writeEdge(edge);
    });
    return edge.id;
  }

  /** Remove nodes with their edges, positions and comments, and single edges. */
  remove(nodeIds: Iterable<string>, edgeIds: Iterable<string> = []): void {
    const nodes = new Set(nodeIds);
    const roots = this.roots;
    this.#act(() => {
      for (const edge of this.allEdges()) {
        const loose = nodes.has(edge.sourceNodeId) || nodes.has(edge.targetNodeId);
        if (loose) roots.edges.delete(edge.id);
      }
      for (const [id, comment] of [...roots.comments]) {
        if (nodes.has(text(field(comment, 'nodeId')))) roots.comments.delete(id);
      }
      for (const id of edgeIds) roots.edges.delete(id);
      for (const id of nodes) {
        roots.nodes.delete(id);
        roots.layout.delete(id);
      }
    });
  }

  /** Set a parameter; `undefined` goes back to the operator's default. */
  setParameter(id: string, key: string, value: Json | undefined): void {
    this.#setEntry(id, 'parameters', key, value);
  }

  /** Feed an operator's input from a column; `undefined` goes back to the input's own mnemonic. */
  setCurveMapping(id: string, input: string, column: string | undefined): void {
    this.#setEntry(id, 'curveMapping', input, column);
  }

  /** Rename a node and return the name it got: names are unique in the pipeline. */
  rename(id: string, wanted: string): string {
    const node = this.node(id);
    const trimmed = wanted.trim();
    if (!node || !trimmed || trimmed === node.name) return node?.name ?? '';
    const taken = this.names();
    taken.delete(node.name);
    const name = uniqueName(trimmed, taken);
    if (name === node.name) return name;
    this.#act(() => this.#fields(id).set('name', name));
    return name;
  }

  /** Move nodes: one step of undo, however many they are. */
  setPositions(positions: Iterable<readonly [id: string, position: Position]>): void {
    this.#act(() => {
      for (const [id, position] of positions) {
        if (this.hasNode(id)) this.#writePosition(id, position);
      }
    });
  }

  /** The given nodes (default: all) and the edges among them, for the clipboard. */
  toJSON(ids: Iterable<string> = this.nodeIds()): Fragment {
    const chosen = new Set(ids);
    const nodes = this.nodes().filter((node) => chosen.has(node.id));
    const edges = this.edges().filter(
      (edge) => chosen.has(edge.sourceNodeId) && chosen.has(edge.targetNodeId),
    );
    const positions = nodes.flatMap(({ id }) => {
      const position = this.position(id);
      return position ? [[id, position] as const] : [];
    });
    return { format: 'mudrock/1', nodes, edges, positions: Object.fromEntries(positions) };
  }

  /** Insert a fragment under new ids and unique names, moved by `offset`; returns the new node ids. */
  paste(fragment: Fragment, offset: Position = [0, 0]): string[] {
    const ids = new Map(fragment.nodes.map((node) => [node.id, newId()]));
    const names = this.names();
    this.#act(() => {
      for (const node of fragment.nodes) {
        const id = ids.get(node.id)!;
        const name = uniqueName(node.name, names);
        names.add(name);
        this.#writeNode({ ...readNode(id, node), id, name });
        const [x, y] = readPosition(fragment.positions[node.id]) ?? [0, 0];
        this.#writePosition(id, [x + offset[0], y + offset[1]]);
      }
      for (const edge of fragment.edges) {
        const sourceNodeId = ids.get(edge.sourceNodeId);
        const targetNodeId = ids.get(edge.targetNodeId);
        if (!sourceNodeId || !targetNodeId) continue;
        this.#writeEdge({ ...readEdge('', edge), id: newId(), sourceNodeId, targetNodeId });
      }
    });
    return [...ids.values()];
  }

  // Undo, of this user's own work only

  /** What can be undone or redone changed. */
  onHistory(listener: () => void): () => void {
    const events = ['stack-item-added', 'stack-item-popped', 'stack-cleared'] as const;
    for (const event of events) this.#history.on(event, listener);
    return () => {
      for (const event of events) this.#history.off(event, listener);
    };
  }

  get canUndo(): boolean {
    return this.#history.canUndo();
  }

  get canRedo(): boolean {
    return this.#history.canRedo();
  }

  undo(): void {
    this.#lastAction = '';
    this.#sharedWork.prepare(this.#history.undoStack);
    this.#history.undo();
  }

  redo(): void {
    this.#lastAction = '';
    this.#sharedWork.prepare(this.#history.redoStack);
    this.#history.redo();
  }

  /** One transaction; a step of undo of its own, unless it goes on with the same `action`. */
  #act(change: () => void, action = ''): void {
    const now = performance.now();
    const continues = action && action === this.#lastAction && now - this.#lastTime < CONTINUES;
    if (!continues && !this.#together) this.#history.stopCapturing();
    this.#lastAction = action;
    this.#lastTime = now;
    this.doc.transact(change, LOCAL);
  }

  #setEntry(id: string, section: 'parameters' | 'curveMapping', key: string, value?: Json): void {
    const current = field(field(this.roots.nodes.get(id), section), key);
    if (!this.hasNode(id) || equal(plain(current), value)) return;
    this.#act(() => {
      const entries = this.#section(id, section);
      if (value === undefined) entries.delete(key);
      else entries.set(key, jsonValue(value));
    }, `${section} ${key} of ${id}`);
  }

  /** The node's Y.Map; a node that a peer wrote as a plain object becomes one. */
  #fields(id: string): Y.Map<unknown> {
    const value = this.roots.nodes.get(id);
    if (isYMap(value)) return value as Y.Map<unknown>;
    const map = yMap(record(value));
    this.roots.nodes.set(id, map);
    return map;
  }

  #section(id: string, section: string): Y.Map<unknown> {
    const fields = this.#fields(id);
    const value = fields.get(section);
    if (isYMap(value)) return value as Y.Map<unknown>;
    fields.set(section, yMap(record(value)));
    return fields.get(section) as Y.Map<unknown>;
  }

  #writeNode(node: PipelineNode): void {
    const { parameters, curveMapping, ...fields } = node;
    const map = yMap(fields);
    map.set('parameters', yMap(parameters));
    map.set('curveMapping', yMap(curveMapping));
    this.roots.nodes.set(node.id, map);
  }

  #writeEdge(edge: PipelineEdge): void {
    this.roots.edges.set(edge.id, yMap({ ...edge }));
  }

  #writePosition(id: string, [x, y]: Position): void {
    if (!equal(this.position(id), [x, y])) this.roots.layout.set(id, jsonValue([x, y]));
  }
}

function yMap(content: Record<string, unknown>): Y.Map<unknown> {
  return new Y.Map(Object.entries(content).map(([key, value]) => [key, jsonValue(value)]));
}
