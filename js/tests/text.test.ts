import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { PipelineDocument } from '../src/document/pipeline';
import { SyncStatus } from '../src/document/status';
import { emptyText, fromText, toText } from '../src/document/text';

describe('the text of a document', () => {
  it('comes back as it was, and setting it again changes nothing', () => {
    const document = new PipelineDocument(new Y.Doc());
    fromText(document.doc, emptyText());
    const id = document.addNode({ id: 'vsh_linear', nodeType: 'operator' }, [1, 2], { gr: 20 });
    const text = toText(document.doc);
    const copy = new Y.Doc();
    fromText(copy, text);
    expect(toText(copy)).toBe(text);
    expect((copy.getMap('nodes').get(id) as Y.Map<unknown>).get('parameters')).toBeInstanceOf(Y.Map);
    let updates = 0;
    copy.on('update', () => updates++);
    fromText(copy, text);
    expect(updates).toBe(0);
    expect(text).toMatch(/^\{\n {2}"comments"/);
    expect(text.endsWith('}\n')).toBe(true);
  });

  it.each(['{"nodes": ', '[]', '{"format": "mudrock/2"}'])('keeps %s for its author', (broken) => {
    const doc = new Y.Doc();
    const status = new SyncStatus(doc);
    fromText(doc, broken);
    expect(toText(doc)).toBe(broken);
    expect(status.value).toMatchObject({ connection: 'error', readOnly: true });
    fromText(doc, emptyText());
    expect(status.value).toMatchObject({ connection: 'connecting', readOnly: false });
  });
});
