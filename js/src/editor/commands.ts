/** What each command of the keyboard does. */
import { arrangeSelection, duplicateSelection } from './actions';
import { arrangeInWorker } from './arrange-in-worker';
import type { Command } from './keys';
import type { MoveBurst } from './state/burst';
import type { Editor } from './state/editor.svelte';

const MOVES: Partial<Record<Command, readonly [number, number]>> = {
  moveLeft: [-1, 0],
  moveRight: [1, 0],
  moveUp: [0, -1],
  moveDown: [0, 1],
};

/** Carry out a command; `fine` moves by one pixel. */
export function perform(command: Command, editor: Editor, burst: MoveBurst, fine: boolean): void {
  const move = MOVES[command];
  if (move) return burst.move(...move, fine);
  burst.commit();
  ACTIONS[command]?.(editor);
}

const ACTIONS: Partial<Record<Command, (editor: Editor) => void>> = {
  add: (editor) => {
    if (!editor.readOnly) editor.panels.quickAdd = { at: null };
  },
  arrange: (editor) => void arrangeSelection(editor, arrangeInWorker),
  close: closeOrDeselect,
  delete: (editor) => editor.removeSelected(),
  duplicate: (editor) => duplicateSelection(editor),
  fit: (editor) => editor.camera?.fit(),
  open: (editor) => {
    editor.panels.parameters = true;
    editor.focusParameters();
  },
  redo: (editor) => editor.redo(),
  run: (editor) => editor.runOrStop(),
  selectAll: (editor) => editor.view.select(editor.view.nodes.map((node) => node.id)),
  shortcuts: (editor) => (editor.panels.shortcuts = true),
  table: (editor) => (editor.panels.table = editor.panels.table ? null : editor.current),
  undo: (editor) => editor.undo(),
};

function closeOrDeselect(editor: Editor): void {
  if (!editor.panels.closeTopmost()) editor.view.select([]);
  editor.focus();
}
