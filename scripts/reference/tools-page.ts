import { toTool } from '../../src/mcp/tool-schema.js';
import type { Operation } from '../../src/operations/define-operation.js';
import { commandLine, exampleOf, quoted } from './examples.js';
import { exitMeaning } from './exits.js';
import { anchor, code, codes, fenced, page, plain, table, value } from './markdown.js';
import { boundsOf, fieldsOf, outlineOf, type Schema, schemaOf, typeOf } from './schema-text.js';

const INTRO = `Every tool of the MCP server. The same operations are commands: see [cli.md](cli.md).

A result is the data in \`structuredContent\`, and a short text of the same data in \`content\`. A failed call has
\`isError\` and \`{"error": {...}}\` instead; [errors.md](errors.md) lists the codes. Unknown parameters are refused.
\`mcp.toolsets\` and \`mcp.read_only\` choose what is offered: see [config.md](config.md).

What a tool may do is its effect: \`read\` changes nothing, \`write\` changes something, \`destroy\` ends something for
good.`;

/** Codes that every tool can give: they come from the rings around all of them, or from tmux. */
const ALWAYS = ['INVALID_INPUT', 'RATE_LIMITED', 'LOCKED_DOWN', 'DENIED', 'LOOP_DETECTED', 'CIRCUIT_OPEN', 'TMUX_UNAVAILABLE', 'TMUX_FAILED', 'TIMEOUT', 'CANCELLED', 'INTERNAL']; // prettier-ignore
const CHANGING = ['OUTCOME_UNKNOWN', 'CONFIRMATION_REQUIRED', 'BUDGET_EXCEEDED', 'AUDIT_UNAVAILABLE']; // prettier-ignore
/** Parameters that name something which has to exist. */
const NAMING = /^(?:target|session|window|pane|agents?|team|job_id|task_id|schedule(?:_id)?)$/;
/** Parameters that are typed into a pane. */
const TYPED = /^(?:keys|message|briefing|choice|task)$/;

const HINTS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const;

/** Facts of a tool that are no parameters, one line each. */
function facts(operation: Operation): string {
  const { annotations = {} } = toTool(operation);
  const command = operation.cli.path.join(' ');
  const exits = exitMeaning(operation);
  return [
    `- Effect: ${code(operation.effect)}. Toolset: ${code(operation.toolset)}.`,
    `- Hints: ${HINTS.map((hint) => code(`${hint}: ${String(annotations[hint] ?? false)}`)).join(', ')}.`,
    `- Command: [${code(`tmux-orc ${command}`)}](cli.md#${anchor(command)}).`,
    ...(operation.waits ? ['- It may wait; a waiting call takes no place among those that work.'] : []),
    ...(operation.exempt ? ['- No limit refuses it.'] : []),
    ...(exits === undefined ? [] : [`- Exit code of the command line: ${exits}.`]),
  ].join('\n');
}

function parameters(schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => [
    code(name),
    typeOf(field),
    schema.required?.includes(name) === true ? 'yes' : 'no',
    value(field.default),
    boundsOf(field),
    plain(field.description ?? ''),
  ]);
  if (rows.length === 0) return 'No parameters.';
  return `**Parameters**\n\n${table(['Name', 'Type', 'Required', 'Default', 'Bounds', 'Description'], rows)}`;
}

function result(schema: Schema): string {
  const rows = fieldsOf(schema).map((field) => [
    code(field.path),
    outlineOf(field.schema),
    field.required ? 'yes' : 'no',
    plain(field.schema.description ?? ''),
  ]);
  return `**Result**\n\n${table(['Field', 'Type', 'Always', 'Description'], rows)}`;
}

/** Beside those of every tool. */
function errors(operation: Operation, given: ReadonlySet<string>): string {
  const names = Object.keys(operation.input.shape);
  const changes = operation.effect !== 'read';
  const found = [
    ...(names.some((name) => NAMING.test(name)) ? ['NOT_FOUND', 'AMBIGUOUS'] : []),
    ...(operation.effect === 'write' ? ['CONFLICT'] : []),
    ...(changes ? CHANGING : []),
    ...(changes && names.some((name) => TYPED.test(name)) ? ['AGENT_UNREADY'] : []),
  ].filter((name) => given.has(name));
  return found.length === 0 ? '' : `**Errors** beside those of every tool: ${codes(found)}.`;
}

function example(operation: Operation): string {
  const args = exampleOf(operation);
  if (args === undefined) return '';
  // On one line: strings have no line breaks in JSON.
  const call = JSON.stringify({ name: operation.name, arguments: args }, undefined, 1).replaceAll(/\n */g, ' ');
  const line = commandLine(operation, args).map(quoted).join(' ');
  return `**Example**\n\n${fenced('json', call)}\n\n${fenced('sh', line)}`;
}

function section(operation: Operation, given: ReadonlySet<string>): string {
  return [
    `## ${operation.name}`,
    `${plain(operation.title)}. ${plain(operation.description)}`,
    facts(operation),
    parameters(schemaOf(operation.input, 'input')),
    result(schemaOf(operation.output, 'output')),
    errors(operation, given),
    example(operation),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** @param given codes that this version gives at all. */
export function toolsPage(operations: readonly Operation[], given: ReadonlySet<string>): string {
  const rows = operations.map((operation) => [
    `[${code(operation.name)}](#${anchor(operation.name)})`,
    code(operation.cli.path.join(' ')),
    code(operation.effect),
    code(operation.toolset),
    plain(operation.title),
  ]);
  return page(
    'Tools',
    INTRO,
    `Errors that every tool can give: ${codes(ALWAYS.filter((name) => given.has(name)))}. A name that is no tool gives
\`UNKNOWN_TOOL\`.`,
    table(['Tool', 'Command', 'Effect', 'Toolset', 'What it does'], rows),
    ...operations.map((operation) => section(operation, given)),
  );
}
