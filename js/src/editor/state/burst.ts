import type { Editor } from './editor.svelte';

const QUIET_MS = 500;
const STEP = 8;

/** Arrow keys move at once on the screen; the document learns of it when the keys rest: one undo step. */
export class MoveBurst {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #moving = false;

  constructor(private readonly editor: Editor) {}

  move(dx: number, dy: number, fine: boolean): void {
    const { view } = this.editor;
    const ids = view.selected;
    if (ids.length === 0 || this.editor.readOnly) return;
    if (!this.#moving) view.hold(ids);
    this.#moving = true;
    const step = fine ? 1 : STEP;
    view.nudge(ids, dx * step, dy * step);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.commit(), QUIET_MS);
  }

  /** Write the move to the document now, e.g. before another command. */
  commit(): void {
    clearTimeout(this.#timer);
    if (!this.#moving) return;
    this.#moving = false;
    this.editor.view.drop();
    this.editor.graph.flush();
  }
}
