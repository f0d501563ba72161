import { remember, remembered } from '../remembered';

/** Below this many px panels overlay; `panels.css` says the same. */
const NARROW = 860;
/** Below this many px an open palette leaves too little of a pipeline to see. */
const ROOMY = 1200;
const UNDECIDED = -1;

/** Which panels are open, and how large: the sizes and choices outlive the page. */
export class Panels {
  palette = $state(false);
  parameters = $state(true);
  narrow = $state(false);
  #settled = false;
  /** Whether the fields of a form explain themselves. */
  help = $state(remembered('help', 0) === 1);
  problems = $state(false);
  shortcuts = $state(false);
  /** The node whose table is shown. */
  table = $state.raw<string | null>(null);
  /** The search for an operator to add, and where it will go. */
  quickAdd = $state.raw<{ at: { x: number; y: number } | null } | null>(null);
  parametersWidth = $state(remembered('parameters.width', 360));
  tableHeight = $state(remembered('table.height', 240));

  /**
   * Take note of the editor's width. The palette opens as it was left; without such a choice it
   * makes room for a pipeline, and in a narrow editor, where it lies over the canvas, always.
   */
  settle(width: number, hasNodes: boolean): void {
    const narrow = width < NARROW;
    if (this.#settled && narrow === this.narrow) return;
    const choice = remembered('palette', UNDECIDED);
    const wanted = choice === UNDECIDED ? width >= ROOMY || !hasNodes : choice === 1;
    this.palette = !narrow && wanted;
    this.narrow = narrow;
    this.#settled = true;
  }

  togglePalette(): void {
    this.palette = !this.palette;
    if (!this.narrow) remember('palette', this.palette ? 1 : 0);
  }

  toggleHelp(): void {
    this.help = !this.help;
    remember('help', this.help ? 1 : 0);
  }

  resizeParameters(width: number): void {
    this.parametersWidth = clamp(width, 260, 560);
    remember('parameters.width', this.parametersWidth);
  }

  resizeTable(height: number): void {
    this.tableHeight = clamp(height, 120, 640);
    remember('table.height', this.tableHeight);
  }

  /** Close what lies on top; false when nothing was open. */
  closeTopmost(): boolean {
    if (this.shortcuts) this.shortcuts = false;
    else if (this.quickAdd) this.quickAdd = null;
    else if (this.problems) this.problems = false;
    else if (this.table) this.table = null;
    else return false;
    return true;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
