/** Tells who is interested what has changed in a pipeline: one call per transaction, never more. */
import type * as Y from 'yjs';

export type Keys = ReadonlySet<string>;
type Listener<A extends unknown[]> = (...args: A) => void;

class Signal<A extends unknown[]> {
  readonly #listeners = new Set<Listener<A>>();

  connect(listener: Listener<A>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(...args: A): void {
    for (const listener of [...this.#listeners]) listener(...args);
  }
}

export interface Roots {
  pipeline: Y.Map<unknown>;
  nodes: Y.Map<unknown>;
  edges: Y.Map<unknown>;
  layout: Y.Map<unknown>;
  comments: Y.Map<unknown>;
  run: Y.Map<unknown>;
}

/** The change signals of one document's roots. */
export class Changes {
  readonly structure = new Signal<[]>();
  readonly positions = new Signal<[ids: Keys]>();
  readonly run = new Signal<[keys: Keys]>();
  readonly details = new Signal<[]>();
  readonly #nodes = new Map<string, Signal<[]>>();
  readonly #stop: (() => void)[] = [];

  constructor(roots: Roots) {
    this.#observe(roots.nodes, (events) => this.#nodesChanged(roots.nodes, events));
    this.#observe(roots.edges, () => this.structure.emit());
    this.#observe(roots.layout, (events) => this.positions.emit(keysOf(events)));
    this.#observe(roots.run, (events) => this.run.emit(keysOf(events)));
    this.#observe(roots.pipeline, () => this.details.emit());
  }

  node(id: string, listener: () => void): () => void {
    const signal = this.#nodes.get(id) ?? new Signal<[]>();
    this.#nodes.set(id, signal);
    return signal.connect(listener);
  }

  destroy(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  #observe(root: Y.Map<unknown>, listener: (events: Y.YEvent<Y.Map<unknown>>[]) => void): void {
    root.observeDeep(listener as (events: Y.YEvent<Y.AbstractType<unknown>>[]) => void);
    this.#stop.push(() =>
      root.unobserveDeep(listener as (events: Y.YEvent<Y.AbstractType<unknown>>[]) => void),
    );
  }

  #nodesChanged(nodes: Y.Map<unknown>, events: Y.YEvent<Y.Map<unknown>>[]): void {
    for (const id of keysOf(events)) this.#nodes.get(id)?.emit();
    if (events.some((event) => event.target === nodes)) this.structure.emit();
  }
}

/** The root's keys that these deep events are about. */
function keysOf(events: Y.YEvent<Y.Map<unknown>>[]): Keys {
  const keys = new Set<string>();
  for (const event of events) {
    if (event.path.length > 0) keys.add(String(event.path[0]));
    else for (const key of event.changes.keys.keys()) keys.add(key);
  }
  return keys;
}
