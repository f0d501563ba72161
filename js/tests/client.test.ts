import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KernelClient } from '../src/kernel/client';
import type { Heard, Line } from '../src/kernel/line';
import { type Envelope, KernelError } from '../src/kernel/protocol';

/** The kernel's end of a line. */
class Kernel implements Line {
  readonly asked: Envelope[] = [];
  alive = true;
  answers = true;
  #heard: Heard = () => {};

  send(envelope: Envelope): void {
    if (!this.alive) throw new Error('Cannot send');
    this.asked.push(envelope);
    if ('ping' in envelope && this.answers) this.tell({ ping: true });
  }

  listen(heard: Heard): () => void {
    this.#heard = heard;
    return () => (this.#heard = () => {});
  }

  onClosed(): () => void {
    return () => {};
  }

  tell(envelope: Record<string, unknown>, buffers: DataView[] = []): void {
    this.#heard(envelope, buffers);
  }

  get pings(): number {
    return this.asked.filter((envelope) => 'ping' in envelope).length;
  }

  get lastId(): number {
    return (this.asked.findLast((envelope) => 'id' in envelope) as { id: number }).id;
  }
}

describe('a kernel client', () => {
  let kernel: Kernel;
  let client: KernelClient;
  beforeEach(() => {
    vi.useFakeTimers();
    kernel = new Kernel();
    client = new KernelClient(kernel, 'Run the cell again.');
  });
  afterEach(() => {
    client.destroy();
    vi.useRealTimers();
  });

  it('matches replies to requests, in any order', async () => {
    const first = client.request('stop', {});
    const firstId = kernel.lastId;
    const second = client.request('page', { table: 't', offset: 0, limit: 1 });
    kernel.tell({ id: kernel.lastId, result: { offset: 0, rows: 1 } }, [new DataView(new ArrayBuffer(3))]);
    kernel.tell({ id: firstId, error: { message: 'No', advice: 'Wait' } });
    expect((await second).buffers[0]?.byteLength).toBe(3);
    await expect(first).rejects.toEqual(new KernelError('No', 'Wait'));
  });

  it('never takes a reply meant for another page', () => {
    const elsewhere = new Kernel();
    const other = new KernelClient(elsewhere, 'Run the cell again.');
    for (const each of [client, other]) void each.request('stop', {}).catch(() => {});
    expect(kernel.lastId).not.toBe(elsewhere.lastId);
    other.destroy();
  });

  it('asks often while a run goes on, and seldom afterwards', async () => {
    const finished = vi.fn();
    client.onEvent('finished', finished);
    const run = client.request('run', { to: null });
    kernel.tell({ id: kernel.lastId, result: { runId: 'r' } });
    await run;
    vi.advanceTimersByTime(1500);
    expect(kernel.pings).toBeGreaterThanOrEqual(9);
    kernel.tell({ event: 'finished', data: { runId: 'r', status: 'completed' } });
    expect(finished).toHaveBeenCalledOnce();
    const before = kernel.pings;
    vi.advanceTimersByTime(6000);
    expect(kernel.pings - before).toBeLessThanOrEqual(4);
  });

  it('says when the kernel is busy, and does not pile up questions', () => {
    kernel.answers = false;
    vi.advanceTimersByTime(8000);
    expect(client.state.value).toBe('busy');
    expect(kernel.pings).toBe(1);
    kernel.tell({ ping: true });
    expect(client.state.value).toBe('connected');
  });

  it('says when the kernel is gone', async () => {
    const waiting = client.request('check', {});
    kernel.alive = false;
    vi.advanceTimersByTime(3000);
    expect(client.state.value).toBe('gone');
    await expect(waiting).rejects.toThrow(/gone/);
    await expect(client.request('check', {})).rejects.toThrow(/gone/);
  });
});
