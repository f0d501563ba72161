import { mount, unmount } from 'svelte';
import '@xyflow/svelte/dist/base.css';
import './style/theme.css';
import './style/editor.css';
import './style/canvas.css';
import './style/panels.css';
import './style/toolbar.css';
import './style/form.css';
import '../table/table.css';
import Editor from './Editor.svelte';
import type { EditorProps } from './props';

export type { EditorProps } from './props';

/** Mount the editor into `target`; the returned function takes it away again. */
export function mountEditor(target: HTMLElement, props: EditorProps): () => void {
  const app = mount(Editor, { target, props: { props } });
  return () => void unmount(app);
}
