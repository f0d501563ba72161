/** What is wrong with a parameter's value, in words. */
import type { Json } from '../../document/types';
import type { Field, NumberControl } from './fields';

/** The error to show under a field, or null when its value will do. */
export function fieldError(field: Field, value: Json | undefined): string | null {
  const { control } = field;
  if (value === undefined || value === null) {
    if (field.nullable || !field.required) return null;
    return takesCurves(field) ? 'Pick a curve' : `${field.title} is needed.`;
  }
  switch (control.kind) {
    case 'number':
      return numberError(field, control, value);
    case 'numberOrCurve':
      return typeof value === 'string' ? emptyError(field, value) : numberError(field, control.number, value);
    case 'boolean':
      return typeof value === 'boolean' ? null : `${field.title} is either on or off.`;
    case 'choice':
      return control.options.includes(value)
        ? null
        : `${field.title} is one of ${control.options.map(String).join(', ')}.`;
    case 'text':
    case 'curve':
      return emptyError(field, value);
    case 'list':
      return listError(field, control.minimum, value);
    case 'range':
      return rangeError(value);
    case 'json':
      return null;
  }
}

function numberError(field: Field, control: NumberControl, value: Json): string | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return `${field.title} is a number.`;
  if (control.integer && !Number.isInteger(value)) return `${field.title} is a whole number.`;
  const { minimum, maximum, above, below } = control;
  const unit = field.unit && field.unit !== '-' ? ` ${field.unit}` : '';
  if (minimum !== null && (above ? value <= minimum : value < minimum)) {
    return above ? `It has to be above ${minimum}${unit}.` : `It has to be at least ${minimum}${unit}.`;
  }
  if (maximum !== null && (below ? value >= maximum : value > maximum)) {
    return below ? `It has to be below ${maximum}${unit}.` : `It can be at most ${maximum}${unit}.`;
  }
  return null;
}

/** Whether a value is still to be chosen: unfinished, not wrong. */
export function isUnfinished(field: Field, value: Json | undefined): boolean {
  return (value === undefined || value === null) && takesCurves(field);
}

function takesCurves({ control }: Field): boolean {
  return control.kind === 'curve' || (control.kind === 'list' && control.item === 'curve');
}

function emptyError(field: Field, value: Json): string | null {
  if (typeof value !== 'string') return `${field.title} is a text.`;
  return value === '' && field.required ? `${field.title} is needed.` : null;
}

function listError(field: Field, minimum: number, value: Json): string | null {
  if (!Array.isArray(value)) return `${field.title} is a list.`;
  if (value.length >= minimum) return null;
  return minimum === 1 ? 'Choose at least one.' : `Choose at least ${minimum}.`;
}

function rangeError(value: Json): string | null {
  const [top, base] = Array.isArray(value) ? value : [];
  if (typeof top !== 'number' || typeof base !== 'number') return 'Give a top and a base.';
  return top < base ? null : `The top (${top}) has to be above the base (${base}).`;
}

/** Reads a number as it is typed: a comma is a decimal comma, spaces do not count. */
export function parseNumber(text: string): number | null {
  const plain = text.replace(/\s/g, '').replace(',', '.');
  if (plain === '') return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}
