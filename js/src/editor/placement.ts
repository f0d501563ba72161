/** Where a node goes that somebody adds, and what it can be connected to at once. */
import type { Connection, Position } from '../document/types';
import type { OperatorCard } from '../kernel/protocol';
import { CARD_WIDTH, MESSAGE_HEIGHT, cardHeight } from './geometry';
import { refusal, type PortGraph } from './ports';

const GAP = 72;
const STEP = 24;

export interface Box {
  position: Position;
  height: number;
}

/** The place to the right of a node, or a little lower where that is taken. */
export function rightOf(anchor: Box, others: readonly Box[], height: number): Position {
  const [x, y] = anchor.position;
  return freePlace([x + CARD_WIDTH + GAP, y], others, height);
}

/** The place itself, or the next one below it that covers no other card. */
export function freePlace(wanted: Position, others: readonly Box[], height: number): Position {
  const [x] = wanted;
  let [, y] = wanted;
  const covered = (box: Box): boolean =>
    Math.abs(box.position[0] - x) < CARD_WIDTH + STEP / 2 &&
    y < box.position[1] + box.height + MESSAGE_HEIGHT &&
    box.position[1] < y + height + MESSAGE_HEIGHT;
  for (let box = others.find(covered); box; box = others.find(covered)) {
    y = box.position[1] + box.height + MESSAGE_HEIGHT + STEP;
  }
  return [Math.round(x), Math.round(y)];
}

/** Height of a card for an operator that is not on the canvas yet. */
export function heightOf(card: OperatorCard): number {
  return cardHeight(card.ports);
}

/** The connection a new node takes at once from the selected one, if its ports allow it. */
export function connectionFrom(
  source: string,
  target: string,
  card: OperatorCard,
  graph: PortGraph,
): Connection | null {
  const targetPort = card.ports.inputs[0];
  const sourcePort = graph.node(source)?.card?.ports.outputs[0] ?? 'output';
  if (targetPort === undefined) return null;
  const connection = { source, sourcePort, target, targetPort };
  return refusal(connection, graph) === null ? connection : null;
}
