import { Float64, Table, tableToIPC, vectorFromArray } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { Variable } from '../../src/document/observable';
import type { Column, Kernel } from '../../src/kernel/protocol';
import { cellText, decimalsOf, isNumeric, nextSort } from '../../src/table/cells';
import { PAGES_KEPT, PAGE_ROWS, Pages } from '../../src/table/pages';

/** A kernel that holds one column of row numbers, and counts what it is asked. */
function countingKernel(rows: number): { kernel: Kernel; asked: number[] } {
  const asked: number[] = [];
  const columns: Column[] = [{ name: 'ROW', unit: '', type: 'double' }];
  const request = async (method: string, params: { offset: number; limit: number }) => {
    if (method === 'open') {
      return { result: { table: 't', rows, totalRows: rows, columns }, buffers: [] };
    }
    asked.push(params.offset);
    const size = Math.min(params.limit, rows - params.offset);
    const values = Array.from({ length: size }, (_, index) => params.offset + index);
    const bytes = tableToIPC(new Table({ ROW: vectorFromArray(values, new Float64()) }), 'stream');
    return { result: {}, buffers: [new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)] };
  };
  const kernel = { state: new Variable('connected'), request, onEvent: () => () => undefined };
  return { kernel: kernel as unknown as Kernel, asked };
}

const QUERY = { node: 'n', sort: null, filter: null };

describe('Pages', () => {
  it('fetches only the pages in view, and each once', async () => {
    const { kernel, asked } = countingKernel(10_000_000);
    const pages = await Pages.open(kernel, QUERY);
    const rows = await pages.rows(PAGE_ROWS - 2, 4);
    expect(rows.map(([value]) => value)).toEqual([510, 511, 512, 513]);
    await pages.rows(0, 10);
    expect(asked).toEqual([0, PAGE_ROWS]);
    expect((await pages.rows(9_999_998, 20)).map(([value]) => value)).toEqual([9_999_998, 9_999_999]);
  });

  it('keeps forty pages and forgets the one not looked at longest', async () => {
    const { kernel } = countingKernel(1_000_000);
    const pages = await Pages.open(kernel, QUERY);
    for (let page = 0; page < PAGES_KEPT; page++) await pages.rows(page * PAGE_ROWS, 1);
    await pages.rows(0, 1);
    await pages.rows(PAGES_KEPT * PAGE_ROWS, 1);
    expect(pages.keptPages).toHaveLength(PAGES_KEPT);
    expect(pages.keptPages).toContain(0);
    expect(pages.keptPages).not.toContain(1);
  });

  it('asks again for a page that failed', async () => {
    const { kernel, asked } = countingKernel(10);
    const pages = await Pages.open(kernel, QUERY);
    const { request } = kernel;
    kernel.request = () => Promise.reject(new Error('busy'));
    await expect(pages.rows(0, 1)).rejects.toThrow('busy');
    kernel.request = request;
    expect(await pages.rows(0, 1)).toEqual([[0]]);
    expect(asked).toEqual([0]);
  });
});

describe('cells', () => {
  const column = { name: 'RHOB', unit: 'g/cm3', type: 'double' };

  it('writes the figures of a column with the same decimals', () => {
    const statistics = { nulls: 0, minimum: 1.9, maximum: 2.8, mean: 2.3, histogram: [] };
    const decimals = decimalsOf(column, statistics);
    expect([2.65, 2.1].map((value) => cellText(value, decimals))).toEqual(['2.6500', '2.1000']);
    expect(cellText(0.0000012, decimals)).toBe('1.200e-6');
  });

  it('tells nothing there from zero and not a number', () => {
    expect([null, undefined, 0, Number.NaN, 12n, true, 'NSK-1'].map((value) => cellText(value))).toEqual(
      [null, null, '0', 'NaN', '12', 'yes', 'NSK-1'],
    );
    expect(isNumeric(column)).toBe(true);
    expect(isNumeric({ ...column, type: 'utf8' })).toBe(false);
  });

  it('sorts up, down, and not at all', () => {
    const up = nextSort(null, 'GR');
    const down = nextSort(up, 'GR');
    expect([up, down, nextSort(down, 'GR')]).toEqual([['GR', 'ascending'], ['GR', 'descending'], null]);
    expect(nextSort(down, 'RHOB')).toEqual(['RHOB', 'ascending']);
  });
});
