import type { Tool } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Operation } from '../operations/define-operation.js';

type JsonSchema = Record<string, unknown>;

/** Each tool has it, so it is short: which codes there are stands in the reference. */
const ERROR_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'Set instead of the result when the call failed',
  properties: {
    code: { type: 'string' },
    message: { type: 'string' },
    hint: { type: 'string' },
    retryable: { type: 'boolean' },
    retry_after_ms: { type: 'number' },
    correlation_id: { type: 'string' },
    details: { type: 'object' },
  },
  required: ['code', 'message', 'hint', 'retryable', 'correlation_id'],
};

/** Results may gain fields, so clients must not be told to refuse them. */
function open(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(open);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).filter(
    ([key, value]) => !(key === 'additionalProperties' && value === false) && key !== '$schema',
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, open(value)]));
}

/**
 * The v1 client validates structured content of failed calls too, so the schema admits the error form beside the
 * success form.
 */
function outputSchema(operation: Operation): JsonSchema {
  const success = open(z.toJSONSchema(operation.output, { io: 'output' })) as {
    properties?: JsonSchema;
    required?: string[];
  };
  return {
    type: 'object',
    properties: { ...success.properties, error: ERROR_SCHEMA },
    anyOf: [{ required: success.required ?? [] }, { required: ['error'] }],
  };
}

function inputSchema(operation: Operation): JsonSchema {
  const { $schema: _draft, ...schema } = z.toJSONSchema(operation.input, { io: 'input' });
  return schema;
}

/** An operation as tools/list shows it; the hints follow from its effect (MCP specification, ToolAnnotations). */
export function toTool(operation: Operation): Tool {
  return {
    name: operation.name,
    title: operation.title,
    description: operation.description,
    inputSchema: inputSchema(operation),
    outputSchema: outputSchema(operation),
    annotations: {
      title: operation.title,
      readOnlyHint: operation.effect === 'read',
      destructiveHint: operation.effect === 'destroy',
      idempotentHint: operation.idempotent,
      openWorldHint: false,
    },
  } as Tool;
}
