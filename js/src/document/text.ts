/** The text of a `.mudrock` file, for where no server turns it into a document. */
import * as Y from 'yjs';
import { equal, jsonValue, plain, record, sorted } from './plain';

const FORMAT = 'mudrock/1';
const SCALARS = ['format', 'id', 'name', 'description', 'projectId'] as const;
/** Maps of maps: each entry is edited by the field. */
const ENTRIES = ['nodes', 'edges', 'comments'] as const;
const FLAT = ['metadata', 'execution'] as const;
/** Of a node, these are edited by the key. */
const NESTED = ['parameters', 'curveMapping'];
/** Keys of the `state` root, where text that is no pipeline waits to be mended by hand. */
export const UNPARSED = 'unparsed';
export const ERROR = 'error';

type Tree = Record<string, unknown>;

/** A new pipeline. */
export function emptyText(): string {
  const metadata = { tags: [], createdAt: new Date().toISOString(), updatedAt: '', createdBy: '' };
  const layout = { positions: {} };
  const lists = { nodes: {}, edges: {}, comments: {}, execution: {} };
  const scalars = { id: crypto.randomUUID(), name: '', description: '', projectId: '' };
  return dump({ format: FORMAT, ...scalars, ...lists, layout, metadata });
}

/** The document as text: sorted keys, two-space indent, one trailing newline. */
export function toText(doc: Y.Doc): string {
  const unparsed = doc.getMap('state').get(UNPARSED);
  if (typeof unparsed === 'string') return unparsed;
  const contents = (root: string): Tree => record(doc.getMap(root));
  const entries = [...ENTRIES, ...FLAT].map((root) => [root, contents(root)]);
  const layout = { positions: contents('layout') };
  return dump({ ...contents('pipeline'), ...Object.fromEntries(entries), layout });
}

/** Put a text into the document. What is not a pipeline is kept as it is, and the reason told. */
export function fromText(doc: Y.Doc, text: string): void {
  doc.transact(() => {
    const state = doc.getMap('state');
    try {
      fill(doc, parse(text.trim() ? text : emptyText()));
      state.delete(UNPARSED);
      state.delete(ERROR);
    } catch (error) {
      state.set(UNPARSED, text);
      state.set(ERROR, (error as Error).message);
    }
  }, fromText);
}

function parse(text: string): Tree {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Not valid JSON: ${(error as Error).message}.`);
  }
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) {
    throw new SyntaxError('The document is not a JSON object, so it is not a pipeline.');
  }
  const { format = FORMAT } = tree as Tree;
  if (format === FORMAT) return tree as Tree;
  const message = `The file has the format ${String(format)}, this version reads ${FORMAT}.`;
  throw new SyntaxError(`${message} Upgrade with: pip install --upgrade mudrock-jupyter`);
}

function fill(doc: Y.Doc, tree: Tree): void {
  const scalars = SCALARS.map((key) => [key, tree[key] ?? (key === 'format' ? FORMAT : '')]);
  replace(doc.getMap('pipeline'), Object.fromEntries(scalars));
  for (const root of ENTRIES) replace(doc.getMap(root), record(tree[root]), nest);
  for (const root of FLAT) replace(doc.getMap(root), record(tree[root]));
  replace(doc.getMap('layout'), record(record(tree['layout'])['positions']));
}

function replace(map: Y.Map<unknown>, content: Tree, build: (value: unknown) => unknown = jsonValue) {
  for (const key of [...map.keys()]) if (!Object.hasOwn(content, key)) map.delete(key);
  for (const [key, value] of Object.entries(content)) {
    if (!equal(plain(map.get(key)), value)) map.set(key, build(value));
  }
}

function nest(entry: unknown): Y.Map<unknown> {
  const fields = Object.entries(record(entry)).map(([key, value]): [string, unknown] =>
    NESTED.includes(key)
      ? [key, new Y.Map(Object.entries(record(value)))]
      : [key, jsonValue(value)],
  );
  return new Y.Map(fields);
}

function dump(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}
