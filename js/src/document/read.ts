/** Reading nodes, edges and positions. Any peer may have written them, so nothing is taken on trust. */
import { field, plain, record, text } from './plain';
import type { EdgeType, Json, NodeType, PipelineEdge, PipelineNode, Position } from './types';

const NODE_TYPES: readonly string[] = ['ingestion', 'operator', 'output'];
const EDGE_TYPES: readonly string[] = ['data_flow', 'conditional', 'error'];
const LATEST: Json = { strategy: 'latest' };

/** A node with a default for whatever is missing or of the wrong type. */
export function readNode(id: string, value: unknown): PipelineNode {
  const tags = plain(field(value, 'tags'));
  const timeout = field(value, 'timeoutSeconds');
  return {
    id,
    name: text(field(value, 'name'), id),
    nodeType: oneOf(NODE_TYPES, field(value, 'nodeType'), 'operator') as NodeType,
    operatorId: text(field(value, 'operatorId')),
    version: (plain(field(value, 'version')) ?? LATEST) as Json,
    parameters: record(field(value, 'parameters')) as Record<string, Json>,
    curveMapping: strings(record(field(value, 'curveMapping'))),
    cache: field(value, 'cache') !== false,
    timeoutSeconds: typeof timeout === 'number' ? timeout : null,
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
    description: text(field(value, 'description')),
  };
}

export function readEdge(id: string, value: unknown): PipelineEdge {
  return {
    id,
    sourceNodeId: text(field(value, 'sourceNodeId')),
    sourcePort: text(field(value, 'sourcePort'), 'output'),
    targetNodeId: text(field(value, 'targetNodeId')),
    targetPort: text(field(value, 'targetPort'), 'input'),
    edgeType: oneOf(EDGE_TYPES, field(value, 'edgeType'), 'data_flow') as EdgeType,
  };
}

/** `[x, y]`, or `undefined` if it is anything else. */
export function readPosition(value: unknown): Position | undefined {
  const [x, y] = Array.isArray(plain(value)) ? (plain(value) as unknown[]) : [];
  return Number.isFinite(x) && Number.isFinite(y) ? [x as number, y as number] : undefined;
}

function oneOf(allowed: readonly string[], value: unknown, otherwise: string): string {
  return typeof value === 'string' && allowed.includes(value) ? value : otherwise;
}

function strings(value: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(value).filter(([, item]) => typeof item === 'string');
  return Object.fromEntries(entries) as Record<string, string>;
}
