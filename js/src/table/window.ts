/**
 * Which rows a scrolled viewport shows, for tables taller than a browser can scroll.
 *
 * Browsers clamp an element's height (Firefox near 17.9 M px, Chromium near 33.5 M px), so the
 * scrolled height is capped and the scroll position is mapped to rows by ratio.
 */
export const ROW_HEIGHT = 24;
export const MAX_SCROLL_HEIGHT = 8_000_000;

/** Height in px of the scrolled content. */
export function scrollHeight(rows: number): number {
  return Math.min(rows * ROW_HEIGHT, MAX_SCROLL_HEIGHT);
}

/** How many whole rows a viewport of `height` px shows. */
export function visibleRows(height: number): number {
  return Math.max(1, Math.floor(height / ROW_HEIGHT));
}

/** The first row at a scroll position, in a viewport of `height` px. */
export function rowAt(scrollTop: number, height: number, rows: number): number {
  const last = lastFirstRow(height, rows);
  const range = Math.max(1, scrollHeight(rows) - height);
  return clampRow(Math.round((scrollTop / range) * last), last);
}

/** The scroll position that puts `row` first: the inverse of `rowAt`. */
export function scrollTopOf(row: number, height: number, rows: number): number {
  const last = lastFirstRow(height, rows);
  if (last === 0) return 0;
  const range = Math.max(0, scrollHeight(rows) - height);
  return (clampRow(row, last) / last) * range;
}

/** The largest row that can be first while the viewport stays full. */
export function lastFirstRow(height: number, rows: number): number {
  return Math.max(0, rows - visibleRows(height));
}

/** The first row after moving the focus to `row`: scrolls as little as is needed. */
export function reveal(row: number, first: number, height: number, rows: number): number {
  const visible = visibleRows(height);
  if (row < first) return clampRow(row, lastFirstRow(height, rows));
  if (row >= first + visible) return clampRow(row - visible + 1, lastFirstRow(height, rows));
  return first;
}

function clampRow(row: number, last: number): number {
  return Math.min(Math.max(0, row), last);
}
