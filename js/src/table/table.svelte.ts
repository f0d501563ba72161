import type { Column, ColumnStatistics, Kernel, Sort } from '../kernel/protocol';
import { inWords } from '../editor/state/session.svelte';
import { Pages, type Opened, type Row } from './pages';
import { lastFirstRow, reveal, visibleRows } from './window';
import { nextSort } from './cells';

/** The table of one node's output: what is in view, how it is sorted, and where the cursor is. */
export class TableState {
  opened = $state.raw<Opened | null>(null);
  statistics = $state.raw<Record<string, ColumnStatistics>>({});
  first = $state(0);
  rows = $state.raw<readonly Row[]>([]);
  /** The row that `rows[0]` is: it lags behind `first` while a page is on its way. */
  rowsFrom = $state(0);
  sort = $state.raw<Sort | null>(null);
  filter = $state('');
  /** The cell that the keyboard is on. */
  active = $state.raw({ row: 0, column: 0 });
  trouble = $state('');
  opening = $state(true);
  height = $state(200);

  #pages: Pages | null = null;
  #opens = 0;
  #loading = false;
  #wanted = false;

  constructor(
    private readonly kernel: Kernel,
    private readonly node: string,
  ) {}

  get columns(): readonly Column[] {
    return this.opened?.columns ?? [];
  }

  get rowCount(): number {
    return this.opened?.rows ?? 0;
  }

  /** Open the table anew: after a run, a sort or a filter. */
  async open(): Promise<void> {
    const number = ++this.#opens;
    this.opening = true;
    try {
      const { node, sort, filter } = this;
      const pages = await Pages.open(this.kernel, { node, sort, filter: filter.trim() || null });
      if (number !== this.#opens) return;
      this.#pages = pages;
      this.opened = pages.opened;
      this.trouble = '';
      this.statistics = {};
      this.scrollTo(Math.min(this.first, lastFirstRow(this.height, pages.opened.rows)));
      await this.#load();
      const statistics = await pages.statistics();
      if (number === this.#opens) this.statistics = statistics;
    } catch (error) {
      if (number === this.#opens) this.trouble = inWords(error);
    } finally {
      if (number === this.#opens) this.opening = false;
    }
  }

  sortBy(column: string): void {
    this.sort = nextSort(this.sort, column);
    this.first = 0;
    void this.open();
  }

  filterBy(text: string): void {
    if (text === this.filter) return;
    this.filter = text;
    this.first = 0;
    void this.open();
  }

  scrollTo(row: number): void {
    this.first = Math.min(Math.max(0, row), lastFirstRow(this.height, this.rowCount));
    void this.#load();
  }

  /** Move the cursor, and bring it into view. */
  moveTo(row: number, column: number): void {
    const lastRow = Math.max(0, this.rowCount - 1);
    const lastColumn = Math.max(0, this.columns.length - 1);
    this.active = {
      row: Math.min(Math.max(0, row), lastRow),
      column: Math.min(Math.max(0, column), lastColumn),
    };
    this.scrollTo(reveal(this.active.row, this.first, this.height, this.rowCount));
  }

  /** Put a row first, e.g. one whose number was typed. */
  goTo(row: number): void {
    this.moveTo(row, this.active.column);
    this.scrollTo(this.active.row);
  }

  /** Handle a key of the grid; true when it was one. */
  press(key: string, ctrl: boolean): boolean {
    const { row, column } = this.active;
    const page = visibleRows(this.height);
    const moves: Record<string, readonly [number, number]> = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      PageUp: [row - page, column],
      PageDown: [row + page, column],
      Home: ctrl ? [0, 0] : [row, 0],
      End: ctrl ? [this.rowCount - 1, this.columns.length - 1] : [row, this.columns.length - 1],
    };
    const move = moves[key];
    if (move) this.moveTo(...move);
    return move !== undefined;
  }

  /** Fetch what is in view; while one fetch is under way only the latest wish is kept. */
  async #load(): Promise<void> {
    this.#wanted = true;
    if (this.#loading) return;
    this.#loading = true;
    try {
      while (this.#wanted && this.#pages) {
        this.#wanted = false;
        const { first } = this;
        const pages = this.#pages;
        const rows = await pages.rows(first, visibleRows(this.height) + 1);
        if (pages !== this.#pages) continue;
        this.rows = rows;
        this.rowsFrom = first;
      }
    } catch (error) {
      this.trouble = inWords(error);
    } finally {
      this.#loading = false;
    }
  }
}
