/** Between Y types and plain values. Duck-typed: a page may hold several copies of yjs. */
import type { Json } from './types';

interface YMapLike {
  get(key: string): unknown;
  has(key: string): boolean;
  toJSON(): Record<string, unknown>;
}

/** Whether the value is a Y.Map, of whichever copy of yjs. */
export function isYMap(value: unknown): value is YMapLike {
  const map = value as Partial<YMapLike> | null;
  return typeof map?.toJSON === 'function' && typeof map.get === 'function';
}

/** A Y.Map's content, or the value itself. */
export function plain(value: unknown): unknown {
  const type = value as { toJSON?: () => unknown } | null | undefined;
  return typeof type?.toJSON === 'function' ? type.toJSON() : value;
}

/** The plain object behind a Y.Map or a plain object; empty for anything else. */
export function record(value: unknown): Record<string, unknown> {
  const content = plain(value);
  const isObject = typeof content === 'object' && content !== null && !Array.isArray(content);
  return isObject ? (content as Record<string, unknown>) : {};
}

/** One key of a Y.Map or of a plain object. */
export function field(value: unknown, key: string): unknown {
  if (isYMap(value)) return value.get(key);
  return Object.hasOwn(record(value), key) ? record(value)[key] : undefined;
}

export function text(value: unknown, otherwise = ''): string {
  return typeof value === 'string' ? value : otherwise;
}

/** Whether two JSON values are the same; key order does not matter. */
export function equal(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/** The value with the keys of its objects sorted. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** The value as a document holds it. Throws `TypeError` for what JSON cannot hold. */
export function jsonValue(value: unknown): Json {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} is not a number a document can hold`);
    return value === 0 ? 0 : value; // -0 would reach Python as a float
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, jsonValue(item)]));
  }
  throw new TypeError(`A ${typeof value} is not something a document can hold`);
}
