/** Whether two ports can be connected, and if not, why: in words for the person who tries. */
import type { Connection, PipelineEdge } from '../document/types';
import type { Column, CurveInput, OperatorCard } from '../kernel/protocol';
import { candidates, columnOf, namedInputs } from './columns';
import { convertible } from './units';

/** What a connection's check needs to know of a node. */
export interface PortNode {
  id: string;
  name: string;
  nodeType: 'ingestion' | 'operator' | 'output';
  /** Undefined while the catalogue is unknown, or when no such operator exists. */
  card: OperatorCard | undefined;
  curveMapping: Record<string, string>;
  /** What the node makes; undefined as long as no kernel has said. */
  schema: readonly Column[] | undefined;
}

export interface PortGraph {
  node(id: string): PortNode | undefined;
  edges: readonly Pick<PipelineEdge, 'sourceNodeId' | 'sourcePort' | 'targetNodeId' | 'targetPort'>[];
}

/** Why a connection cannot work, or null when it can. */
export function refusal(connection: Connection, graph: PortGraph): string | null {
  const source = graph.node(connection.source);
  const target = graph.node(connection.target);
  if (!source || !target) return 'That node is gone';
  return (
    structuralRefusal(connection, source, target) ??
    takenRefusal(connection, graph) ??
    loopRefusal(connection, graph) ??
    schemaRefusal(source, target, connection.targetPort)
  );
}

function structuralRefusal(
  connection: Connection,
  source: PortNode,
  target: PortNode,
): string | null {
  if (source.id === target.id) return 'A node cannot feed itself';
  if (source.nodeType === 'output') return 'An output node has nothing to give';
  if (target.nodeType === 'ingestion') return `'${target.name}' reads wells and takes no input`;
  if (source.card && !source.card.ports.outputs.includes(connection.sourcePort)) {
    return `'${source.name}' has no output '${connection.sourcePort}'`;
  }
  if (target.card && !target.card.ports.inputs.includes(connection.targetPort)) {
    return `'${target.name}' has no input '${connection.targetPort}'`;
  }
  return null;
}

function takenRefusal(connection: Connection, graph: PortGraph): string | null {
  const into = graph.edges.filter(
    (edge) => edge.targetNodeId === connection.target && edge.targetPort === connection.targetPort,
  );
  if (into.length === 0) return null;
  const same = into.some(
    (edge) => edge.sourceNodeId === connection.source && edge.sourcePort === connection.sourcePort,
  );
  if (same) return 'These two are already connected';
  return `${capitalised(connection.targetPort)} is already connected`;
}

function loopRefusal(connection: Connection, graph: PortGraph): string | null {
  const path = pathBetween(connection.target, connection.source, graph);
  if (!path) return null;
  const names = path.map((id) => graph.node(id)?.name ?? id);
  return `This would make a loop: ${[...names, names[0]].join(' -> ')}`;
}

/** The node ids from one node downstream to another, or null when none of its edges lead there. */
export function pathBetween(from: string, to: string, graph: PortGraph): string[] | null {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  const waiting = [from];
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    if (id === to) return unwind(id, cameFrom);
    for (const edge of graph.edges) {
      if (edge.sourceNodeId !== id || cameFrom.has(edge.targetNodeId)) continue;
      cameFrom.set(edge.targetNodeId, id);
      waiting.push(edge.targetNodeId);
    }
  }
  return null;
}

function unwind(id: string, cameFrom: Map<string, string | null>): string[] {
  const path: string[] = [];
  for (let step: string | null = id; step !== null; step = cameFrom.get(step) ?? null) {
    path.unshift(step);
  }
  return path;
}

function schemaRefusal(source: PortNode, target: PortNode, port: string): string | null {
  const columns = source.schema;
  if (!columns || columns.length === 0 || !target.card || port !== 'input') return null;
  for (const input of namedInputs(target.card)) {
    const reason = input.optional ? null : inputRefusal(input, source, target, columns);
    if (reason) return reason;
  }
  return null;
}

function inputRefusal(
  input: CurveInput,
  source: PortNode,
  target: PortNode,
  columns: readonly Column[],
): string | null {
  const name = columnOf(input, target.curveMapping);
  const column = columns.find((each) => each.name === name);
  if (column && !convertible(column.unit, input.unit)) {
    return `${name} is in ${column.unit}, ${input.unit} is needed`;
  }
  if (column || standsIn(input, columns)) return null;
  return `${name} is missing from what '${source.name}' makes`;
}

/** A column of the very same unit can be mapped to the input after connecting. */
function standsIn(input: CurveInput, columns: readonly Column[]): boolean {
  return candidates(input, columns).some((each) => each.unit !== '' && each.unit === input.unit);
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
