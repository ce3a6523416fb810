import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, OrcError, toErrorObject } from '../../../src/kernel/errors.js';
import { INSTRUCTIONS } from '../../../src/mcp/instructions.js';
import { toTool } from '../../../src/mcp/tool-schema.js';
import { operations } from '../../../src/operations/index.js';

interface Schema {
  readonly [key: string]: unknown;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
}
const PRINTABLE = /^[\x20-\x7e]+$/;
const tools = operations.map((operation) => {
  const tool = toTool(operation);
  return { operation, tool, name: tool.name, input: tool.inputSchema as Schema, output: tool.outputSchema as Schema };
});

/** Every schema inside a schema. */
function within(schema: unknown): Schema[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return [schema as Schema, ...Object.values(schema).flatMap(within)];
}

describe('the list of tools', () => {
  it('has names of one form, each once, below the size of one page', () => {
    for (const { name } of tools) expect(name).toMatch(/^[a-z]+(?:_[a-z]+)+$/);
    expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
    expect(new Set(operations.map(({ cli }) => cli.path.join(' '))).size).toBe(tools.length);
    expect(JSON.stringify(tools.map(({ tool }) => tool)).length).toBeLessThan(100_000);
  });

  it('comes with instructions of at most 2 KB', () => {
    expect(Buffer.byteLength(INSTRUCTIONS)).toBeLessThanOrEqual(2048);
    expect(INSTRUCTIONS.replaceAll('\n', ' ')).toMatch(PRINTABLE);
    // A host must not be told of tools that are not there.
    const words = [...tools.map(({ name }) => name), 'retry_after_ms'];
    for (const [word] of INSTRUCTIONS.matchAll(/\b[a-z]+_[a-z_]+\b/g)) expect(words).toContain(word);
  });
});

describe.each(tools)('the tool $name', ({ operation, tool, input, output }) => {
  it('describes itself in printable ASCII', () => {
    expect(tool.description).toMatch(PRINTABLE);
    expect(tool.description!.length).toBeLessThanOrEqual(500);
    expect(tool.title).toMatch(PRINTABLE);
    for (const { description } of [...within(input), ...within(output)])
      if (typeof description === 'string') expect(description).toMatch(PRINTABLE);
  });

  it('describes every parameter, and takes no other', () => {
    expect(input).toMatchObject({ type: 'object', additionalProperties: false });
    expect(input).not.toHaveProperty('$schema');
    for (const [name, parameter] of Object.entries(input.properties ?? {})) {
      expect(name).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
      expect(parameter.description, name).toMatch(/^[\x20-\x7e]{5,}$/);
    }
    expect(operation.cli.positional.every((name) => name in (input.properties ?? {}))).toBe(true);
    // What a schema gives a default need not be sent.
    for (const name of input.required ?? []) expect(input.properties?.[name]).not.toHaveProperty('default');
  });

  it('admits its result and the error form, as old clients check both', () => {
    expect(output.type).toBe('object');
    expect(output.anyOf).toEqual([{ required: expect.any(Array) }, { required: ['error'] }]);
    expect(output.anyOf?.[0]?.required?.length).toBeGreaterThan(0);
    for (const schema of within(output)) {
      expect(schema.additionalProperties).not.toBe(false);
      expect(schema).not.toHaveProperty('$schema');
    }
    const check = new AjvJsonSchemaValidator().getValidator(output as never);
    const validate = (result: unknown): boolean => check(result).valid;
    for (const code of Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[]) {
      const options = { hint: 'h', retryAfterMs: 5, details: { candidates: ['@1'] } };
      expect(validate({ error: toErrorObject(new OrcError(code, 'm', options), 'id') }), code).toBe(true);
    }
    expect(validate({ error: toErrorObject(new Error('x'), 'id') })).toBe(true);
    for (const wrong of [{}, { error: 'text' }, { error: { code: 'NOPE' } }, [], 'text', null])
      expect(validate(wrong)).toBe(false);
  });

  it('hints at its effect', () => {
    const { effect, idempotent } = operation;
    expect(tool.annotations).toEqual({
      title: operation.title,
      readOnlyHint: effect === 'read',
      destructiveHint: effect === 'destroy',
      idempotentHint: idempotent,
      openWorldHint: false,
    });
    if (effect === 'read') expect(idempotent).toBe(true);
    expect(tool.name.startsWith('kill_')).toBe(effect === 'destroy');
    if (/^(?:list|get|capture|search|read)_/.test(tool.name)) expect(effect).toBe('read');
  });
});
