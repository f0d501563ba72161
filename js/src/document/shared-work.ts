import * as Y from 'yjs';
import { field, text } from './plain';

type Root = Y.Map<unknown>;

/**
 * Keeps undo from removing a node that this user has added, once others have worked on it: set
 * something in it, or connected it.
 */
export class SharedWork {
  readonly #touched = new Set<string>();
  /** Of each node to be kept, what the step that added it has inserted. */
  #kept = new Map<string, Y.UndoManager['undoStack'][number]>();

  constructor(
    private readonly nodes: Root,
    private readonly edges: Root,
    private readonly layout: Root,
  ) {
    nodes.observeDeep(this.#onNodes);
    edges.observe(this.#onEdges);
  }

  destroy(): void {
    this.nodes.unobserveDeep(this.#onNodes);
    this.edges.unobserve(this.#onEdges);
  }

  /** To be called before steps of `stack` are undone or redone. */
  prepare(stack: Y.UndoManager['undoStack']): void {
    this.#kept = new Map();
    for (const id of this.#touched) {
      const item = this.nodes._map.get(id);
      const step = item && stack.findLast(({ insertions }) => Y.isDeleted(insertions, item.id));
      if (step) this.#kept.set(id, step);
    }
  }

  /** Whether an item may be deleted; as the `deleteFilter` of an `UndoManager`. */
  readonly mayDelete = (item: Y.Item): boolean => {
    const id = this.#nodeOf(item);
    const step = id === null ? undefined : this.#kept.get(id);
    return !step || !Y.isDeleted(step.insertions, item.id);
  };

  #nodeOf(item: Y.Item): string | null {
    for (let at: Y.Item | null = item; at; at = (at.parent as Y.AbstractType<unknown>)._item) {
      if (at.parent === this.nodes || at.parent === this.layout) return at.parentSub;
    }
    return null;
  }

  readonly #onNodes = (events: Y.YEvent<Y.AbstractType<unknown>>[], { local }: Y.Transaction): void => {
    if (local) return;
    for (const { path } of events) if (path.length > 0) this.#touched.add(String(path[0]));
  };

  readonly #onEdges = ({ keysChanged, transaction }: Y.YMapEvent<unknown>): void => {
    if (transaction.local) return;
    for (const key of keysChanged) {
      const edge = this.edges.get(String(key));
      if (edge === undefined) continue;
      for (const end of ['sourceNodeId', 'targetNodeId']) this.#touched.add(text(field(edge, end)));
    }
  };
}
