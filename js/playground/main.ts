/** Puts the editor into a state to look at: `?state=done&theme=dark&rows=10000000`. */
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { Variable } from '../src/document/observable';
import { PipelineDocument } from '../src/document/pipeline';
import type { SyncState } from '../src/document/types';
import { mountEditor } from '../src/editor';
import { quicklook } from '../src/editor/template';
import { ScriptedKernel } from './kernel';

const query = new URLSearchParams(location.search);
const state = query.get('state') ?? 'empty';
document.body.dataset['jpThemeLight'] = String(query.get('theme') !== 'dark');

const doc = new Y.Doc();
const pipeline = new PipelineDocument(doc);
const kernel = new ScriptedKernel(pipeline, Number(query.get('rows') ?? 184_320));
const awareness = new Awareness(doc);
const sync = new Variable<SyncState>({
  connection: state === 'offline' ? 'offline' : 'synced',
  message: '',
  readOnly: state === 'read-only',
  saved: 'saved',
  pending: state === 'offline' ? 3 : 0,
  fileProblem: '',
});

if (state !== 'empty') pipeline.paste(quicklook([40, 120]));
const [logs, vsh, phi, sw, result] = pipeline.nodeIds();
const run = doc.getMap('run');

if (state === 'failed' && logs && vsh && phi && sw && result) {
  run.set('pipeline', { status: 'failed', wallMs: 812 });
  run.set(logs, { status: 'completed', rows: 184320, wallMs: 61, cached: true });
  run.set(vsh, {
    status: 'completed',
    rows: 168960,
    wallMs: 220,
    wells: 12,
    failureCount: 1,
    failures: [{ well: 'NSK-7', node: 'shale_volume', message: 'GR is missing.' }],
  });
  run.set(phi, {
    status: 'failed',
    wallMs: 12,
    wells: 12,
    failureCount: 12,
    message: 'The fluid is denser than the matrix: rho_fl 3.1 is above rho_ma 2.65.',
    failures: [{ well: 'NSK-1', node: 'porosity', message: 'rho_fl is above rho_ma.' }],
  });
  run.set(sw, { status: 'skipped' });
  run.set(result, { status: 'skipped' });
}
if (state === 'running' && logs && vsh && phi && sw && result) {
  run.set('pipeline', { status: 'running' });
  run.set(logs, { status: 'completed', rows: 184320, wallMs: 61, cached: true });
  run.set(vsh, { status: 'running' });
  for (const id of [phi, sw, result]) run.set(id, { status: 'queued' });
}
if (state === 'done') {
  run.set('pipeline', { status: 'completed', wallMs: 1234 });
  pipeline.nodeIds().forEach((id, index) =>
    run.set(id, { status: 'completed', rows: 184320, wallMs: 61 + index * 317, cached: index < 2 }),
  );
}
if (state === 'building') {
  pipeline.addNode({ id: 'join_wells', nodeType: 'operator' }, [330, 320]);
  pipeline.addNode({ id: 'sig_wavelet', nodeType: 'operator' }, [620, 320]);
}

if (state === 'large') {
  const size = Number(query.get('nodes') ?? 1000);
  const fragment = pipeline.toJSON();
  for (let row = 1; row < size / 5; row++) pipeline.paste(fragment, [(row % 10) * 1500, Math.floor(row / 10) * 160]);
}

function addPeer(clientId: number, name: string, selection: string[]): void {
  awareness.states.set(clientId, { user: { name }, mudrock: { selection } });
  awareness.emit('change', [{ added: [clientId], updated: [], removed: [] }, 'local']);
}

const began = performance.now();
mountEditor(document.querySelector<HTMLElement>('#editor')!, {
  document: pipeline,
  sync: { state: sync, awareness, reconnect: () => undefined, destroy: () => undefined },
  kernel: state === 'no-kernel' ? null : kernel,
});
// From the mount to the frame after the first one that has it: what a person waits for.
requestAnimationFrame(() => setTimeout(() => performance.measure('first paint', { start: began })));
if (query.has('people')) {
  addPeer(1, 'Ada Lovelace', phi ? [phi] : []);
  addPeer(2, 'Marie Tharp', []);
}
if (state === 'gone') setTimeout(() => kernel.state.set('gone'), 300);
Object.assign(window, { pipeline, kernel, sync });
