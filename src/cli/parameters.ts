import * as z from 'zod';

/** How a parameter of an operation is given on the command line. */
export interface Parameter {
  readonly name: string;
  /** kebab-case, without the dashes. */
  readonly flag: string;
  readonly kind: 'text' | 'number' | 'switch' | 'list' | 'map' | 'numbers';
  readonly choices: readonly string[] | undefined;
  readonly required: boolean;
  readonly description: string;
  readonly defaultValue: unknown;
}

function unwrap(schema: z.ZodType): { core: z.ZodType; defaultValue: unknown; required: boolean } {
  let core = schema;
  let defaultValue: unknown;
  let required = true;
  for (;;) {
    if (core instanceof z.ZodDefault) {
      defaultValue = core.def.defaultValue;
      required = false;
    } else if (core instanceof z.ZodOptional) required = false;
    else return { core, defaultValue, required };
    core = core.unwrap() as z.ZodType;
  }
}

function kindOf(core: z.ZodType): Parameter['kind'] {
  if (core instanceof z.ZodNumber) return 'number';
  if (core instanceof z.ZodBoolean) return 'switch';
  if (core instanceof z.ZodArray) return 'list';
  // One number, or one for each of several names.
  if (core instanceof z.ZodUnion) return 'numbers';
  return core instanceof z.ZodRecord ? 'map' : 'text';
}

/** The parameters of an input schema, in its order. */
export function parametersOf(input: z.ZodObject): Parameter[] {
  return Object.entries(input.shape).map(([name, schema]) => {
    const { core, defaultValue, required } = unwrap(schema as z.ZodType);
    const kind = kindOf(core);
    // What is on is only ever switched off.
    const no = kind === 'switch' && defaultValue === true ? 'no-' : '';
    return {
      name,
      flag: `${no}${name.replaceAll('_', '-')}`,
      kind,
      choices: core instanceof z.ZodEnum ? core.options.map(String) : undefined,
      required,
      description: (schema as z.ZodType).description ?? core.description ?? '',
      defaultValue,
    };
  });
}
