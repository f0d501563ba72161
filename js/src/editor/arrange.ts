/** Arranging a graph from left to right. Runs in a worker: a hundred nodes take a fifth of a second. */
import dagre from '@dagrejs/dagre';
import type { Position } from '../document/types';
import { CARD_WIDTH, MESSAGE_HEIGHT } from './geometry';

export interface ArrangeRequest {
  nodes: readonly { id: string; height: number; position: Position }[];
  edges: readonly { source: string; target: string }[];
}

const GRID = 8;

/** A place for each node, on the grid; the graph stays where its top left corner was. */
export function arrange({ nodes, edges }: ArrangeRequest): [id: string, position: Position][] {
  if (nodes.length === 0) return [];
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 24, ranksep: 72 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) {
    graph.setNode(node.id, { width: CARD_WIDTH, height: node.height + MESSAGE_HEIGHT });
  }
  for (const edge of edges) graph.setEdge(edge.source, edge.target);
  dagre.layout(graph);
  const placed = nodes.map(({ id, height }) => {
    const { x, y } = graph.node(id);
    return [id, x - CARD_WIDTH / 2, y - (height + MESSAGE_HEIGHT) / 2] as const;
  });
  const shiftX = leftmost(nodes.map((node) => node.position[0])) - leftmost(placed.map(([, x]) => x));
  const shiftY = leftmost(nodes.map((node) => node.position[1])) - leftmost(placed.map(([, , y]) => y));
  return placed.map(([id, x, y]) => [id, [snap(x + shiftX), snap(y + shiftY)]]);
}

function leftmost(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity);
}

function snap(value: number): number {
  return Math.round(value / GRID) * GRID;
}
