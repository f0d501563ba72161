import { describe, expect, it } from 'vitest';
import { fieldError, parseNumber } from '../../src/editor/form/errors';
import { fieldsOf, isChanged, shownValue, type Field } from '../../src/editor/form/fields';
import type { ParameterSchema } from '../../src/kernel/protocol';

function field(schema: ParameterSchema, key = 'value', required = false): Field {
  const [only] = fieldsOf({
    type: 'object',
    properties: { [key]: schema },
    required: required ? [key] : [],
  });
  return only as Field;
}

describe('fieldsOf', () => {
  it('reads a bounded number with its unit and a slider', () => {
    const rho = field(
      { type: 'number', title: 'Rho Ma', minimum: 2, maximum: 3.5, default: 2.65, 'x-unit': 'g/cm3' },
      'rho_ma',
    );
    expect(rho).toMatchObject({ title: 'rho_ma', coded: true, unit: 'g/cm3', fallback: 2.65, nullable: false });
    expect(rho.control).toMatchObject({ kind: 'number', slider: [2, 3.5], step: 0.01 });
  });

  it('prefers the usual range, and draws no slider without a range', () => {
    const usual = field({ type: 'number', minimum: 0, maximum: 1000, 'x-slider': [0, 150] });
    expect(usual.control).toMatchObject({ slider: [0, 150], step: 1 });
    expect(field({ type: 'number', exclusiveMinimum: 0 }).control).toMatchObject({
      slider: null,
      above: true,
    });
  });

  it('calls a parameter by its name in Python rather than by a generated title', () => {
    const clean = field({ type: 'number', title: 'Gr Clean' }, 'gr_clean');
    expect(clean.title).toBe('gr_clean');
  });

  it('keeps a title somebody wrote', () => {
    expect(field({ type: 'number', title: 'Clean sand GR' }, 'gr_clean').title).toBe('Clean sand GR');
  });

  it('reads what may be null', () => {
    const wells = field(
      { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }], default: null },
      'wells',
    );
    expect(wells).toMatchObject({ nullable: true, control: { kind: 'list', item: 'well' } });
  });

  it('reads a depth range, a choice, a switch and curves', () => {
    const pair = { type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }] };
    expect(field({ anyOf: [pair, { type: 'null' }] }).control.kind).toBe('range');
    expect(field({ enum: ['mean', 'median'] }).control.kind).toBe('choice');
    expect(field({ type: 'boolean' }).control.kind).toBe('boolean');
    const curve = { type: 'string', 'x-curve': true };
    expect(field(curve).control.kind).toBe('curve');
    expect(field({ type: 'array', items: curve, minItems: 1 }).control).toEqual({
      kind: 'list',
      item: 'curve',
      minimum: 1,
    });
    expect(field({ anyOf: [{ type: 'number' }, curve] }).control.kind).toBe('numberOrCurve');
  });

  it('follows a reference into the definitions', () => {
    const [only] = fieldsOf({
      type: 'object',
      properties: { mode: { $ref: '#/$defs/Mode', default: 'a' } },
      $defs: { Mode: { enum: ['a', 'b'], type: 'string' } },
    });
    expect(only).toMatchObject({ fallback: 'a', control: { kind: 'choice', options: ['a', 'b'] } });
  });

  it('falls back to JSON for shapes it does not know', () => {
    expect(field({ type: 'object' }).control.kind).toBe('json');
  });
});

describe('values', () => {
  const rw = field({ type: 'number', default: 0.1 }, 'rw');

  it('shows the default until the node has its own', () => {
    expect(shownValue(rw, {})).toBe(0.1);
    expect(isChanged(rw, {})).toBe(false);
    expect(isChanged(rw, { rw: 0.1 })).toBe(false);
    expect(isChanged(rw, { rw: 0.05 })).toBe(true);
  });
});

describe('fieldError', () => {
  it('says in words what is out of range', () => {
    const cutoff = field({ type: 'number', minimum: 0, maximum: 1, 'x-unit': 'v/v' });
    expect(fieldError(cutoff, -0.1)).toBe('It has to be at least 0 v/v.');
    expect(fieldError(cutoff, 2)).toBe('It can be at most 1 v/v.');
    expect(fieldError(cutoff, 1)).toBeNull();
    const positive = field({ type: 'number', exclusiveMinimum: 0 });
    expect(fieldError(positive, 0)).toBe('It has to be above 0.');
    expect(fieldError(positive, Number.NaN)).toBe('value is a number.');
  });

  it('asks for what is needed and for whole numbers', () => {
    expect(fieldError(field({ type: 'integer' }, 'window'), 2.5)).toBe('window is a whole number.');
    expect(fieldError(field({ type: 'string' }, 'path', true), undefined)).toBe('path is needed.');
    const curves = field({ type: 'array', items: { type: 'string' }, minItems: 1 }, 'curves');
    expect(fieldError(curves, [])).toBe('Choose at least one.');
  });

  it('wants the top above the base', () => {
    const pair = { type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }] };
    expect(fieldError(field(pair), [2000, 1000])).toBe('The top (2000) has to be above the base (1000).');
    expect(fieldError(field(pair), [1000, 2000])).toBeNull();
  });
});

describe('parseNumber', () => {
  it.each([
    ['2.65', 2.65],
    ['2,65', 2.65],
    [' 1e-3 ', 0.001],
    ['', null],
    ['GR', null],
  ])('reads %j as %j', (text, value) => expect(parseNumber(text)).toBe(value));
});
