import { describe, expect, it } from 'vitest';
import { commandOf, wouldLeak, type KeyPress } from '../../src/editor/keys';

function press(keys: string): KeyPress {
  const parts = keys.split('+');
  return {
    key: parts.at(-1) ?? '',
    ctrlKey: parts.includes('Ctrl'),
    metaKey: parts.includes('Meta'),
    shiftKey: parts.includes('Shift'),
    altKey: parts.includes('Alt'),
  };
}

describe('commandOf', () => {
  it.each([
    ['Delete', 'delete'],
    ['Backspace', 'delete'],
    ['Ctrl+z', 'undo'],
    ['Meta+z', 'undo'],
    ['Ctrl+Shift+Z', 'redo'],
    ['Ctrl+y', 'redo'],
    ['Ctrl+k', 'add'],
    ['Ctrl+Enter', 'run'],
    ['Shift+?', 'shortcuts'],
    ['Shift+ArrowUp', 'moveUp'],
    ['Enter', 'open'],
  ])('%s is %s', (keys, command) => expect(commandOf(press(keys))).toBe(command));

  it.each(['Ctrl+s', 'Shift+Enter', 'Ctrl+Shift+K', 'Tab', 'Alt+ArrowUp', 'x', 'F5'])(
    'leaves %s to others',
    (keys) => expect(commandOf(press(keys))).toBeNull(),
  );
});

describe('wouldLeak', () => {
  it.each(['a', 'b', 'm', 'x', 'z', 'ArrowDown', 'Enter', 'Delete'])(
    'keeps %s from the notebook',
    (keys) => expect(wouldLeak(press(keys))).toBe(true),
  );

  it.each(['Ctrl+s', 'Ctrl+Shift+c', 'Shift+Enter', 'Tab', 'F5', 'Shift', 'Control'])(
    'lets %s pass',
    (keys) => expect(wouldLeak(press(keys))).toBe(false),
  );
});
