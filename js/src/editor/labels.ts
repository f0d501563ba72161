/** What a node takes and makes, in the few words a card has room for. */
import type { Json } from '../document/types';
import type { Column, OperatorCard } from '../kernel/protocol';
import { columnOf, namedInputs } from './columns';
import { shortList } from './format';

const INDEX_COLUMNS = new Set(['well_id', 'DEPTH']);

/** What flows into a port: the curves it needs, or the port's own name. */
export function inputLabel(
  port: string,
  card: OperatorCard | undefined,
  mapping: Record<string, string>,
  parameters: Record<string, Json>,
): string {
  if (port !== 'input' || !card) return port;
  const needed = namedInputs(card).filter((input) => !input.optional);
  const names = needed.map((input) => columnOf(input, mapping));
  if (names.length) return shortList(names);
  const chosen = card.anyCurve ? chosenCurves(parameters) : [];
  return chosen.length ? shortList(chosen) : card.anyCurve ? 'any curve' : 'all columns';
}

/** What a node makes: its curve and unit, or the curves it reads. */
export function outputLabel(
  card: OperatorCard | undefined,
  parameters: Record<string, Json>,
  schema: readonly Column[] | undefined,
  upstream: readonly Column[] | undefined,
): string {
  const named = card?.outputs.filter((output) => !output.mnemonic.startsWith('*')) ?? [];
  const [only] = named;
  if (named.length === 1 && only) return `${only.mnemonic} ${unitLabel(only.unit)}`.trim();
  if (named.length > 1) return shortList(named.map((output) => output.mnemonic));
  const before = new Set(upstream?.map((column) => column.name));
  const added = (schema ?? [])
    .map((column) => column.name)
    .filter((name) => !before.has(name) && !INDEX_COLUMNS.has(name));
  if (added.length) return shortList(added, 2);
  const suffix = card?.outputs[0]?.mnemonic.replace('*', '') ?? '';
  const curves = chosenCurves(parameters).map((curve) => curve + suffix);
  const chosen = card?.nodeType === 'ingestion' || suffix ? curves : [];
  if (chosen.length) return shortList(chosen, 2);
  return card?.nodeType === 'ingestion' ? 'all curves' : 'table';
}

/** Whether a person named the node: otherwise it is `vsh_linear`, `vsh_linear_2` and so on. */
export function isChosenName(name: string, operatorId: string): boolean {
  return !name.startsWith(operatorId) || !/^(_\d+)?$/.test(name.slice(operatorId.length));
}

/** What to call a node in a sentence: the name somebody gave it, else what its operator is called. */
export function nodeLabel(name: string, operatorId: string, title: string | undefined): string {
  if (title === undefined || isChosenName(name, operatorId)) return name;
  return name === operatorId ? title : `${title} (${name})`;
}

/** Units as they are printed: a ratio has none to show. */
export function unitLabel(unit: string): string {
  return unit === '-' ? '' : unit;
}

function chosenCurves(parameters: Record<string, Json>): string[] {
  const chosen = parameters['curves'] ?? parameters['curve'];
  if (typeof chosen === 'string') return [chosen];
  return Array.isArray(chosen) ? chosen.filter((each) => typeof each === 'string') : [];
}
