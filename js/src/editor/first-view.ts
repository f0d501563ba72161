/** Where the canvas looks when it opens, and when it is asked to fit. */
import { CARD_WIDTH } from './geometry';
import type { Box } from './placement';

export interface View {
  x: number;
  y: number;
  zoom: number;
}

/** What of the canvas no panel lies over, in px. */
export interface Pane {
  left?: number;
  width: number;
  height: number;
}

/** Below this zoom a card is hard to read. */
const READABLE = 0.5;
const MARGIN = 32;

/**
 * The whole graph if it can be read at that size; else what is selected, or its beginning, where
 * the data comes in: small enough to see what follows and large enough to read.
 */
export function fittingView(boxes: readonly Box[], pane: Pane, selected: readonly Box[] = []): View {
  if (boxes.length === 0) return { x: 0, y: 0, zoom: 1 };
  const start = pane.left ?? 0;
  const left = Math.min(...boxes.map((box) => box.position[0]));
  const right = Math.max(...boxes.map((box) => box.position[0])) + CARD_WIDTH;
  const top = Math.min(...boxes.map((box) => box.position[1]));
  const bottom = Math.max(...boxes.map((box) => box.position[1] + box.height));
  const across = (pane.width - 2 * MARGIN) / (right - left);
  const down = (pane.height - 2 * MARGIN) / (bottom - top);
  const zoom = Math.min(1, Math.max(READABLE, Math.min(across, down)));
  const [anchor] = selected;
  const begin = anchor ? Math.min(anchor.position[0], right - pane.width / zoom) : left;
  const row = anchor ? anchor.position[1] + anchor.height / 2 : middleSource(boxes, left);
  const middle = down >= zoom ? (top + bottom) / 2 : row;
  const x = across >= zoom ? pane.width / 2 - (zoom * (left + right)) / 2 : MARGIN - zoom * begin;
  return { x: start + x, y: pane.height / 2 - zoom * middle, zoom };
}

/** The height of the middle one among the leftmost cards. */
function middleSource(boxes: readonly Box[], left: number): number {
  const middles = boxes
    .filter((box) => box.position[0] < left + CARD_WIDTH)
    .map((box) => box.position[1] + box.height / 2)
    .sort((a, b) => a - b);
  return middles[Math.floor(middles.length / 2)] ?? 0;
}
