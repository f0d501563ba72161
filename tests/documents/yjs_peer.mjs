// A real Yjs document that a Python test drives: one JSON command a line in, one answer a line out.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const Y = createRequire(process.argv[2])('yjs');
const doc = new Y.Doc();
const map = (name) => doc.getMap(name);
const base64 = (bytes) => Buffer.from(bytes).toString('base64');
const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64'));

const commands = {
  apply: ({ update }) => Y.applyUpdate(doc, bytes(update)),
  state: () => base64(Y.encodeStateVector(doc)),
  update: ({ state }) => base64(Y.encodeStateAsUpdate(doc, state ? bytes(state) : undefined)),
  read: ({ root }) => map(root).toJSON(),
  types: ({ root, key }) =>
    Object.fromEntries([...map(root).get(key)].map(([name, v]) => [name, v?.constructor?.name ?? null])),
  setPlain: ({ root, key, value }) => void map(root).set(key, value),
  setIn: ({ root, path, value }) => {
    const last = path.pop();
    void path.reduce((at, key) => at.get(key), map(root)).set(last, value);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...options } = JSON.parse(line);
  try {
    process.stdout.write(JSON.stringify({ result: commands[command](options) ?? null }) + '\n');
  } catch (error) {
    process.stdout.write(JSON.stringify({ error: String(error) }) + '\n');
  }
}
