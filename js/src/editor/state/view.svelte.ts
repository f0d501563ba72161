import type { Edge, Node } from '@xyflow/svelte';
import type { Position } from '../../document/types';
import { CARD_WIDTH, cardHandles, cardHeight, type Ports } from '../geometry';
import type { Graph, GraphChange } from './graph.svelte';

export type CardNode = Node<Record<string, never>, 'card'>;
export type FlowEdge = Edge<Record<string, never>, 'flow'>;

const NO_DATA: Record<string, never> = {};
const ORIGIN: Position = [0, 0];

/** The arrays one canvas draws from, with its own selection. Nodes that did not change keep identity. */
export class FlowView {
  nodes = $state.raw<CardNode[]>([]);
  edges = $state.raw<FlowEdge[]>([]);
  /** The edge under the pointer. */
  hoveredEdge = $state.raw<string | null>(null);
  /** Whether the zoom lets one read a card; from afar a card is only a shape. */
  detailed = $state(true);
  /** Where others are dragging nodes right now; the document learns of it when they let go. */
  #dragged = new Map<string, Position>();
  /** Nodes under this user's pointer: nobody else moves them. */
  #held = new Set<string>();
  readonly #stop: () => void;

  constructor(
    private readonly graph: Graph,
    private readonly portsOf: (id: string) => Ports,
  ) {
    this.rebuild();
    this.#stop = graph.onChange((change) => this.#follow(change));
  }

  get selected(): string[] {
    return this.nodes.filter((node) => node.selected).map((node) => node.id);
  }

  get selectedEdges(): string[] {
    return this.edges.filter((edge) => edge.selected).map((edge) => edge.id);
  }

  select(ids: Iterable<string>, edgeIds: Iterable<string> = []): void {
    const nodes = new Set(ids);
    const edges = new Set(edgeIds);
    this.nodes = this.nodes.map((node) => withSelected(node, nodes.has(node.id)));
    this.edges = this.edges.map((edge) => withSelected(edge, edges.has(edge.id)));
  }

  hold(ids: Iterable<string>): void {
    this.#held = new Set(ids);
  }

  /** Let go of the held nodes and commit where they are: one step of undo. */
  drop(): void {
    const held = this.nodes.filter((node) => this.#held.has(node.id));
    this.#held = new Set();
    this.graph.document.setPositions(held.map((node) => [node.id, rounded(node)] as const));
  }

  /** Move nodes on the screen only. */
  nudge(ids: Iterable<string>, dx: number, dy: number): void {
    const moving = new Set(ids);
    this.nodes = this.nodes.map((node) =>
      moving.has(node.id)
        ? { ...node, position: { x: node.position.x + dx, y: node.position.y + dy } }
        : node,
    );
  }

  /** Show others' drags as they happen. */
  showDrags(positions: Map<string, Position>): void {
    const touched = new Set([...this.#dragged.keys(), ...positions.keys()]);
    this.#dragged = positions;
    if (touched.size) this.#move(touched);
  }

  /** Make the arrays anew, e.g. when the catalogue says which ports the nodes have. */
  rebuild(): void {
    const old = new Map(this.nodes.map((node) => [node.id, node]));
    this.nodes = [...this.graph.states.keys()].map((id) => this.#nodeFor(id, old.get(id)));
    const oldEdges = new Map(this.edges.map((edge) => [edge.id, edge]));
    this.edges = this.graph.edges.map((edge) => {
      const drawn: FlowEdge = {
        id: edge.id,
        type: 'flow',
        source: edge.sourceNodeId,
        sourceHandle: edge.sourcePort,
        target: edge.targetNodeId,
        targetHandle: edge.targetPort,
      };
      const known = oldEdges.get(edge.id);
      return known && sameEnds(known, drawn) ? known : { ...drawn, selected: known?.selected };
    });
  }

  destroy(): void {
    this.#stop();
  }

  #follow({ structure, moved }: GraphChange): void {
    if (structure) this.rebuild();
    else if (moved.size) this.#move(moved);
  }

  #move(ids: ReadonlySet<string>): void {
    let changed = false;
    const nodes = this.nodes.map((node) => {
      if (!ids.has(node.id)) return node;
      const next = this.#nodeFor(node.id, node);
      changed ||= next !== node;
      return next;
    });
    if (changed) this.nodes = nodes;
  }

  #nodeFor(id: string, old: CardNode | undefined): CardNode {
    const ports = this.portsOf(id);
    const height = cardHeight(ports);
    const [x, y] = this.#placeOf(id);
    const stays = this.#held.has(id) || (old?.position.x === x && old.position.y === y);
    if (old && stays && old.height === height && samePorts(old, ports)) return old;
    return {
      id,
      type: 'card',
      data: NO_DATA,
      selected: old?.selected ?? false,
      position: stays && old ? old.position : { x, y },
      width: CARD_WIDTH,
      height,
      measured: { width: CARD_WIDTH, height },
      handles: cardHandles(ports),
    };
  }

  #placeOf(id: string): Position {
    return this.#dragged.get(id) ?? this.graph.document.position(id) ?? ORIGIN;
  }
}

function rounded(node: CardNode): Position {
  return [Math.round(node.position.x), Math.round(node.position.y)];
}

function withSelected<T extends { selected?: boolean | undefined }>(item: T, selected: boolean): T {
  return !!item.selected === selected ? item : { ...item, selected };
}

function samePorts(node: CardNode, ports: Ports): boolean {
  const known = (node.handles ?? []).map((handle) => handle.id).join();
  return known === [...ports.inputs, ...ports.outputs].join();
}

function sameEnds(a: FlowEdge, b: FlowEdge): boolean {
  return (
    a.source === b.source &&
    a.target === b.target &&
    a.sourceHandle === b.sourceHandle &&
    a.targetHandle === b.targetHandle
  );
}
