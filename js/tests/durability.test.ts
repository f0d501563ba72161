import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { answerOf, Ledger } from '../src/document/durability';
import { Exchange, noticeIn } from '../src/document/exchange';
import { SyncStatus } from '../src/document/status';
import { syncWords } from '../src/editor/sync-words';

const saved = (number: number) => ({ number, status: 'saved' as const, message: '' });

describe('a ledger', () => {
  it('asks one question at a time, and again for what came since', () => {
    const ledger = new Ledger();
    ledger.noteEdit();
    expect(ledger.question()).toBeNull(); // nobody to ask
    ledger.connect();
    const first = ledger.question()!;
    expect(ledger.question()).toBeNull();
    ledger.noteEdit();
    expect(ledger.take(saved(first))).toBe(true);
    expect([ledger.pending, ledger.settled]).toEqual([1, false]);
    const second = ledger.question()!;
    expect(second).not.toBe(first);
    ledger.take(saved(second));
    expect([ledger.pending, ledger.settled, ledger.question()]).toEqual([0, true, null]);
  });

  it('takes nothing for saved when the connection ends before the answer', () => {
    const ledger = new Ledger();
    ledger.connect();
    ledger.noteEdit();
    const lost = ledger.question()!;
    ledger.disconnect();
    expect(ledger.take(saved(lost))).toBe(false);
    expect(ledger.pending).toBe(1);
    ledger.connect();
    ledger.take(saved(ledger.question()!));
    expect(ledger.pending).toBe(0);
  });

  it('does not take an answer to somebody else for its own', () => {
    const ledger = new Ledger();
    ledger.connect();
    ledger.noteEdit();
    expect(ledger.take(saved(ledger.question()! + 1))).toBe(false);
    expect(ledger.pending).toBe(1);
  });

  it('says why an answer has to wait, until it comes', () => {
    const ledger = new Ledger();
    ledger.connect();
    ledger.noteEdit();
    const number = ledger.question()!;
    ledger.take({ number, status: 'waiting', message: 'The disk is full.' });
    expect([ledger.problem, ledger.pending]).toEqual(['The disk is full.', 1]);
    ledger.take(saved(number));
    expect([ledger.problem, ledger.pending]).toEqual(['', 0]);
  });

  it('never gives up on a server that has answered before', () => {
    const ledger = new Ledger();
    ledger.connect();
    ledger.take(saved(ledger.question()!));
    ledger.noteEdit();
    ledger.giveUp(ledger.question()!);
    expect([ledger.shared, ledger.pending]).toEqual([false, 1]);
  });
});

it('reads answers and nothing else', () => {
  expect(answerOf('{"type":"durable","responseTo":7,"status":"waiting","message":"Full."}')).toEqual(
    { number: 7, status: 'waiting', message: 'Full.' },
  );
  for (const other of ['', 'null', '[]', '{"type":"save","responseTo":7,"status":"saved"}',
    '{"type":"durable","responseTo":"7","status":"saved"}', '{"type":"durable","responseTo":7,"status":"lost"}']) {
    expect(answerOf(other)).toBeNull();
  }
});

describe('the state of a document', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function page() {
    const doc = new Y.Doc();
    const status = new SyncStatus(doc);
    const sent: Uint8Array[] = [];
    const exchange = new Exchange({ doc, awareness: null, send: (frame) => sent.push(frame), onSynced: () => {} });
    const edit = (value: unknown, root = 'nodes') => doc.getMap(root).set('a', value);
    const answer = (status_: string, message = '') => {
      const number = numberIn(sent.findLast((frame) => frame[0] === 2)!);
      return status.hear(JSON.stringify({ type: 'durable', responseTo: number, status: status_, message }));
    };
    return { doc, status, sent, exchange, edit, answer, settle: () => vi.advanceTimersByTimeAsync(0) };
  }

  function numberIn(frame: Uint8Array): number {
    let number = 0;
    const digits = frame.subarray(2 + frame[1]!);
    digits.forEach((byte, at) => (number += (byte & 127) * 2 ** (7 * at)));
    return number;
  }

  it('is saved when the last question was answered and nothing was sent since', async () => {
    const { status, sent, edit, answer, settle } = page();
    status.tell({ connection: 'synced' });
    expect(status.value.saved).toBe('saving');
    status.askWith((frame) => sent.push(frame));
    answer('saved');
    expect(status.value.saved).toBe('saved');
    edit(1);
    expect(status.value).toMatchObject({ saved: 'saving', pending: 1 });
    await settle();
    expect(sent.at(-1)![0]).toBe(2); // asked after the edit was sent
    expect(sent.at(-2)![0]).toBe(0);
    edit(2);
    answer('saved');
    expect(status.value).toMatchObject({ saved: 'saving', pending: 1 });
    answer('saved');
    expect(status.value).toMatchObject({ saved: 'saved', pending: 0 });
  });

  it('counts edits of content only, and those of this page only', () => {
    const { doc, status, edit } = page();
    edit(1, 'run');
    edit(1, 'state');
    const other = new Y.Doc();
    other.getMap('nodes').set('b', 1);
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other), 'remote');
    expect(status.value.pending).toBe(0);
    edit(new Y.Map([['name', 'x']]));
    (doc.getMap('nodes').get('a') as Y.Map<unknown>).set('name', 'y');
    expect(status.value.pending).toBe(2);
  });

  it('keeps what is pending through an outage and a refusal', async () => {
    const { status, sent, edit, answer, settle } = page();
    status.tell({ connection: 'synced' });
    status.askWith((frame) => sent.push(frame));
    answer('saved');
    edit(1);
    await settle();
    expect(answer('refused', 'It cannot be read.')).toBe('It cannot be read.');
    status.stopAsking();
    status.tell({ connection: 'offline' });
    edit(2);
    expect(status.value).toMatchObject({ connection: 'offline', pending: 2 });
    status.tell({ connection: 'synced' });
    status.askWith((frame) => sent.push(frame));
    expect(status.value).toMatchObject({ saved: 'saving', pending: 2 });
    answer('saved');
    expect(status.value).toMatchObject({ saved: 'saved', pending: 0 });
  });

  it('is shared where nobody answers', async () => {
    const { status, sent, edit } = page();
    status.tell({ connection: 'synced' });
    status.askWith((frame) => sent.push(frame));
    edit(1);
    await vi.advanceTimersByTimeAsync(2900);
    expect(status.value.saved).toBe('saving');
    await vi.advanceTimersByTimeAsync(200);
    expect(status.value).toMatchObject({ saved: 'shared', pending: 0 });
    edit(2);
    await vi.advanceTimersByTimeAsync(0);
    expect(status.value).toMatchObject({ saved: 'shared', pending: 0 });
    status.stopAsking();
    status.tell({ connection: 'offline' });
    edit(3);
    expect(status.value.pending).toBe(1);
  });

  it('tells what is wrong with the file beside what is saved', () => {
    const { doc, status, sent, answer } = page();
    status.tell({ connection: 'synced' });
    status.askWith((frame) => sent.push(frame));
    answer('saved');
    doc.getMap('state').set('problem', "'p.mudrock' is read-only.");
    expect(status.value).toMatchObject({ saved: 'saved', fileProblem: "'p.mudrock' is read-only." });
    expect(syncWords(status.value).words).toBe('Saved, but not to the file');
  });
});

it('finds the notice in a frame', () => {
  const text = new TextEncoder().encode('{"type":"durable"}');
  expect(noticeIn(new Uint8Array([2, text.length, ...text]))).toBe('{"type":"durable"}');
  expect(noticeIn(new Uint8Array([0, 0, 1, 0]))).toBeNull();
});

describe('the words for it', () => {
  const state = { connection: 'synced', saved: 'saved', message: '', readOnly: false, pending: 0, fileProblem: '' } as const;

  it.each([
    [{}, 'Saved'],
    [{ saved: 'saving', pending: 2 }, 'Saving…'],
    [{ saved: 'shared' }, 'Shared'],
    [{ saved: 'waiting', message: 'The disk is full.' }, 'Not saved: The disk is full.'],
    [{ saved: 'waiting', message: '/home/ada/logs/rooms.sqlite is locked.' }, 'Not saved: rooms.sqlite is locked.'],
    [{ connection: 'offline' }, 'Offline'],
    [{ connection: 'offline', pending: 1 }, 'Offline, 1 change pending'],
    [{ connection: 'offline', pending: 3 }, 'Offline, 3 changes pending'],
    [{ connection: 'error', pending: 3, message: 'Refused.' }, 'Not saved: Refused.'],
    [{ connection: 'error', readOnly: true, message: 'Gone.' }, 'Not connected: Gone.'],
    [{ connection: 'connecting' }, 'Connecting…'],
  ] as const)('of %o are %s', (change, words) => {
    expect(syncWords({ ...state, ...change }).words).toBe(words);
  });

  it('offers to try again where that may help', () => {
    expect(syncWords({ ...state, connection: 'offline' }).remedy).toBe('Retry');
    expect(syncWords({ ...state, saved: 'waiting' }).remedy).toBe('Retry');
    expect(syncWords(state).remedy).toBe('');
  });
});
