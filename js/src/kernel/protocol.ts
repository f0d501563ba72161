/** The editor protocol: the envelopes and messages that travel between editor and kernel. */
import type { Json, NodeType } from '../document/types';
import type { Observable } from '../document/observable';

export interface CurveInput {
  name: string;
  mnemonic: string;
  unit: string;
  description: string;
  optional: boolean;
}

export interface CurveOutput {
  name: string;
  mnemonic: string;
  unit: string;
}

/** JSON Schema of one parameter, as far as the form reads it. */
export interface ParameterSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  const?: Json;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  items?: ParameterSchema;
  anyOf?: ParameterSchema[];
  prefixItems?: ParameterSchema[];
  'x-unit'?: string;
  'x-curve'?: boolean;
  [keyword: string]: unknown;
}

export interface ParametersSchema {
  type: 'object';
  properties?: Record<string, ParameterSchema>;
  required?: string[];
  [keyword: string]: unknown;
}

/** An operator as the palette and the forms see it. */
export interface OperatorCard {
  id: string;
  version: string;
  title: string;
  summary: string;
  description: string;
  family: string;
  category: string;
  nodeType: NodeType;
  kind: string;
  inputs: CurveInput[];
  outputs: CurveOutput[];
  ports: { inputs: string[]; outputs: string[] };
  anyCurve: boolean;
  parameters: ParametersSchema;
  formula: string;
  source: string;
}

export interface Problem {
  code: string;
  message: string;
  advice: string;
  node: string | null;
  edge: string | null;
  /** `note`: nothing is wrong yet; only the editor says so, of unfinished work. */
  severity: 'error' | 'warning' | 'note';
}

export interface Column {
  name: string;
  unit: string;
  type: string;
  description?: string;
}

export interface ColumnStatistics {
  nulls: number;
  minimum: Json;
  maximum: Json;
  mean: number | null;
  /** The bins are of equal ratio. */
  logarithmic?: boolean;
  histogram: number[];
}

export interface DocumentConnection {
  kind: 'room' | 'file';
  path: string;
  reason: string;
  /** Whether the kernel may write the file. */
  writable?: boolean;
}

export interface Hello {
  version: string;
  connection: DocumentConnection;
  project: { name: string; path: string } | null;
  wells: { wellId: string; name: string; top: number | null; base: number | null; unit: string }[];
  curves: { mnemonic: string; unit: string; wells: number }[];
}

export type Sort = [column: string, direction: 'ascending' | 'descending'];

/** Method -> what it takes and what it answers. */
export interface Methods {
  hello: { params: Record<string, never>; result: Hello };
  catalogue: { params: Record<string, never>; result: { operators: OperatorCard[] } };
  check: {
    params: Record<string, never>;
    result: { problems: Problem[]; schemas: Record<string, Column[]> };
  };
  run: { params: { to: string | null; again?: string }; result: { runId: string } };
  stop: { params: Record<string, never>; result: Record<string, never> };
  open: {
    params: { node: string; sort: Sort | null; filter: string | null };
    result: { table: string; rows: number; totalRows: number; columns: Column[] };
  };
  /** `buffers[0]` of the reply is the page as an Arrow IPC stream. */
  page: {
    params: { table: string; offset: number; limit: number };
    result: { offset: number; rows: number };
  };
  statistics: {
    params: { table: string };
    result: { columns: Record<string, ColumnStatistics> };
  };
}

export type Method = keyof Methods;

/** What the kernel tells without being asked. */
export interface Events {
  problems: { problems: Problem[]; schemas?: Record<string, Column[]> };
  catalogue: { operators: OperatorCard[] };
  connection: DocumentConnection;
  finished: { runId: string; status: string };
}

export type Request = { id: number; method: Method; params: object };
export type Reply =
  | { id: number; result: unknown; error?: undefined }
  | { id: number; result?: undefined; error: { message: string; advice: string } };
export type Event = { event: keyof Events; data: unknown };
export type Ping = { ping: true };
export type YFrames = { y: true; ping?: true };
export type Envelope = Request | Reply | Event | Ping | YFrames;

/** A failure the kernel explained: say the message, offer the advice. */
export class KernelError extends Error {
  override readonly name = 'KernelError';

  constructor(
    message: string,
    readonly advice: string,
  ) {
    super(message);
  }
}

/** `none`: there is no kernel yet, and `start` or a run would start one. */
export type KernelState = 'none' | 'connected' | 'busy' | 'gone';

/** The kernel that runs this pipeline, as the editor sees it. */
export interface Kernel {
  readonly state: Observable<KernelState>;
  /** What the user does to get a kernel where there is none. */
  readonly advice: string;
  /** Get a kernel where there is none; missing where a cell is what starts it. */
  start?(): Promise<void>;
  /** Rejects with `KernelError`. */
  request<M extends Method>(
    method: M,
    params: Methods[M]['params'],
  ): Promise<{ result: Methods[M]['result']; buffers: DataView[] }>;
  onEvent<E extends keyof Events>(name: E, listener: (data: Events[E]) => void): () => void;
}
