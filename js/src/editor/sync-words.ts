/** Whether the edits are saved, in words: always what is known, never what is hoped. */
import type { SyncState } from '../document/types';
import { plural } from './format';
import type { IconName } from './icons';

export interface SyncWords {
  /** What changes of it are news to a screen reader. */
  kind: 'connecting' | 'saved' | 'saving' | 'shared' | 'file' | 'offline' | 'error';
  icon: IconName;
  words: string;
  tone: 'quiet' | 'warning' | 'bad';
  detail: string;
  /** What can be done about it, on a button. */
  remedy: '' | 'Retry';
}

export function syncWords(state: SyncState, fileKept = false): SyncWords {
  const { connection, saved, message, pending, readOnly, fileProblem } = state;
  const calm = (kind: 'connecting' | 'saved' | 'saving' | 'shared', words: string, detail: string): SyncWords => ({
    kind,
    icon: kind === 'connecting' ? 'saving' : kind,
    words,
    tone: 'quiet',
    detail,
    remedy: '',
  });
  const failed = (what: string): SyncWords => ({
    kind: 'error',
    icon: 'alert',
    words: `${what}: ${withoutFolders(message) || 'the document is out of reach.'}`,
    tone: 'bad',
    detail: [message, kept(pending, readOnly)].join(' ').trim(),
    remedy: 'Retry',
  });
  if (connection === 'error') return failed(pending || !readOnly ? 'Not saved' : 'Not connected');
  if (connection === 'offline') {
    return {
      kind: 'offline',
      icon: 'offline',
      words: pending ? `Offline, ${plural(pending, 'change')} pending` : 'Offline',
      tone: 'warning',
      detail: [message, kept(pending, readOnly)].join(' ').trim(),
      remedy: 'Retry',
    };
  }
  if (connection === 'connecting') return calm('connecting', 'Connecting…', 'The document is being opened.');
  if (saved === 'waiting') return failed('Not saved');
  if (saved === 'saving') return calm('saving', 'Saving…', `${plural(pending, 'change')} on the way to the disk.`);
  if (saved === 'unsaved') return calm('saving', 'Unsaved changes', 'JupyterLab saves this file: press Ctrl S.');
  if (saved === 'shared') {
    return calm('shared', 'Shared', 'The server has every change. It does not tell when they are on a disk.');
  }
  if (fileProblem) {
    return {
      kind: 'file',
      icon: 'alert',
      words: 'Saved, but not to the file',
      tone: 'warning',
      detail: `${fileProblem} Every change is safe on the server.`,
      remedy: '',
    };
  }
  return calm('saved', 'Saved', fileKept ? 'Every change is in the file.' : 'Every change is on the server’s disk.');
}

/** What happens to edits that are not saved. */
function kept(pending: number, readOnly: boolean): string {
  if (pending) return `${plural(pending, 'change')} kept in this page until ${pending === 1 ? 'it is' : 'they are'} saved.`;
  return readOnly ? '' : 'Changes are kept in this page until they are saved.';
}

/** The toolbar is short: of a path it shows the file's name. */
function withoutFolders(message: string): string {
  return message.replace(/(?:\/[^\s/'"]+)+\/(?=[^\s/])/g, '');
}
