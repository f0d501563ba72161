/**
 * The size of a node card and the place of its ports, known without the DOM.
 *
 * The canvas culls and routes edges before anything is painted, and the layout worker has no DOM:
 * both rely on these numbers, and `node.css` draws the rows with the same ones.
 */
import { Position, type NodeHandle } from '@xyflow/system';

export const CARD_WIDTH = 224;
export const HEADER_HEIGHT = 48;
export const PORT_ROW_HEIGHT = 24;
export const STATUS_HEIGHT = 28;
/** A message hangs below its card; arranging leaves this much room for it. */
export const MESSAGE_HEIGHT = 28;
export const PORT_SIZE = 12;

export interface Ports {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Height in px of a card with these ports. */
export function cardHeight(ports: Ports): number {
  const rows = Math.max(1, ports.inputs.length, ports.outputs.length);
  return HEADER_HEIGHT + rows * PORT_ROW_HEIGHT + STATUS_HEIGHT;
}

/** Distance in px from a card's top to the centre of a port. */
export function portCentre(row: number): number {
  return HEADER_HEIGHT + row * PORT_ROW_HEIGHT + PORT_ROW_HEIGHT / 2;
}

/** The ports as the canvas wants them: centred on the left and right border of their row. */
export function cardHandles(ports: Ports): NodeHandle[] {
  const place = (names: readonly string[], type: 'source' | 'target'): NodeHandle[] =>
    names.map((id, row) => ({
      id,
      type,
      position: type === 'target' ? Position.Left : Position.Right,
      x: (type === 'target' ? 0 : CARD_WIDTH) - PORT_SIZE / 2,
      y: portCentre(row) - PORT_SIZE / 2,
      width: PORT_SIZE,
      height: PORT_SIZE,
    }));
  return [...place(ports.inputs, 'target'), ...place(ports.outputs, 'source')];
}
