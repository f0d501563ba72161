import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Panels } from '../../src/editor/state/panels.svelte';

let kept: Map<string, string>;

beforeEach(() => {
  kept = new Map();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});

function settled(width: number, hasNodes: boolean): Panels {
  const panels = new Panels();
  panels.settle(width, hasNodes);
  return panels;
}

describe('the palette', () => {
  it('is open where there is room for it, or nothing else to see', () => {
    expect(settled(1400, true).palette).toBe(true);
    expect(settled(1000, false).palette).toBe(true);
    expect(settled(1000, true).palette).toBe(false);
    expect(settled(500, false).palette).toBe(false);
  });

  it('is as it was left', () => {
    const wide = settled(1400, true);
    wide.togglePalette();
    expect(settled(1400, true).palette).toBe(false);
    wide.togglePalette();
    expect(settled(1000, true).palette).toBe(true);
    expect(settled(500, true).palette).toBe(false);
  });

  it('stays as it is while the width changes a little', () => {
    const panels = settled(1300, true);
    panels.settle(1100, true);
    expect(panels.palette).toBe(true);
    panels.settle(800, true);
    expect(panels.palette).toBe(false);
  });
});
