/** What is only unfinished is said quietly until a run is asked for. */
import type { Problem } from '../kernel/protocol';
import type { PortGraph } from './ports';

/** What an empty canvas is about to get anyway. */
const calm = new Set(['no_project', 'empty']);

/** The problems with those of unfinished nodes made notes: one calm line for each such node. */
export function unhurried(problems: readonly Problem[], graph: PortGraph): Problem[] {
  const fed = new Set(graph.edges.map((edge) => edge.targetNodeId));
  const said = new Set<string>();
  return problems.flatMap((each) => {
    const { node } = each;
    const unconnected = node !== null && !fed.has(node) && takesInput(node, graph);
    if (!unconnected) return [calm.has(each.code) ? note(each) : curveToPick(each)];
    if (said.has(node)) return [];
    said.add(node);
    const advice = 'Drag from the output of another node to its left border.';
    return [note({ ...each, code: 'not_connected', message: 'Not connected yet', advice })];
  });
}

function takesInput(id: string, graph: PortGraph): boolean {
  const node = graph.node(id);
  return node?.card ? node.card.ports.inputs.length > 0 : node?.nodeType !== 'ingestion';
}

function curveToPick(each: Problem): Problem {
  if (each.code !== 'no_curve') return each;
  return note({ ...each, message: 'Pick a curve', advice: '' });
}

function note(each: Problem): Problem {
  return { ...each, severity: 'note' };
}
