/** Finding operators: by family for the palette, by words for the search. */
import type { OperatorCard } from '../kernel/protocol';

export interface Family {
  name: string;
  title: string;
  operators: OperatorCard[];
}

const FIRST = ['wells'];
const LAST = ['output'];
const TITLES: Record<string, string> = {
  vshale: 'Shale volume',
  toc: 'Organic carbon',
  wells: 'Wells',
  output: 'Outputs',
};

/** The catalogue by family: wells first, outputs last, the others by name. */
export function families(cards: Iterable<OperatorCard>): Family[] {
  const byName = new Map<string, OperatorCard[]>();
  for (const card of cards) {
    const family = byName.get(card.family);
    if (family) family.push(card);
    else byName.set(card.family, [card]);
  }
  return [...byName]
    .map(([name, operators]) => ({ name, title: familyTitle(name), operators: byTitle(operators) }))
    .sort((a, b) => order(a.name) - order(b.name) || a.title.localeCompare(b.title));
}

function byTitle(cards: OperatorCard[]): OperatorCard[] {
  return cards.sort((a, b) => a.title.localeCompare(b.title));
}

function order(family: string): number {
  if (FIRST.includes(family)) return 0;
  return LAST.includes(family) ? 2 : 1;
}

/** An operator's title under its family's, which it need not say again: `Timur` under Permeability. */
export function titleInFamily(title: string, family: string): string {
  const heading = `${family}, `;
  if (!title.startsWith(heading)) return title;
  const own = title.slice(heading.length);
  return own.charAt(0).toUpperCase() + own.slice(1);
}

export function familyTitle(family: string): string {
  const words = family.replaceAll('_', ' ');
  return TITLES[family] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** The operators that match every word of the query, the closest first. */
export function search(cards: Iterable<OperatorCard>, query: string): OperatorCard[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const scored: { card: OperatorCard; score: number }[] = [];
  for (const card of cards) {
    const score = scoreOf(card, words);
    if (score > 0) scored.push({ card, score });
  }
  return scored
    .sort((a, b) => b.score - a.score || a.card.title.localeCompare(b.card.title))
    .map(({ card }) => card);
}

/** 0 when a word is found nowhere; a hit in the title counts more than one in the summary. */
function scoreOf(card: OperatorCard, words: readonly string[]): number {
  const title = card.title.toLowerCase();
  const makes = card.outputs.map((output) => output.mnemonic).join(' ').toLowerCase();
  const rest = [card.summary, card.family, familyTitle(card.family), card.source]
    .join(' ')
    .toLowerCase();
  let score = 1;
  for (const word of words) {
    if (title.startsWith(word)) score += 8;
    else if (title.includes(word) || card.id.includes(word)) score += 4;
    else if (makes.includes(word)) score += 3;
    else if (rest.includes(word)) score += 1;
    else return 0;
  }
  return score;
}
