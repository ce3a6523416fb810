import * as z from 'zod';
import { valueAt } from './dotted.js';
import { configLeaves, type Leaf } from './leaves.js';
import { configSchema } from './schema.js';

const HEADER = `# Every setting of tmux-orc with its default and its meaning, in the order of src/config/schema.ts.
#
# tmux-orc reads this file when it is started in this folder or below. A project file can only make settings stricter,
# and a value that is the default changes nothing, until you trust the file: tmux-orc config trust. Your own settings
# belong into ~/.config/tmux-orchestrator/config.yaml: tmux-orc config init --user. docs/guides/configuration.md tells
# the rest.
#
# Settings of parts that are not built yet are accepted and have no effect; README.md says what is built.
#
# Generated: UPDATE=1 npx vitest run tests/unit/config/default-file
`;

const INIT_HEADER = `# Settings of tmux-orc. Every line shows a key with its default: take the # away and change the value. A key below
# another needs the line of that one too. A change counts at once; what needs a restart is told in the log.
#
# tmux-orc config show --origin tells which value holds and why, tmux-orc config validate finds mistakes.
`;

/** Words that a YAML reader takes for something else than text. */
const SPECIAL = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

function scalar(value: unknown): string {
  if (typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_.-]*$/.test(value) && !SPECIAL.test(value)) return value;
  // A terminal that shows a file or a value takes no orders from it.
  return JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value on one line, in printable ASCII: YAML's flow style, of which JSON is a part. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return scalar(value);
  const entries = Object.entries(value).map(([key, item]) => `${scalar(key)}: ${flow(item)}`);
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

const indent = (depth: number): string => '  '.repeat(depth);

/** @param off how a line begins that is commented out; `profile` never is */
function lines(off: string): string[] {
  const defaults = configSchema.parse({});
  const text: string[] = [];
  let open: readonly string[] = [];
  for (const leaf of configLeaves()) {
    const keys = leaf.path.split('.');
    const blocks = keys.slice(0, -1);
    const shared = blocks.findIndex((key, depth) => key !== open[depth]);
    const from = shared === -1 ? blocks.length : shared;
    for (const [depth, key] of blocks.entries()) {
      if (depth < from) continue;
      if (depth === 0) text.push('');
      text.push(`${off}${indent(depth)}${key}:`);
    }
    open = blocks;
    const start = leaf.path === 'profile' ? '' : off;
    const value = flow(valueAt(defaults, leaf.path));
    text.push(`${start}${indent(blocks.length)}${keys.at(-1) ?? ''}: ${value}  # ${comment(leaf)}`);
  }
  return text;
}

/** What .tmux_orchestrator/config.yaml of this repository is. */
export function documentedDefaults(): string {
  return `${HEADER}\n${lines('').join('\n')}\n`;
}

/** What `config init` writes: the same, but nothing is set except the profile. */
export function startingFile(): string {
  return `${INIT_HEADER}\n${lines('# ').join('\n')}\n`;
}
