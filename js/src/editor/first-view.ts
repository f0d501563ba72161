/** Where the canvas looks when it opens. */
import { CARD_WIDTH } from './geometry';
import type { Box } from './placement';

export interface View {
  x: number;
  y: number;
  zoom: number;
}

export interface Pane {
  width: number;
  height: number;
}

/** Below this zoom a card is hard to read. */
const READABLE = 0.7;
const MARGIN = 32;

/**
 * The whole graph if it can be read at that size; else its beginning, where the data comes in,
 * small enough to see what follows and large enough to read.
 */
export function firstView(boxes: readonly Box[], pane: Pane): View {
  if (boxes.length === 0) return { x: 0, y: 0, zoom: 1 };
  const left = Math.min(...boxes.map((box) => box.position[0]));
  const right = Math.max(...boxes.map((box) => box.position[0])) + CARD_WIDTH;
  const top = Math.min(...boxes.map((box) => box.position[1]));
  const bottom = Math.max(...boxes.map((box) => box.position[1] + box.height));
  const across = (pane.width - 2 * MARGIN) / (right - left);
  const down = (pane.height - 2 * MARGIN) / (bottom - top);
  const zoom = Math.min(1, Math.max(READABLE, Math.min(across, down)));
  const middle = down >= zoom ? (top + bottom) / 2 : middleSource(boxes, left);
  const x = across >= zoom ? pane.width / 2 - (zoom * (left + right)) / 2 : MARGIN - zoom * left;
  return { x, y: pane.height / 2 - zoom * middle, zoom };
}

/** The height of the middle one among the leftmost cards. */
function middleSource(boxes: readonly Box[], left: number): number {
  const middles = boxes
    .filter((box) => box.position[0] < left + CARD_WIDTH)
    .map((box) => box.position[1] + box.height / 2)
    .sort((a, b) => a - b);
  return middles[Math.floor(middles.length / 2)] ?? 0;
}
