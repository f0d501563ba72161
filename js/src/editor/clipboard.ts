/** Part of a pipeline as text on the clipboard. */
import type { Fragment } from '../document/types';

/** Reads what `JSON.stringify` of a fragment wrote; null for any other text. */
export function parseFragment(text: string): Fragment | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    const value = JSON.parse(text) as Partial<Fragment>;
    const whole =
      value.format === 'mudrock/1' &&
      Array.isArray(value.nodes) &&
      Array.isArray(value.edges) &&
      typeof value.positions === 'object' &&
      value.positions !== null;
    return whole ? (value as Fragment) : null;
  } catch {
    return null;
  }
}
