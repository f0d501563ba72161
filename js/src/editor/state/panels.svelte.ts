import { remember, remembered } from '../remembered';

/** Below this many px panels overlay; `panels.css` says the same. */
const NARROW = 860;

/** Which panels are open, and how large: the sizes and choices outlive the page. */
export class Panels {
  palette = $state(remembered('palette', 1) === 1);
  parameters = $state(true);
  narrow = $state(false);
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

  /** In a narrow editor panels lie over the canvas, so the palette waits to be asked for. */
  settle(width: number): void {
    const narrow = width < NARROW;
    if (narrow !== this.narrow) this.palette = !narrow && remembered('palette', 1) === 1;
    this.narrow = narrow;
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
