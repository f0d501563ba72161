/** Sizes and choices of this browser's user. Storage may be full or forbidden: then nothing is kept. */

const PREFIX = 'mudrock-editor.';

export function remembered(key: string, otherwise: number): number {
  try {
    const value = Number(localStorage.getItem(PREFIX + key) ?? NaN);
    return Number.isFinite(value) ? value : otherwise;
  } catch {
    return otherwise;
  }
}

export function remember(key: string, value: number): void {
  try {
    localStorage.setItem(PREFIX + key, String(Math.round(value)));
  } catch {
    // Private windows and full disks refuse; a panel's width is not worth a message.
  }
}
