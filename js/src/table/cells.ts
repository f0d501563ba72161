/** How a cell is written, by the Arrow type of its column. */
import type { Column, ColumnStatistics } from '../kernel/protocol';
import { figure } from '../editor/format';

const NUMERIC = /^(u?int|float|double|half|decimal)/i;

export function isNumeric(column: Column): boolean {
  return NUMERIC.test(column.type);
}

/**
 * How many decimals the figures of a column take, from its largest value: five figures or so, the
 * same for every row. `undefined` as long as the statistics are not there.
 */
export function decimalsOf(column: Column, statistics: ColumnStatistics | undefined): number | undefined {
  if (!statistics || !/^(float|double|half|decimal)/i.test(column.type)) return undefined;
  const ends = [statistics.minimum, statistics.maximum].filter((end) => typeof end === 'number');
  const largest = Math.max(...ends.map(Math.abs), 1e-9);
  return Math.min(Math.max(4 - Math.floor(Math.log10(largest)), 2), 4);
}

/** The cell's text; null for nothing there, which the table draws as a quiet dash. */
export function cellText(value: unknown, decimals?: number): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return numberText(value, decimals);
  if (typeof value === 'bigint') return figure(Number(value));
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value instanceof Date) return value.toISOString();
  return String(value);
}

function numberText(value: number, decimals: number | undefined): string {
  if (Number.isNaN(value)) return 'NaN';
  const tooSmall = value !== 0 && Math.abs(value) < 10 ** -(decimals ?? 0);
  return decimals === undefined || tooSmall ? figure(value) : fixed(value, decimals);
}

function fixed(value: number, decimals: number): string {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

const INDEX = ['well_id', 'DEPTH'];

/** The order columns are shown in: what tells the rows apart, what the node made, the rest. */
export function shownOrder(columns: readonly Column[], made: ReadonlySet<string>): number[] {
  const rank = ({ name }: Column): number => {
    const place = INDEX.indexOf(name);
    return place >= 0 ? place : INDEX.length + (made.has(name) ? 0 : 1);
  };
  return columns
    .map((column, index) => ({ index, rank: rank(column) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ index }) => index);
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
