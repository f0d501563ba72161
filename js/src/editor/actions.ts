/** What the keys and the toolbar do with the graph, beyond a single call of the document. */
import type { Position } from '../document/types';
import type { ArrangeRequest } from './arrange';
import { parseFragment } from './clipboard';
import { plural } from './format';
import type { Editor } from './state/editor.svelte';
import { inWords } from './state/session.svelte';

const PASTE_OFFSET: Position = [32, 32];

/** Arrange the selected nodes, or all of them when fewer than two are selected: one step of undo. */
export async function arrangeSelection(
  editor: Editor,
  arrange: (request: ArrangeRequest) => Promise<[string, Position][]>,
): Promise<void> {
  const { view, graph } = editor;
  if (editor.readOnly) return;
  const chosen = new Set(view.selected.length > 1 ? view.selected : view.nodes.map((node) => node.id));
  const nodes = view.nodes
    .filter((node) => chosen.has(node.id))
    .map(({ id, height, position }) => ({
      id,
      height: height ?? 0,
      position: [position.x, position.y] as Position,
    }));
  const edges = graph.edges
    .filter((edge) => chosen.has(edge.sourceNodeId) && chosen.has(edge.targetNodeId))
    .map((edge) => ({ source: edge.sourceNodeId, target: edge.targetNodeId }));
  try {
    editor.document.setPositions(await arrange({ nodes, edges }));
    graph.flush();
    editor.camera?.fit();
    editor.announce(`Arranged ${plural(nodes.length, 'node')}.`);
  } catch (error) {
    editor.session.trouble = inWords(error);
  }
}

/** Put the selection on the clipboard as JSON; true when there was one. */
export function copySelection(editor: Editor, clipboard: DataTransfer): boolean {
  const { selected } = editor.view;
  if (selected.length === 0) return false;
  clipboard.setData('text/plain', JSON.stringify(editor.document.toJSON(selected), null, 2));
  editor.announce(`Copied ${plural(selected.length, 'node')}.`);
  return true;
}

/** Insert nodes from the clipboard; true when it held any. */
export function pasteFragment(editor: Editor, text: string): boolean {
  const fragment = parseFragment(text);
  if (!fragment || editor.readOnly) return false;
  editor.insert(fragment, PASTE_OFFSET);
  return true;
}

export function duplicateSelection(editor: Editor): void {
  const { selected } = editor.view;
  if (selected.length) editor.insert(editor.document.toJSON(selected), PASTE_OFFSET);
}
