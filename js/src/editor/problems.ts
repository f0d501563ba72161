/** Problems that show in the graph itself: they are found with no kernel at all. */
import type { Problem } from '../kernel/protocol';
import type { PortGraph, PortNode } from './ports';

/** Inputs that nothing feeds, and loops. */
export function structuralProblems(nodes: readonly PortNode[], graph: PortGraph): Problem[] {
  const looping = inLoops(graph);
  const fed = fedPorts(graph);
  return nodes.flatMap((node) => [
    ...unfedInputs(node, fed.get(node.id) ?? new Set()),
    ...(looping.has(node.id) ? [loop(node.id)] : []),
  ]);
}

/** The nodes that lie on a loop: what is left when all that begin or end a path are taken away. */
function inLoops({ edges }: PortGraph): Set<string> {
  let left = [...edges];
  for (;;) {
    const sources = new Set(left.map((edge) => edge.sourceNodeId));
    const targets = new Set(left.map((edge) => edge.targetNodeId));
    const kept = left.filter(
      (edge) => targets.has(edge.sourceNodeId) && sources.has(edge.targetNodeId),
    );
    if (kept.length === left.length) return new Set(kept.map((edge) => edge.targetNodeId));
    left = kept;
  }
}

/** Node id -> the input ports that an edge leads to. */
function fedPorts({ edges }: PortGraph): Map<string, Set<string>> {
  const fed = new Map<string, Set<string>>();
  for (const { targetNodeId, targetPort } of edges) {
    fed.set(targetNodeId, (fed.get(targetNodeId) ?? new Set()).add(targetPort));
  }
  return fed;
}

function unfedInputs(node: PortNode, fed: ReadonlySet<string>): Problem[] {
  const expected =
    node.card?.ports.inputs ?? (node.nodeType === 'ingestion' || fed.size ? [] : ['input']);
  return expected
    .filter((port) => !fed.has(port))
    .map((port) =>
      problem(
        'not_connected',
        expected.length > 1 ? `Nothing is connected to '${port}'` : 'Nothing is connected to it',
        'Drag from the output of another node to its left border.',
        node.id,
      ),
    );
}

function loop(node: string): Problem {
  return problem('cycle', 'It feeds itself through other nodes', 'Remove one edge of the loop.', node);
}

/** An operator the kernel does not know. Only sayable once the catalogue is there. */
export function unknownOperator(nodeId: string, operatorId: string): Problem {
  return problem(
    'unknown_operator',
    `There is no operator '${operatorId}'`,
    'Define it in the kernel that runs this, install its package, or remove the node.',
    nodeId,
  );
}

function problem(code: string, message: string, advice: string, node: string): Problem {
  return { code, message, advice, node, edge: null, severity: 'error' };
}

/** The kernel's problems, and of the local ones those it has not found itself. */
export function mergeProblems(kernel: readonly Problem[], local: readonly Problem[]): Problem[] {
  const told = new Set(kernel.map((each) => each.node));
  return [...kernel, ...local.filter((each) => !told.has(each.node))];
}

/** The one line a card has room for: the worst first. */
export function headline(problems: readonly Problem[]): Problem | undefined {
  return problems.find((each) => each.severity === 'error') ?? problems[0];
}

/** A problem as it is said beside its node's label: the label is not said again. */
export function spoken(each: Problem, name: string, label: string): Problem {
  const quoted = `'${name}'`;
  const rest = each.message.startsWith(`${quoted}: `) ? each.message.slice(quoted.length + 2) : each.message;
  return { ...each, message: rest.replaceAll(quoted, `'${label}'`) };
}
