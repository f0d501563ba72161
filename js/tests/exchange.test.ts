import { Awareness } from 'y-protocols/awareness';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Exchange } from '../src/document/exchange';

class End {
  readonly doc = new Y.Doc();
  readonly awareness = new Awareness(this.doc);
  readonly notices: string[] = [];
  synced = 0;
  exchange!: Exchange;

  join(send: (frame: Uint8Array) => void): void {
    this.exchange = new Exchange({
      doc: this.doc,
      awareness: this.awareness,
      send,
      onSynced: () => this.synced++,
      onNotice: (notice) => this.notices.push(notice),
    });
  }
}

function pair(): { a: End; b: End; line: { cut: boolean } } {
  const [a, b, line] = [new End(), new End(), { cut: false }];
  a.join((frame) => line.cut || b.exchange.receive(frame));
  b.join((frame) => line.cut || a.exchange.receive(frame));
  return { a, b, line };
}

describe('an exchange', () => {
  it('brings both ends to the same document, and keeps them there', () => {
    const { a, b } = pair();
    a.doc.getMap('nodes').set('early', 1);
    a.exchange.greet();
    b.exchange.greet();
    expect([a.synced, b.synced]).toEqual([1, 1]);
    b.doc.getMap('nodes').set('late', 2);
    expect(a.doc.getMap('nodes').toJSON()).toEqual({ early: 1, late: 2 });
    expect(b.doc.getMap('nodes').toJSON()).toEqual({ early: 1, late: 2 });
  });

  it('heals what got lost by asking again', () => {
    const { a, b, line } = pair();
    line.cut = true;
    a.doc.getMap('nodes').set('lost', 1);
    line.cut = false;
    expect(b.doc.getMap('nodes').has('lost')).toBe(false);
    b.exchange.askForMissing();
    expect(b.doc.getMap('nodes').has('lost')).toBe(true);
  });

  it('shows who is here, and nobody once it is over', () => {
    const { a, b } = pair();
    a.awareness.setLocalStateField('user', { name: 'Ada' });
    expect(b.awareness.getStates().get(a.doc.clientID)).toEqual({ user: { name: 'Ada' } });
    b.exchange.stop();
    expect(b.awareness.getStates().has(a.doc.clientID)).toBe(false);
    expect(b.awareness.getStates().has(b.doc.clientID)).toBe(true);
  });

  it('passes notices on and ignores frames it does not know', () => {
    const { a } = pair();
    const text = new TextEncoder().encode('{"type":"conflict"}');
    a.exchange.receive(new Uint8Array([2, text.length, ...text]));
    a.exchange.receive(new Uint8Array([125, 1]));
    expect(a.notices).toEqual(['{"type":"conflict"}']);
  });
});
