/** What a pipeline document holds, as plain values. The Y layout of the same is in `pipeline.ts`. */
import type { Awareness } from 'y-protocols/awareness';
import type { Observable } from './observable';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type NodeType = 'ingestion' | 'operator' | 'output';
export type EdgeType = 'data_flow' | 'conditional' | 'error';
export type Position = readonly [x: number, y: number];

export interface PipelineNode {
  id: string;
  name: string;
  nodeType: NodeType;
  operatorId: string;
  version: Json;
  parameters: Record<string, Json>;
  /** An operator's input name -> the column that feeds it. */
  curveMapping: Record<string, string>;
  cache: boolean;
  timeoutSeconds: number | null;
  tags: string[];
  description: string;
}

export interface PipelineEdge {
  id: string;
  sourceNodeId: string;
  sourcePort: string;
  targetNodeId: string;
  targetPort: string;
  edgeType: EdgeType;
}

/** What `addNode` needs to know of an operator; an operator's card has it all. */
export interface OperatorReference {
  id: string;
  nodeType: NodeType;
}

export interface Connection {
  source: string;
  sourcePort: string;
  target: string;
  targetPort: string;
}

/** Part of a pipeline, as it travels over the clipboard. */
export interface Fragment {
  format: 'mudrock/1';
  nodes: PipelineNode[];
  edges: PipelineEdge[];
  positions: Record<string, Position>;
}

export type NodeStatus = 'queued' | 'running' | 'completed' | 'failed' | 'skipped' | 'stopped';

export interface WellFailure {
  well: string;
  node: string;
  message: string;
}

/** What a node's result was made with, besides the results it was made from. */
export interface RunSettings {
  operatorId: string;
  parameters: Record<string, Json>;
  curveMapping: Record<string, string>;
  /** Input port -> the node and the output port that feed it. */
  inputs: Record<string, readonly [sourceNodeId: string, sourcePort: string]>;
}

/** How a node is doing in the last run. Every field but the status may be missing. */
export interface NodeRun {
  status: NodeStatus;
  rows?: number;
  wallMs?: number;
  cached?: boolean;
  message?: string | null;
  /** The first twenty; `failureCount` is the whole number. */
  failures?: WellFailure[];
  failureCount?: number;
  /** So many wells are done, `ofWells` of them in all; 0 where a node takes all at once. */
  wells?: number;
  ofWells?: number;
  runId?: string;
  settings?: RunSettings;
}

export interface PipelineRun {
  /** `invalid`: it was refused before anything ran. */
  status: 'running' | 'completed' | 'failed' | 'stopped' | 'invalid';
  runId?: string;
  by?: string;
  startedAt?: string;
  wallMs?: number;
  message?: string | null;
}

export interface SyncState {
  connection: 'connecting' | 'synced' | 'offline' | 'error';
  /**
   * Whether this page's edits are safe, as far as anybody has confirmed it. `waiting`: not yet, and
   * the message says why; `shared`: the server has them and cannot tell; `unsaved`: nobody saves
   * them before they are asked to.
   */
  saved: 'saved' | 'saving' | 'waiting' | 'shared' | 'unsaved';
  /** What to tell the user: empty when all is well. */
  message: string;
  readOnly: boolean;
  /** How many edits of this page are not known to be saved. */
  pending: number;
  /** What is wrong with the file of a document that is safe elsewhere. */
  fileProblem: string;
}

/** How the document reaches its other peers. */
export interface Sync {
  readonly state: Observable<SyncState>;
  readonly awareness: Awareness | null;
  /** Try again now; harmless while connected. */
  reconnect(): void;
  destroy(): void;
}
