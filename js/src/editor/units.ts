/** Which unit spellings measure the same quantity, so that one can be converted to the other. */

const QUANTITIES: readonly (readonly string[])[] = [
  ['m', 'ft', 'cm', 'mm', 'in', 'km'],
  ['g/cm3', 'g/cc', 'kg/m3', 'g/c3', 'k/m3'],
  ['us/ft', 'us/m', 's/m', 'usec/ft'],
  ['v/v', '%', 'pu', 'dec', 'fraction', 'm3/m3', 'ft3/ft3', '-'],
  ['gapi', 'api'],
  ['ohm.m', 'ohmm', 'ohm-m'],
  ['md', 'd', 'um2'],
  ['degc', 'degf', 'k'],
  ['mv', 'v'],
  ['psi', 'kpa', 'mpa', 'bar', 'pa'],
];

const quantityOf = new Map<string, number>(
  QUANTITIES.flatMap((spellings, quantity) => spellings.map((unit) => [unit, quantity] as const)),
);

/** Whether a column in `have` can serve an input in `need`. Unknown spellings are left to the kernel. */
export function convertible(have: string, need: string): boolean {
  const a = have.trim().toLowerCase();
  const b = need.trim().toLowerCase();
  if (a === b || a === '' || b === '') return true;
  const quantity = quantityOf.get(a);
  const other = quantityOf.get(b);
  return quantity === undefined || other === undefined || quantity === other;
}

/** Whether two units are known, and known to measure the same quantity. */
export function sameQuantity(a: string, b: string): boolean {
  const left = a.trim().toLowerCase();
  const right = b.trim().toLowerCase();
  if (left === '' || right === '') return false;
  return left === right || (quantityOf.has(left) && quantityOf.get(left) === quantityOf.get(right));
}
