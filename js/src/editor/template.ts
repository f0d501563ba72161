/** A pipeline to begin with: from logs to water saturation, in five nodes. */
import type { Fragment, Json, NodeType, PipelineEdge, PipelineNode, Position } from '../document/types';
import type { OperatorCard } from '../kernel/protocol';
import { CARD_WIDTH } from './geometry';

interface Step {
  operator: string;
  nodeType: NodeType;
  name: string;
  parameters?: Record<string, Json>;
  curveMapping?: Record<string, string>;
}

const QUICKLOOK: readonly Step[] = [
  { operator: 'well_logs', nodeType: 'ingestion', name: 'logs' },
  { operator: 'vsh_larionov_tertiary', nodeType: 'operator', name: 'shale_volume' },
  { operator: 'phi_density', nodeType: 'operator', name: 'porosity' },
  {
    operator: 'sw_archie',
    nodeType: 'operator',
    name: 'water_saturation',
    parameters: { rw: 0.05 },
    curveMapping: { phi: 'PHID' },
  },
  { operator: 'output', nodeType: 'output', name: 'result' },
];

const GAP = 64;

/** Whether this kernel has every operator the template uses. */
export function quicklookAvailable(catalogue: ReadonlyMap<string, OperatorCard>): boolean {
  return QUICKLOOK.every((step) => catalogue.has(step.operator));
}

/** The template's nodes in a row; ids are given anew when it is pasted. */
export function quicklook([x, y]: Position): Fragment {
  const nodes = QUICKLOOK.map(nodeOf);
  const edges = nodes.slice(1).map((node, index) => edgeBetween(nodes[index] as PipelineNode, node));
  const places = nodes.map(
    ({ id }, index) => [id, [x + index * (CARD_WIDTH + GAP), y]] as [string, Position],
  );
  return { format: 'mudrock/1', nodes, edges, positions: Object.fromEntries(places) };
}

function nodeOf(step: Step): PipelineNode {
  return {
    id: step.name,
    name: step.name,
    nodeType: step.nodeType,
    operatorId: step.operator,
    version: { strategy: 'latest' },
    parameters: step.parameters ?? {},
    curveMapping: step.curveMapping ?? {},
    cache: true,
    timeoutSeconds: null,
    tags: [],
    description: '',
  };
}

function edgeBetween(source: PipelineNode, target: PipelineNode): PipelineEdge {
  return {
    id: `${source.id}-${target.id}`,
    sourceNodeId: source.id,
    sourcePort: 'output',
    targetNodeId: target.id,
    targetPort: 'input',
    edgeType: 'data_flow',
  };
}
