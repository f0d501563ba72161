/** How a node is doing, in an icon and a word. */
import type { NodeRun } from '../document/types';
import { count, duration, plural } from './format';
import type { IconName } from './icons';

export interface StatusLine {
  icon: IconName;
  word: string;
  /** Decides the colour, together with the icon and the word, never alone. */
  tone: 'quiet' | 'busy' | 'good' | 'bad' | 'warning';
  /** Rows, and the time it took or that it was cached; while it runs, how many wells are done. */
  facts: string[];
  /** How much is done, from 0 to 1, while it runs over several wells. */
  share?: number;
}

export function statusLine(run: NodeRun | undefined, stale: boolean): StatusLine {
  const facts = factsOf(run);
  const line = (icon: IconName, word: string, tone: StatusLine['tone']): StatusLine => ({
    icon,
    word,
    tone,
    facts,
  });
  switch (run?.status) {
    case undefined:
      return line('minus', 'Not run', 'quiet');
    case 'queued':
      return line('queued', 'Queued', 'quiet');
    case 'running':
      return { ...line('running', 'Running', 'busy'), share: shareOf(run) };
    case 'completed':
      if (stale) return line('reset', 'Out of date', 'warning');
      return run.failureCount ? line('alert', 'Partly', 'warning') : line('done', 'Done', 'good');
    case 'failed':
      return line('cross', 'Failed', 'bad');
    case 'skipped':
      return line('skipped', 'Skipped', 'quiet');
    case 'stopped':
      return line('stop', 'Stopped', 'quiet');
  }
}

function factsOf(run: NodeRun | undefined): string[] {
  if (run?.status === 'queued') return [];
  if (run?.status === 'running') return hasManyWells(run) ? [wellsOf(run)] : [];
  const facts: string[] = [];
  if (run?.rows !== undefined) facts.push(plural(run.rows, 'row'));
  // What came from the cache took no time worth telling.
  if (run?.cached) facts.push('from cache');
  else if (run?.wallMs !== undefined && run.status === 'completed') facts.push(duration(run.wallMs));
  return facts;
}

function hasManyWells(run: NodeRun): boolean {
  return (run.ofWells ?? 0) > 1;
}

/** `34 of 100 wells`. */
function wellsOf({ wells = 0, ofWells = 0 }: NodeRun): string {
  return `${count(wells)} of ${plural(ofWells, 'well')}`;
}

function shareOf(run: NodeRun): number | undefined {
  const { wells = 0, ofWells = 0 } = run;
  return hasManyWells(run) ? Math.min(1, wells / ofWells) : undefined;
}

/** `3 of 42 wells failed`: one line about a run that did not go well, or null. */
export function runTrouble(run: NodeRun | undefined): string | null {
  if (run?.status === 'failed') return run.message || failedWells(run) || 'It failed.';
  if (run?.failureCount) return failedWells(run);
  return null;
}

function failedWells(run: NodeRun): string | null {
  if (!run.failureCount) return null;
  const wells = Math.max(run.ofWells ?? 0, run.wells ?? 0);
  const of = wells ? ` of ${count(wells)}` : '';
  return `${count(run.failureCount)}${of} ${wells === 1 ? 'well' : 'wells'} failed`;
}
