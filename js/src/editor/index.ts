import type { EditorProps } from './props';

export type { EditorProps } from './props';

/** Mount the editor into `target`; the returned function takes it away again. */
export function mountEditor(target: HTMLElement, props: EditorProps): () => void {
  target.textContent = props.document.name;
  return () => target.replaceChildren();
}
