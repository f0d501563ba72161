/** The form of an operator's parameters: its JSON Schema, as fields with one control each. */
import type { Json } from '../../document/types';
import type { ParameterSchema, ParametersSchema } from '../../kernel/protocol';

export interface NumberControl {
  kind: 'number';
  integer: boolean;
  minimum: number | null;
  maximum: number | null;
  /** Whether the bounds themselves are refused. */
  above: boolean;
  below: boolean;
  /** The usual range, drawn as a slider; null when none is known. */
  slider: readonly [number, number] | null;
  step: number;
}

export type ListItem = 'text' | 'number' | 'curve' | 'well';

export type Control =
  | NumberControl
  | { kind: 'boolean' }
  | { kind: 'choice'; options: readonly Json[] }
  | { kind: 'text' }
  | { kind: 'curve' }
  | { kind: 'list'; item: ListItem; minimum: number }
  | { kind: 'range' }
  | { kind: 'numberOrCurve'; number: NumberControl }
  | { kind: 'json' };

export interface Field {
  key: string;
  title: string;
  /** Whether the title is the parameter's name in Python, for want of a better one. */
  coded: boolean;
  help: string;
  unit: string;
  control: Control;
  /** `undefined` when the schema gives none. */
  fallback: Json | undefined;
  required: boolean;
  nullable: boolean;
}

/** The fields of an operator's parameters, in the order of its signature. */
export function fieldsOf(schema: ParametersSchema): Field[] {
  const required = new Set(schema.required ?? []);
  const definitions = (schema['$defs'] ?? {}) as Record<string, ParameterSchema>;
  return Object.entries(schema.properties ?? {}).map(([key, property]) =>
    fieldOf(key, resolve(property, definitions), required.has(key), definitions),
  );
}

function fieldOf(
  key: string,
  schema: ParameterSchema,
  required: boolean,
  definitions: Record<string, ParameterSchema>,
): Field {
  const alternatives = (schema.anyOf ?? [schema]).map((each) => resolve(each, definitions));
  const real = alternatives.filter((each) => each.type !== 'null' && each.const !== null);
  const titled = schema.title !== undefined && schema.title !== generatedTitle(key);
  const merged = real.map((each) => ({ ...schema, anyOf: undefined, ...each }));
  return {
    key,
    title: titled ? (schema.title as string) : key,
    coded: !titled,
    help: schema.description ?? '',
    unit: schema['x-unit'] ?? real.find((each) => each['x-unit'])?.['x-unit'] ?? '',
    control: controlOf(key, merged),
    fallback: schema.default,
    required,
    nullable: real.length < alternatives.length,
  };
}

function resolve(
  schema: ParameterSchema,
  definitions: Record<string, ParameterSchema>,
): ParameterSchema {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return schema;
  const target = definitions[reference.split('/').at(-1) ?? ''];
  return target ? { ...target, ...schema } : schema;
}

/** What pydantic makes of a name: `rho_ma` becomes `Rho Ma`, which is neither Python nor petrophysics. */
function generatedTitle(key: string): string {
  const words = key.split('_');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}

function controlOf(key: string, alternatives: ParameterSchema[]): Control {
  const number = alternatives.find((each) => isNumeric(each));
  const curve = alternatives.find((each) => each['x-curve'] && each.type === 'string');
  if (number && curve) return { kind: 'numberOrCurve', number: numberControl(number) };
  if (alternatives.length !== 1) return listOf(key, alternatives) ?? { kind: 'json' };
  const schema = alternatives[0] as ParameterSchema;
  if (schema.enum) return { kind: 'choice', options: schema.enum };
  if (schema.const !== undefined) return { kind: 'choice', options: [schema.const] };
  if (isNumeric(schema)) return numberControl(schema);
  if (schema.type === 'boolean') return { kind: 'boolean' };
  if (schema.type === 'string') return { kind: schema['x-curve'] ? 'curve' : 'text' };
  if (schema.type === 'array') return arrayControl(key, schema);
  return { kind: 'json' };
}

/** `curve or list of curves` is edited as a list. */
function listOf(key: string, alternatives: ParameterSchema[]): Control | null {
  const list = alternatives.find((each) => each.type === 'array' && each.items);
  return list ? arrayControl(key, list) : null;
}

function arrayControl(key: string, schema: ParameterSchema): Control {
  const pair = schema.prefixItems;
  if (pair?.length === 2 && pair.every(isNumeric)) return { kind: 'range' };
  const item = schema.items;
  if (!item) return { kind: 'json' };
  const minimum = schema.minItems ?? 0;
  if (item['x-curve'] || schema['x-curve']) return { kind: 'list', item: 'curve', minimum };
  if (key === 'wells') return { kind: 'list', item: 'well', minimum };
  if (isNumeric(item)) return { kind: 'list', item: 'number', minimum };
  return item.type === 'string' ? { kind: 'list', item: 'text', minimum } : { kind: 'json' };
}

function isNumeric(schema: ParameterSchema): boolean {
  return schema.type === 'number' || schema.type === 'integer';
}

function numberControl(schema: ParameterSchema): NumberControl {
  const integer = schema.type === 'integer';
  const minimum = schema.exclusiveMinimum ?? schema.minimum ?? null;
  const maximum = schema.exclusiveMaximum ?? schema.maximum ?? null;
  const slider = usualRange(schema['x-slider']) ?? finiteRange(minimum, maximum);
  return {
    kind: 'number',
    integer,
    minimum,
    maximum,
    above: schema.exclusiveMinimum !== undefined,
    below: schema.exclusiveMaximum !== undefined,
    slider,
    step: schema.multipleOf ?? (integer ? 1 : stepFor(slider)),
  };
}

function usualRange(value: unknown): readonly [number, number] | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [low, high] = value as unknown[];
  return typeof low === 'number' && typeof high === 'number' && low < high ? [low, high] : null;
}

function finiteRange(
  minimum: number | null,
  maximum: number | null,
): readonly [number, number] | null {
  return minimum !== null && maximum !== null && minimum < maximum ? [minimum, maximum] : null;
}

/** A round step that gives a slider some two hundred stops. */
function stepFor(slider: readonly [number, number] | null): number {
  if (!slider) return 0.01;
  const power = Math.round(Math.log10((slider[1] - slider[0]) / 200));
  return Number((10 ** power).toPrecision(1));
}

/** The value a field shows: the node's own, else the operator's. */
export function shownValue(field: Field, parameters: Record<string, Json>): Json | undefined {
  const own = parameters[field.key];
  return own === undefined ? field.fallback : own;
}

/** Whether the node's value differs from the operator's default. */
export function isChanged(field: Field, parameters: Record<string, Json>): boolean {
  const own = parameters[field.key];
  return own !== undefined && !sameJson(own, field.fallback);
}

export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
