/** How a cell is written, by the Arrow type of its column. */
import type { Column } from '../kernel/protocol';
import { figure } from '../editor/format';

const NUMERIC = /^(u?int|float|double|half|decimal)/i;

export function isNumeric(column: Column): boolean {
  return NUMERIC.test(column.type);
}

/** The cell's text; null for nothing there, which the table draws as a quiet dash. */
export function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isNaN(value) ? 'NaN' : figure(value);
  if (typeof value === 'bigint') return figure(Number(value));
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value instanceof Date) return value.toISOString();
  return String(value);
}

/** A first guess at a column's width in px: wide enough for its header and usual figures. */
export function columnWidth(column: Column): number {
  const header = column.name.length + (column.unit ? column.unit.length + 1 : 0);
  const content = isNumeric(column) ? 9 : 14;
  return Math.min(Math.max(header + 3, content) * 8 + 16, 240);
}

/** What a click on a header asks for next: ascending, descending, as it was. */
export function nextSort(
  current: readonly [string, 'ascending' | 'descending'] | null,
  column: string,
): [string, 'ascending' | 'descending'] | null {
  if (current?.[0] !== column) return [column, 'ascending'];
  return current[1] === 'ascending' ? [column, 'descending'] : null;
}
