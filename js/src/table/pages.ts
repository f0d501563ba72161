import type { Table } from 'apache-arrow';
import type { Column, ColumnStatistics, Kernel, Sort } from '../kernel/protocol';

export const PAGE_ROWS = 512;
export const PAGES_KEPT = 40;

export interface Query {
  node: string;
  sort: Sort | null;
  filter: string | null;
}

export interface Opened {
  /** The kernel's token of this sorted and filtered table. */
  table: string;
  rows: number;
  totalRows: number;
  columns: Column[];
}

export type Row = readonly unknown[];

/** The few pages of an opened table that were looked at last, as Arrow; the rest stays in the kernel. */
export class Pages {
  readonly #kept = new Map<number, Promise<Table>>();

  constructor(
    private readonly kernel: Kernel,
    readonly opened: Opened,
  ) {}

  static async open(kernel: Kernel, query: Query): Promise<Pages> {
    const { result } = await kernel.request('open', query);
    return new Pages(kernel, result);
  }

  get keptPages(): readonly number[] {
    return [...this.#kept.keys()];
  }

  /** The rows from `first` on, `count` of them or as many as there are. */
  async rows(first: number, count: number): Promise<Row[]> {
    const end = Math.min(first + count, this.opened.rows);
    const rows: Row[] = [];
    for (let row = first; row < end; ) {
      const number = Math.floor(row / PAGE_ROWS);
      const page = await this.#page(number);
      const offset = row - number * PAGE_ROWS;
      const taken = Math.min(page.numRows - offset, end - row);
      if (taken <= 0) break;
      const columns = this.opened.columns.map((column) => page.getChild(column.name));
      for (let index = offset; index < offset + taken; index++) {
        rows.push(columns.map((column) => column?.get(index) ?? null));
      }
      row += taken;
    }
    return rows;
  }

  async statistics(): Promise<Record<string, ColumnStatistics>> {
    const { result } = await this.kernel.request('statistics', { table: this.opened.table });
    return result.columns;
  }

  /** A page, now the last to be forgotten. */
  #page(number: number): Promise<Table> {
    const page = this.#kept.get(number) ?? this.#load(number);
    this.#kept.delete(number);
    this.#kept.set(number, page);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > PAGES_KEPT && !oldest.done) this.#kept.delete(oldest.value);
    return page;
  }

  async #load(number: number): Promise<Table> {
    try {
      const { buffers } = await this.kernel.request('page', {
        table: this.opened.table,
        offset: number * PAGE_ROWS,
        limit: PAGE_ROWS,
      });
      const [buffer] = buffers;
      if (!buffer) throw new Error('The kernel sent a page without its data.');
      const { tableFromIPC } = await import('apache-arrow');
      return tableFromIPC(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength));
    } catch (error) {
      this.#kept.delete(number);
      throw error;
    }
  }
}
