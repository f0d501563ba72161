/** What a form's pickers offer: the columns that arrive, the project's wells and its curves. */
import type { Column, Hello } from '../../kernel/protocol';
import type { ListItem } from './fields';

export interface Choice {
  value: string;
  label: string;
  note: string;
}

export interface Choices {
  curves: readonly Choice[];
  wells: readonly Choice[];
}

const INDEX_COLUMNS = new Set(['well_id', 'DEPTH']);

/** Curves come from the node upstream; a source, with nothing upstream, offers the project's. */
export function choicesFor(upstream: readonly Column[] | undefined, hello: Hello | null): Choices {
  const columns = upstream?.filter((column) => !INDEX_COLUMNS.has(column.name));
  return {
    curves: columns
      ? columns.map(({ name, unit }) => ({ value: name, label: name, note: unit }))
      : (hello?.curves ?? []).map(({ mnemonic, unit, wells }) => ({
          value: mnemonic,
          label: mnemonic,
          note: `${unit}, ${wells} ${wells === 1 ? 'well' : 'wells'}`,
        })),
    wells: (hello?.wells ?? []).map(({ wellId, name, top, base, unit }) => ({
      value: wellId,
      label: name,
      note: top === null || base === null ? '' : `${top} to ${base} ${unit}`,
    })),
  };
}

export function choicesOf(item: ListItem, choices: Choices): readonly Choice[] {
  if (item === 'curve') return choices.curves;
  return item === 'well' ? choices.wells : [];
}
