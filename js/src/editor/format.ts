/** How numbers, times and people are written on the screen. */

const thousands = new Intl.NumberFormat('en-US');

/** `52341` -> `52,341`. */
export function count(value: number): string {
  return thousands.format(value);
}

/** `1` -> `1 row`, `2` -> `2 rows`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Wall time in milliseconds, in the largest unit that keeps two or three figures. */
export function duration(ms: number): string {
  if (ms < 1) return '<1 ms';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Figures for a table cell: at most six significant digits, no trailing noise. */
export function figure(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return thousands.format(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(3);
  return String(Number(value.toPrecision(6)));
}

/** `Ada Lovelace` -> `AL`. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0]?.[0] ?? '?';
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? '') : '';
  return (first + last).toUpperCase();
}

/** `GR, RHOB +2`: the first few names of a list and how many more there are. */
export function shortList(names: readonly string[], shown = 3): string {
  if (names.length <= shown) return names.join(', ');
  return `${names.slice(0, shown).join(', ')} +${names.length - shown}`;
}
