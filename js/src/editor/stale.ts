/** Which results are no longer those of the pipeline on the screen. */
import { equal } from '../document/plain';
import type { NodeRun, PipelineEdge, PipelineNode, RunSettings } from '../document/types';

/** What of a node decides whether its result still holds. */
export interface RunNode {
  node: PipelineNode;
  run: NodeRun | undefined;
}

/**
 * The finished nodes whose result is out of date: their settings are not those they ran with, or a
 * node before them is out of date. It needs no memory, so it is right for whoever comes later, and
 * an edit that is undone counts for nothing.
 */
export function staleNodes(
  nodes: ReadonlyMap<string, RunNode>,
  edges: readonly PipelineEdge[],
): Set<string> {
  const into = grouped(edges, (edge) => edge.targetNodeId);
  const outOf = grouped(edges, (edge) => edge.sourceNodeId);
  const stale = new Set<string>();
  const waiting = [...nodes].flatMap(([id, each]) => (isEdited(each, into.get(id) ?? []) ? [id] : []));
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (stale.has(id) || nodes.get(id)?.run?.status !== 'completed') continue;
    stale.add(id);
    waiting.push(...(outOf.get(id) ?? []).map((edge) => edge.targetNodeId));
  }
  return stale;
}

/** Whether a node is set otherwise than when it ran; a run that does not tell is trusted. */
function isEdited({ node, run }: RunNode, inputs: readonly PipelineEdge[]): boolean {
  return run?.settings !== undefined && !equal(settingsOf(node, inputs), run.settings);
}

function settingsOf(node: PipelineNode, inputs: readonly PipelineEdge[]): RunSettings {
  const { operatorId, parameters, curveMapping } = node;
  const sources = inputs.map((edge) => [edge.targetPort, [edge.sourceNodeId, edge.sourcePort]] as const);
  return { operatorId, parameters, curveMapping, inputs: Object.fromEntries(sources) };
}

function grouped(
  edges: readonly PipelineEdge[],
  key: (edge: PipelineEdge) => string,
): Map<string, PipelineEdge[]> {
  const groups = new Map<string, PipelineEdge[]>();
  for (const edge of edges) {
    const group = groups.get(key(edge));
    if (group) group.push(edge);
    else groups.set(key(edge), [edge]);
  }
  return groups;
}
