/** Undo is per user: each thing done is one step, and nobody's work is taken but one's own. */
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { PipelineDocument } from '../src/document/pipeline';
import type { OperatorReference, Position } from '../src/document/types';

const OPERATOR: OperatorReference = { id: 'vsh_linear', nodeType: 'operator' };

function two() {
  const pages = [new PipelineDocument(new Y.Doc()), new PipelineDocument(new Y.Doc())] as const;
  const meet = (): void => {
    const [a, b] = pages;
    Y.applyUpdate(b.doc, Y.encodeStateAsUpdate(a.doc, Y.encodeStateVector(b.doc)), 'remote');
    Y.applyUpdate(a.doc, Y.encodeStateAsUpdate(b.doc, Y.encodeStateVector(a.doc)), 'remote');
  };
  const [mine, theirs] = pages;
  /** Nodes that were there before either of them came. */
  const standing = (...at: Position[]): string[] => {
    const ids = at.map((position) => theirs.addNode(OPERATOR, position, { gr_clean: 20 }));
    meet();
    return ids;
  };
  return { mine, theirs, meet, standing };
}

const link = (source: string, target: string) => ({ source, sourcePort: 'output', target, targetPort: 'input' });

describe('one step of undo is', () => {
  const { mine, standing } = two();
  const [a, b] = standing([0, 0], [300, 0]) as [string, string];
  const acts: [string, () => unknown][] = [
    ['a parameter', () => mine.setParameter(a, 'gr_clean', 25)],
    ['a curve mapping', () => mine.setCurveMapping(a, 'gr', 'GR_2')],
    ['a name', () => mine.rename(a, 'shale')],
    ['a move of several nodes', () => mine.setPositions([[a, [1, 1]], [b, [2, 2]]])],
    ['a connection', () => mine.connect(link(a, b))],
    ['a connection in the place of another', () => mine.connect(link(a, b))],
    ['a paste', () => mine.paste(mine.toJSON([a, b]), [40, 40])],
    ['a deletion', () => mine.remove([a])],
  ];
  const state = () => ['nodes', 'edges', 'layout', 'comments'].map((root) => mine.doc.getMap(root).toJSON());

  it.each(acts)('%s', (_, act) => {
    const before = state();
    act();
    const after = state();
    expect(after).not.toEqual(before);
    mine.undo();
    expect(state()).toEqual(before);
    mine.redo();
    expect(state()).toEqual(after);
    mine.undo();
    expect([state(), mine.canUndo]).toEqual([before, false]);
  });
});

describe("undo leaves another's", () => {
  it('later value of the same parameter', () => {
    const { mine, theirs, meet, standing } = two();
    const [a] = standing([0, 0]) as [string];
    mine.setParameter(a, 'gr_clean', 25);
    meet();
    theirs.setParameter(a, 'gr_clean', 30);
    meet();
    mine.undo();
    meet();
    for (const page of [mine, theirs]) expect(page.node(a)?.parameters).toEqual({ gr_clean: 30 });
  });

  it('later place of the same node', () => {
    const { mine, theirs, meet, standing } = two();
    const [a] = standing([0, 0]) as [string];
    mine.setPositions([[a, [1, 1]]]);
    meet();
    theirs.setPositions([[a, [2, 2]]]);
    meet();
    mine.undo();
    meet();
    for (const page of [mine, theirs]) expect(page.position(a)).toEqual([2, 2]);
  });

  it('edits of a node that was deleted and comes back', () => {
    const { mine, theirs, meet, standing } = two();
    const [a] = standing([0, 0]) as [string];
    theirs.setParameter(a, 'gr_clean', 30);
    meet();
    mine.remove([a]);
    meet();
    mine.undo();
    meet();
    for (const page of [mine, theirs]) expect(page.node(a)?.parameters).toEqual({ gr_clean: 30 });
  });

  it('work in a node that one has added', () => {
    const { mine, theirs, meet } = two();
    const a = mine.addNode(OPERATOR, [0, 0]);
    meet();
    theirs.setParameter(a, 'gr_clean', 30);
    meet();
    mine.undo();
    meet();
    for (const page of [mine, theirs]) {
      expect(page.node(a)?.parameters).toEqual({ gr_clean: 30 });
      expect(page.position(a)).toEqual([0, 0]);
    }
  });

  it('connection to a node that one has added', () => {
    const { mine, theirs, meet, standing } = two();
    const [b] = standing([300, 0]) as [string];
    const a = mine.addNode(OPERATOR, [0, 0]);
    meet();
    theirs.connect(link(a, b));
    meet();
    mine.undo();
    meet();
    for (const page of [mine, theirs]) {
      expect(page.hasNode(a)).toBe(true);
      expect(page.edges()).toHaveLength(1);
    }
  });

  it('node alone, which they have deleted as well', () => {
    const { mine, theirs, meet, standing } = two();
    const [a] = standing([0, 0]) as [string];
    mine.setParameter(a, 'gr_clean', 25);
    meet();
    theirs.remove([a]);
    meet();
    mine.undo();
    meet();
    expect([mine.hasNode(a), theirs.hasNode(a)]).toEqual([false, false]);
  });
});
