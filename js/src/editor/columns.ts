/** Which column of a table serves an operator's input. */
import type { Column, CurveInput, OperatorCard } from '../kernel/protocol';
import { convertible, sameQuantity } from './units';

const ANY_CURVE = '*';

/** The inputs that ask for a curve by name; `any curve` operators choose theirs by parameter. */
export function namedInputs(card: OperatorCard): CurveInput[] {
  return card.inputs.filter((input) => input.mnemonic !== ANY_CURVE);
}

/** The column's name an input reads: the node's mapping, else the input's own mnemonic. */
export function columnOf(input: CurveInput, mapping: Record<string, string>): string {
  return mapping[input.name] || input.mnemonic;
}

/** The columns that could serve an input, the likeliest first. */
export function candidates(input: CurveInput, columns: readonly Column[]): Column[] {
  const fits = columns.filter(
    (column) => column.name !== 'well_id' && column.name !== 'DEPTH' && convertible(column.unit, input.unit),
  );
  const rank = (column: Column): number => {
    if (column.name === input.mnemonic) return 0;
    if (column.name.startsWith(input.mnemonic)) return 1;
    return sameQuantity(column.unit, input.unit) ? 2 : 3;
  };
  return fits.sort((a, b) => rank(a) - rank(b));
}

/** The one column that plainly stands in for a missing input (`PHID` for `PHI`), if there is just one. */
export function standIn(input: CurveInput, columns: readonly Column[]): Column | null {
  const likely = candidates(input, columns).filter(
    (column) => column.name.startsWith(input.mnemonic) && sameQuantity(column.unit, input.unit),
  );
  return likely.length === 1 ? (likely[0] as Column) : null;
}
