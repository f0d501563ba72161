import { describe, expect, it } from 'vitest';
import { fittingView } from '../../src/editor/first-view';
import { CARD_WIDTH } from '../../src/editor/geometry';
import type { Box } from '../../src/editor/placement';

const PANE = { width: 1000, height: 600 };
const chain = (count: number): Box[] =>
  Array.from({ length: count }, (_, index) => ({ position: [index * 300 + 50, 80], height: 100 }));

/** Where a card is on the screen. */
function onScreen({ position: [x, y], height }: Box, boxes: Box[]) {
  const view = fittingView(boxes, PANE);
  return {
    left: x * view.zoom + view.x,
    right: (x + CARD_WIDTH) * view.zoom + view.x,
    middle: (y + height / 2) * view.zoom + view.y,
  };
}

describe('fittingView', () => {
  it('shows a small graph at its own size, in the middle', () => {
    const boxes = chain(2);
    expect(fittingView(boxes, PANE).zoom).toBe(1);
    const [first, last] = [onScreen(boxes[0]!, boxes), onScreen(boxes[1]!, boxes)];
    expect(first.left).toBeCloseTo(PANE.width - last.right);
    expect(first.middle).toBeCloseTo(PANE.height / 2);
  });

  it('makes a graph a little smaller if it then fits whole', () => {
    const boxes = chain(5);
    expect(fittingView(boxes, PANE).zoom).toBeLessThan(1);
    expect(onScreen(boxes[0]!, boxes).left).toBeGreaterThanOrEqual(31);
    expect(onScreen(boxes[4]!, boxes).right).toBeLessThanOrEqual(PANE.width - 31);
  });

  it('begins with the sources of one that does not fit, never too small to read', () => {
    const boxes = chain(9);
    expect(fittingView(boxes, PANE).zoom).toBe(0.5);
    expect(onScreen(boxes[0]!, boxes)).toMatchObject({ left: 32 });
    expect(onScreen(boxes[0]!, boxes).middle).toBeCloseTo(PANE.height / 2);
  });

  it('has a source in the middle where they are too many', () => {
    const boxes: Box[] = Array.from({ length: 40 }, (_, row) => ({ position: [0, row * 160], height: 100 }));
    const middles = boxes.map((box) => onScreen(box, boxes).middle);
    expect(middles.some((middle) => Math.abs(middle - PANE.height / 2) < 1)).toBe(true);
  });

  it('keeps clear of what lies over the pane', () => {
    const boxes = chain(2);
    const view = fittingView(boxes, { left: 400, width: 600, height: 600 });
    expect(50 * view.zoom + view.x).toBeGreaterThanOrEqual(400);
  });

  it('shows what is selected of one that does not fit', () => {
    const boxes = chain(20);
    const view = fittingView(boxes, PANE, [boxes[9]!]);
    expect(view.zoom).toBe(0.5);
    expect(boxes[9]!.position[0] * view.zoom + view.x).toBeCloseTo(32);
  });

  it('looks at the origin of an empty one', () => {
    expect(fittingView([], PANE)).toEqual({ x: 0, y: 0, zoom: 1 });
  });
});
