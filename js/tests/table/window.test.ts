import fc from 'fast-check';
import { shownOrder } from '../../src/table/cells';
import { describe, expect, it } from 'vitest';
import {
  MAX_SCROLL_HEIGHT,
  ROW_HEIGHT,
  lastFirstRow,
  reveal,
  rowAt,
  scrollHeight,
  scrollTopOf,
  visibleRows,
} from '../../src/table/window';

const rows = fc.integer({ min: 0, max: 2_000_000_000 });
const height = fc.integer({ min: 1, max: 3000 });

describe('window', () => {
  it('caps the scrolled height', () => {
    expect(scrollHeight(10)).toBe(10 * ROW_HEIGHT);
    expect(scrollHeight(10_000_000)).toBe(MAX_SCROLL_HEIGHT);
  });

  it('shows the first row at the top and the last one at the bottom', () => {
    expect(rowAt(0, 240, 10_000_000)).toBe(0);
    expect(rowAt(MAX_SCROLL_HEIGHT - 240, 240, 10_000_000)).toBe(10_000_000 - 10);
  });

  it('never leaves the table', () => {
    fc.assert(
      fc.property(rows, height, fc.double({ min: 0, max: 1, noNaN: true }), (count, tall, share) => {
        const row = rowAt(share * Math.max(0, scrollHeight(count) - tall), tall, count);
        expect(row).toBeGreaterThanOrEqual(0);
        expect(row).toBeLessThanOrEqual(lastFirstRow(tall, count));
      }),
    );
  });

  it('goes to the scroll position of a row and back', () => {
    fc.assert(
      fc.property(rows, height, fc.double({ min: 0, max: 1, noNaN: true }), (count, tall, share) => {
        fc.pre(scrollHeight(count) > tall);
        const row = Math.floor(share * lastFirstRow(tall, count));
        expect(rowAt(scrollTopOf(row, tall, count), tall, count)).toBe(row);
      }),
    );
  });

  it('scrolls as little as it takes to reveal a row', () => {
    expect(reveal(5, 0, 240, 100)).toBe(0);
    expect(reveal(10, 0, 240, 100)).toBe(1);
    expect(reveal(3, 50, 240, 100)).toBe(3);
    expect(reveal(99, 0, 240, 100)).toBe(90);
    expect(visibleRows(10)).toBe(1);
  });
});

describe('shownOrder', () => {
  it('puts what the node makes right after what tells the rows apart', () => {
    const columns = ['DEPTH', 'GR', 'well_id', 'RHOB', 'VSH'].map((name) => ({ name, unit: '', type: 'double' }));
    const names = shownOrder(columns, new Set(['VSH'])).map((index) => columns[index]?.name);
    expect(names).toEqual(['well_id', 'DEPTH', 'VSH', 'GR', 'RHOB']);
  });
});
