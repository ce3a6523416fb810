import * as z from 'zod';
import { configSchema } from './schema.js';

/** A config key: its dotted path, its environment name and its schema. */
export interface Leaf {
  readonly path: string;
  readonly env: string;
  readonly description: string;
  readonly schema: z.ZodType;
  /** How its text form is read: lists are comma-separated, maps and lists of objects are JSON. */
  readonly form: 'text' | 'number' | 'boolean' | 'list' | 'numbers' | 'json';
  readonly nullable: boolean;
}

/** What is inside the wrappers of a schema. */
function inner(schema: z.ZodType): z.ZodType {
  let current = schema;
  while (
    current instanceof z.ZodDefault ||
    current instanceof z.ZodPrefault ||
    current instanceof z.ZodNullable ||
    current instanceof z.ZodOptional
  ) {
    current = current.unwrap() as z.ZodType;
  }
  return current;
}

function isNullable(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodNullable) return true;
  return schema instanceof z.ZodDefault && isNullable(schema.unwrap() as z.ZodType);
}

function formOf(schema: z.ZodType): Leaf['form'] {
  const core = inner(schema);
  if (core instanceof z.ZodNumber) return 'number';
  if (core instanceof z.ZodBoolean) return 'boolean';
  if (core instanceof z.ZodString || core instanceof z.ZodEnum) return 'text';
  if (!(core instanceof z.ZodArray)) return 'json';
  const element = inner(core.element as z.ZodType);
  return element instanceof z.ZodObject ? 'json' : element instanceof z.ZodNumber ? 'numbers' : 'list';
}

/** A block of keys is one whose default comes from its own keys; a default that is an object is one value, a map. */
function isBlock(schema: z.ZodType): boolean {
  return schema instanceof z.ZodObject || (schema instanceof z.ZodPrefault && inner(schema) instanceof z.ZodObject);
}

/** The environment variable of a key. @param path with dots */
export const variableOf = (path: string): string => `TMUX_ORC_${path.replaceAll('.', '_').toUpperCase()}`;

function collect(schema: z.ZodType, path: readonly string[]): Leaf[] {
  const core = inner(schema);
  if (isBlock(schema) && core instanceof z.ZodObject) {
    return Object.entries(core.shape).flatMap(([key, child]) => collect(child as z.ZodType, [...path, key]));
  }
  return [
    {
      path: path.join('.'),
      env: variableOf(path.join('.')),
      description: schema.description ?? '',
      schema,
      form: formOf(schema),
      nullable: isNullable(schema),
    },
  ];
}

let leaves: readonly Leaf[] | undefined;

/** Every key of the config, in the order of the reference. */
export function configLeaves(): readonly Leaf[] {
  return (leaves ??= collect(configSchema, []));
}
