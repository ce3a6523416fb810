import { z } from 'zod';
import { configLeaves, type Leaf } from '../../src/config/leaves.js';
import { configSchema } from '../../src/config/schema.js';

const HEADER = `# Every setting of tmux-orc with its default and its meaning, in the order of src/config/schema.ts.
#
# This file is a reference: tmux-orc does not read it yet. To change a setting, use its environment name, TMUX_ORC_ and
# the path in upper case (security.timeouts.tmux_ms is TMUX_ORC_SECURITY_TIMEOUTS_TMUX_MS), or the flag
# --set security.timeouts.tmux_ms=8000.
#
# Settings of parts that are not built yet are accepted and have no effect; README.md says what is built.
#
# Generated: UPDATE=1 npx vitest run tests/unit/config/default-file
`;

/** Words that a YAML reader takes for something else than text. */
const SPECIAL = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

function scalar(value: unknown): string {
  if (typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_.-]*$/.test(value) && !SPECIAL.test(value)) return value;
  return JSON.stringify(value);
}

/** A value on one line: YAML's flow style, of which JSON is a part. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return scalar(value);
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${flow(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** The words that a setting, or an entry of its list, may be. */
function choices(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  if (schema instanceof z.ZodArray) return choices(schema.element as z.ZodType);
  const wrapped = schema instanceof z.ZodDefault || schema instanceof z.ZodNullable;
  return wrapped ? choices(schema.unwrap() as z.ZodType) : [];
}

function comment(leaf: Leaf): string {
  const words = choices(leaf.schema);
  return words.length === 0 ? leaf.description : `${leaf.description} (${words.join(', ')})`;
}

function valueAt(path: readonly string[]): unknown {
  const defaults: unknown = configSchema.parse({});
  return path.reduce((block, key) => (block as Record<string, unknown>)[key], defaults);
}

const indent = (depth: number): string => '  '.repeat(depth);

/** What .tmux_orchestrator/config.yaml has to be. */
export function defaultConfigText(): string {
  const lines: string[] = [];
  let open: readonly string[] = [];
  for (const leaf of configLeaves()) {
    const path = leaf.path.split('.');
    const blocks = path.slice(0, -1);
    const shared = blocks.findIndex((key, depth) => key !== open[depth]);
    const from = shared === -1 ? blocks.length : shared;
    for (const [depth, key] of blocks.entries()) {
      if (depth < from) continue;
      if (depth === 0) lines.push('');
      lines.push(`${indent(depth)}${key}:`);
    }
    open = blocks;
    lines.push(`${indent(blocks.length)}${path.at(-1)}: ${flow(valueAt(path))}  # ${comment(leaf)}`);
  }
  return `${HEADER}\n${lines.join('\n')}\n`;
}

function readFlow(text: string): unknown {
  // Bare words and keys become JSON strings; quoted ones already are.
  const json = text.replaceAll(/"(?:[^"\\]|\\.)*"|[A-Za-z][A-Za-z0-9_.-]*/g, (word) =>
    word.startsWith('"') || word === 'true' || word === 'false' || word === 'null' ? word : JSON.stringify(word),
  );
  return JSON.parse(json) as unknown;
}

/** Reads the part of YAML that the default file uses: nested blocks, values on one line, comments. Refuses the rest. */
export function readPlainYaml(text: string): unknown {
  const root: Record<string, unknown> = {};
  const stack = [root];
  for (const line of text.split('\n')) {
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    const [, spaces = '', key = '', value = ''] = /^( *)([a-z][a-z0-9_]*):(?: (.+?))?(?: {2}# .*)?$/.exec(line) ?? [];
    const depth = spaces.length / 2;
    const block = stack[depth];
    if (key === '' || block === undefined || key in block) throw new Error(`not in the plain form: ${line}`);
    stack.length = depth + 1;
    if (value === '') stack.push((block[key] = {}));
    else block[key] = readFlow(value);
  }
  return root;
}
