/** A kernel by script, for looking at the editor only: it answers from made-up logs. */
import { Float64, Table, Utf8, tableToIPC, vectorFromArray } from 'apache-arrow';
import { Variable } from '../src/document/observable';
import type { PipelineDocument } from '../src/document/pipeline';
import type { Column, Events, Kernel, Method, Methods, Problem } from '../src/kernel/protocol';
import { KernelError, type KernelState } from '../src/kernel/protocol';
import { columnOf } from '../src/editor/columns';
import { CATALOGUE } from './catalogue';

const LOGS: Column[] = [
  { name: 'well_id', unit: '', type: 'utf8' },
  { name: 'DEPTH', unit: 'm', type: 'double' },
  { name: 'GR', unit: 'gAPI', type: 'double', description: 'Gamma ray' },
  { name: 'RHOB', unit: 'g/cm3', type: 'double' },
  { name: 'NPHI', unit: 'v/v', type: 'double' },
  { name: 'RT', unit: 'ohm.m', type: 'double' },
  { name: 'CALI', unit: 'in', type: 'double' },
];
const RANGES: Record<string, readonly [number, number]> = {
  GR: [15, 140],
  RHOB: [1.95, 2.75],
  NPHI: [0, 0.45],
  RT: [0.4, 90],
  CALI: [8, 14],
};

export class ScriptedKernel implements Kernel {
  readonly state = new Variable<KernelState>('connected');
  readonly advice = 'Run the cell again.';
  sendEvent: <E extends keyof Events>(name: E, data: Events[E]) => void = (name, data) =>
    this.#listeners.get(name)?.forEach((listener) => listener(data as never));
  readonly #listeners = new Map<keyof Events, Set<(data: never) => void>>();

  constructor(
    private readonly pipeline: PipelineDocument,
    private readonly rows: number,
  ) {}

  onEvent<E extends keyof Events>(name: E, listener: (data: Events[E]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener as (data: never) => void);
    return () => listeners.delete(listener as (data: never) => void);
  }

  async request<M extends Method>(
    method: M,
    params: Methods[M]['params'],
  ): Promise<{ result: Methods[M]['result']; buffers: DataView[] }> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const answers: { [K in Method]: (params: never) => unknown } = {
      hello: () => this.#hello(),
      catalogue: () => ({ operators: CATALOGUE }),
      check: () => this.#check(),
      run: () => this.#run(),
      stop: () => ({}),
      open: (query: Methods['open']['params']) => this.#open(query),
      page: (page: Methods['page']['params']) => ({ offset: page.offset, rows: page.limit }),
      statistics: () => ({ columns: statistics(this.rows) }),
    };
    const result = answers[method](params as never) as Methods[M]['result'];
    const buffers = method === 'page' ? [this.#page(params as Methods['page']['params'])] : [];
    return { result, buffers };
  }

  #hello(): Methods['hello']['result'] {
    const wells = Array.from({ length: 12 }, (_, index) => ({
      wellId: `nsk_${index + 1}`,
      name: `NSK-${index + 1}`,
      top: 1000,
      base: 3200,
      unit: 'm',
    }));
    const curves = LOGS.slice(2).map(({ name, unit }) => ({ mnemonic: name, unit, wells: 12 }));
    const connection = { kind: 'room', path: 'demo.mudrock', reason: '' } as const;
    return { version: '0.1.0', connection, project: { name: 'Demo', path: 'demo' }, wells, curves };
  }

  #check(): Methods['check']['result'] {
    const schemas: Record<string, Column[]> = {};
    const problems: Problem[] = [];
    const edges = this.pipeline.edges();
    for (const id of this.#ordered()) {
      const node = this.pipeline.node(id);
      const card = CATALOGUE.find((each) => each.id === node?.operatorId);
      const edge = edges.find((each) => each.targetNodeId === id);
      const upstream = edge ? schemas[edge.sourceNodeId] : undefined;
      if (!node || !card) continue;
      if (card.nodeType === 'ingestion') schemas[id] = LOGS;
      if (!upstream) continue;
      const outputs = card.outputs.map(({ mnemonic, unit }) => ({ name: mnemonic, unit, type: 'double' }));
      schemas[id] = [...upstream, ...outputs];
      for (const input of card.inputs) {
        const column = columnOf(input, node.curveMapping);
        if (upstream.some((each) => each.name === column)) continue;
        problems.push({
          code: 'missing_curve',
          message: `${column} is missing from what reaches '${node.name}'.`,
          advice: 'Choose another column for it, or add a node that makes it.',
          node: id,
          edge: null,
          severity: 'error',
        });
      }
    }
    return { problems, schemas };
  }

  #ordered(): string[] {
    const left = new Set(this.pipeline.nodeIds());
    const order: string[] = [];
    const edges = this.pipeline.edges();
    for (let size = -1; size !== order.length; ) {
      size = order.length;
      for (const id of left) {
        const into = edges.filter((edge) => edge.targetNodeId === id);
        if (into.some((edge) => left.has(edge.sourceNodeId))) continue;
        left.delete(id);
        order.push(id);
      }
    }
    return order;
  }

  #run(): Methods['run']['result'] {
    const run = this.pipeline.doc.getMap('run');
    const order = this.#ordered();
    run.set('pipeline', { status: 'running', runId: 'r1' });
    for (const id of order) run.set(id, { status: 'queued' });
    order.forEach((id, index) => {
      setTimeout(() => run.set(id, { status: 'running' }), index * 150);
      setTimeout(
        () => run.set(id, { status: 'completed', rows: this.rows, wallMs: 40 + index * 320, cached: index === 0 }),
        index * 150 + 140,
      );
    });
    setTimeout(() => {
      run.set('pipeline', { status: 'completed', runId: 'r1', wallMs: 1234 });
      this.sendEvent('finished', { runId: 'r1', status: 'completed' });
    }, order.length * 150);
    return { runId: 'r1' };
  }

  #open({ filter }: Methods['open']['params']): Methods['open']['result'] {
    if (filter && !/^[A-Z_]+\s*[<>=]/.test(filter)) {
      throw new KernelError(`The filter '${filter}' cannot be read.`, 'Write it like VSH < 0.4.');
    }
    return { table: 't1', rows: this.rows, totalRows: this.rows, columns: LOGS };
  }

  #page({ offset, limit }: Methods['page']['params']): DataView {
    const size = Math.min(limit, this.rows - offset);
    const table = new Table(
      Object.fromEntries(
        LOGS.map(({ name }) => {
          const type = name === 'well_id' ? new Utf8() : new Float64();
          const values = Array.from({ length: size }, (_, index) => cell(name, offset + index));
          return [name, vectorFromArray(values as never[], type as never)];
        }),
      ),
    );
    const bytes = tableToIPC(table as never, 'stream');
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

function cell(column: string, row: number): number | string | null {
  if (column === 'well_id') return `nsk_${1 + Math.floor(row / 20000)}`;
  if (column === 'DEPTH') return 1000 + (row % 20000) * 0.1524;
  const [low, high] = RANGES[column] ?? [0, 1];
  const wave = 0.5 + 0.3 * Math.sin(row / 37 + column.length) + 0.2 * Math.sin(row / 5);
  if (column === 'CALI' && row % 11 < 3) return null;
  return low + (high - low) * Math.max(0, Math.min(1, wave));
}

function statistics(rows: number): Methods['statistics']['result']['columns'] {
  const entries = LOGS.slice(1).map(({ name }) => {
    const [minimum, maximum] = RANGES[name] ?? [1000, 4048];
    const histogram = Array.from({ length: 24 }, (_, index) =>
      name === 'DEPTH' ? 100 : Math.round(100 * Math.exp(-(((index - 6 - name.length) / 6) ** 2))),
    );
    const nulls = name === 'CALI' ? Math.round(rows * 0.27) : 0;
    return [name, { nulls, minimum, maximum, mean: (minimum + maximum) / 2, histogram }] as const;
  });
  return Object.fromEntries(entries);
}
