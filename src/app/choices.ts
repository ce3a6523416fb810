import * as z from 'zod';
import type { Operation } from '../operations/define-operation.js';

function inner(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
    ? inner(schema.unwrap() as z.ZodType)
    : schema;
}

function wordsOf({ input }: Operation): Map<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  for (const [name, schema] of Object.entries(input.shape)) {
    const core = inner(schema as z.ZodType);
    if (core instanceof z.ZodEnum) found.set(name, new Set(core.options.map(String)));
  }
  return found;
}

/** Finds the words that a parameter of an operation can have, where there are only these. */
export function createChoices(
  operations: readonly Operation[],
): (operation: string, parameter: string) => ReadonlySet<string> | undefined {
  const known = new Map<string, ReturnType<typeof wordsOf>>();
  return (name, parameter) => {
    const operation = known.has(name) ? undefined : operations.find((one) => one.name === name);
    if (operation !== undefined) known.set(name, wordsOf(operation));
    return known.get(name)?.get(parameter);
  };
}
