/** The editor's keys: which command each one gives, and what the shortcut sheet says of it. */

export type Command =
  | 'add'
  | 'arrange'
  | 'close'
  | 'delete'
  | 'duplicate'
  | 'fit'
  | 'moveDown'
  | 'moveLeft'
  | 'moveRight'
  | 'moveUp'
  | 'open'
  | 'redo'
  | 'run'
  | 'selectAll'
  | 'shortcuts'
  | 'table'
  | 'undo';

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

const PLAIN: Record<string, Command> = {
  delete: 'delete',
  backspace: 'delete',
  escape: 'close',
  enter: 'open',
  arrowup: 'moveUp',
  arrowdown: 'moveDown',
  arrowleft: 'moveLeft',
  arrowright: 'moveRight',
  '?': 'shortcuts',
  f: 'fit',
  l: 'arrange',
  t: 'table',
};

const WITH_CONTROL: Record<string, Command> = {
  z: 'undo',
  y: 'redo',
  a: 'selectAll',
  k: 'add',
  d: 'duplicate',
  enter: 'run',
};

/** The command of a key pressed on the canvas, or null when the key is not ours. */
export function commandOf(press: KeyPress): Command | null {
  const key = press.key.toLowerCase();
  if (press.altKey) return null;
  if (press.ctrlKey || press.metaKey) {
    if (press.shiftKey) return key === 'z' ? 'redo' : null;
    return WITH_CONTROL[key] ?? null;
  }
  if (press.shiftKey && key !== '?' && !key.startsWith('arrow')) return null;
  return PLAIN[key] ?? null;
}

/** Commands that work from inside a text field as well. */
export function worksWhileTyping(command: Command): boolean {
  return command === 'run' || command === 'add';
}

/**
 * Whether a key, unclaimed by us, would be taken as a command by the notebook around us.
 *
 * In a notebook a bare `x` cuts the cell (and this editor with it), so bare letters stop here.
 */
export function wouldLeak(press: KeyPress): boolean {
  if (press.ctrlKey || press.metaKey || press.altKey) return false;
  return press.key.length === 1 || press.key.startsWith('Arrow') || press.key === 'Enter'
    ? !(press.shiftKey && press.key === 'Enter')
    : /^(Delete|Backspace|Home|End|PageUp|PageDown|Escape)$/.test(press.key);
}

export interface Shortcut {
  keys: string;
  does: string;
}

export const SHORTCUTS: readonly { title: string; shortcuts: readonly Shortcut[] }[] = [
  {
    title: 'Build',
    shortcuts: [
      { keys: 'Ctrl K', does: 'Search operators and add one' },
      { keys: 'Double-click', does: 'Add where you click' },
      { keys: 'Tab', does: 'Next node' },
      { keys: 'Enter', does: 'Parameters of the node' },
      { keys: 'Arrows', does: 'Move the selected nodes' },
      { keys: 'Delete', does: 'Remove the selection' },
    ],
  },
  {
    title: 'Edit',
    shortcuts: [
      { keys: 'Ctrl Z', does: 'Undo your last step' },
      { keys: 'Shift Ctrl Z', does: 'Redo' },
      { keys: 'Ctrl A', does: 'Select everything' },
      { keys: 'Ctrl C / X / V', does: 'Copy, cut, paste' },
      { keys: 'Ctrl D', does: 'Duplicate' },
      { keys: 'Escape', does: 'Close, then deselect' },
    ],
  },
  {
    title: 'See',
    shortcuts: [
      { keys: 'Ctrl Enter', does: 'Run the pipeline' },
      { keys: 'T', does: 'Table of the selected node' },
      { keys: 'F', does: 'Fit everything in view' },
      { keys: 'L', does: 'Arrange from left to right' },
      { keys: '?', does: 'This sheet' },
    ],
  },
];
