import { z } from 'zod';
import { code, codes } from './markdown.js';

/** The part of JSON Schema that zod writes for our schemas. */
export interface Schema {
  /** A list where null is allowed beside a type without bounds. */
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Schema => z.toJSONSchema(schema, { io }) as Schema;

function objectType(schema: Schema): string {
  if (schema.properties !== undefined) {
    const required = new Set(schema.required);
    return `object (${codes(Object.keys(schema.properties).map((key) => (required.has(key) ? key : `${key}?`)))})`;
  }
  const values = schema.additionalProperties;
  const type = typeof values === 'object' ? typeOf(values) : 'any';
  return type === 'any' ? 'object' : `object of ${type}`;
}

/** A type in JSON's words. */
export function typeOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((word) => code(String(word))).join(' or ');
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(' or ');
  if (schema.type === 'array') return schema.items === undefined ? 'array' : `array of ${typeOf(schema.items)}`;
  if (schema.type === 'object') return objectType(schema);
  return [schema.type ?? 'any'].flat().join(' or ');
}

/** zod bounds every whole number by what a double holds exactly; that says nothing to a reader. */
const meant = (bound: number | undefined): number | undefined =>
  bound === undefined || Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound;

function range(from: number | undefined, to: number | undefined, unit = ''): string[] {
  if (from !== undefined && to !== undefined) return [`${String(from)} to ${String(to)}${unit}`];
  if (from !== undefined) return [`at least ${String(from)}${unit}`];
  return to === undefined ? [] : [`at most ${String(to)}${unit}`];
}

/** What a value must keep to beside its type. */
export function boundsOf(schema: Schema): string {
  const choices = (schema.anyOf ?? schema.oneOf ?? []).filter(({ type }) => type !== 'null');
  if (choices[0] !== undefined && choices.length === 1) return boundsOf(choices[0]);
  const above = schema.exclusiveMinimum;
  return [
    ...(above === undefined ? [] : [`more than ${String(above)}`]),
    ...(schema.exclusiveMaximum === undefined ? [] : [`less than ${String(schema.exclusiveMaximum)}`]),
    ...range(meant(schema.minimum), meant(schema.maximum)),
    ...range(schema.minLength, schema.maxLength, ' characters'),
    ...range(schema.minItems, schema.maxItems, ' entries'),
    ...(schema.pattern === undefined ? [] : [`matches ${code(schema.pattern)}`]),
  ].join('; ');
}

export interface Field {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** What is below a field: the keys of an object, or of the objects of a list. */
function inside(schema: Schema): { readonly of: Schema; readonly mark: string } | undefined {
  if (schema.properties !== undefined) return { of: schema, mark: '' };
  const object = (schema.anyOf ?? schema.oneOf ?? []).find(({ properties }) => properties !== undefined);
  if (object !== undefined) return { of: object, mark: '' };
  if (schema.items === undefined) return undefined;
  const below = inside(schema.items);
  return below === undefined ? undefined : { of: below.of, mark: `[]${below.mark}` };
}

/** Every field of an object, the ones of nested objects under dotted paths. */
export function fieldsOf(schema: Schema, prefix = ''): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = `${prefix}${key}`;
    const field = { path, schema: child, required: schema.required?.includes(key) ?? false };
    const below = inside(child);
    return below === undefined ? [field] : [field, ...fieldsOf(below.of, `${path}${below.mark}.`)];
  });
}

/** The type of a field whose own fields have rows of their own. */
export const outlineOf = (schema: Schema): string =>
  inside(schema) === undefined ? typeOf(schema) : typeOf(schema).replaceAll(/ \([^()]*\)/g, '');
