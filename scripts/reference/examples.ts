import type { z } from 'zod';
import { parametersOf } from '../../src/cli/parameters.js';
import type { Operation } from '../../src/operations/define-operation.js';
import { type Schema, schemaOf } from './schema-text.js';

type Args = Readonly<Record<string, unknown>>;

/** What an example shows beyond the required parameters. A tool that is not here gets an example all the same. */
const SHOWN: Readonly<Record<string, Args>> = {
  list_sessions: { detail: 'panes' },
  create_session: { name: 'work', command: ['npm', 'run', 'dev'] },
  create_window: { session: 'work', name: 'logs', command: ['tail', '-f', 'app.log'] },
  rename_window: { window: 'work:0', new_name: 'editor' },
  split_pane: { target: 'work', direction: 'right', size_percent: 40 },
  kill_pane: { target: '%3' },
  capture_pane: { target: 'work', lines: 20 },
  send_keys: { target: 'work', text: 'git status', keys: ['Enter'] },
  run_command: { target: 'work', command: 'npm test', timeout_seconds: 55 },
  get_job: { timeout_seconds: 55 },
  wait_for_output: { target: 'work', pattern: 'ready', timeout_seconds: 55 },
  search_panes: { query: 'error' },
};

/** Values by the name of the parameter. */
const SAMPLES: Args = {
  target: 'work',
  session: 'work',
  window: 'work:0',
  pane: '%3',
  name: 'api',
  new_name: 'api',
  command: 'npm test',
  cwd: '/home/me/project',
  query: 'error',
  pattern: 'ready',
  job_id: '0123456789abcdef',
  agent: 'api-dev',
  agents: ['api-dev'],
  team: 'shop',
  role: 'developer',
  message: 'Run the tests and tell me what fails.',
  task: 'Add a health check to the server.',
  title: 'Add a health check',
  choice: 'Yes',
};

function byType(schema: Schema): unknown {
  if (schema.enum !== undefined) return schema.enum[0];
  const choice = (schema.anyOf ?? schema.oneOf)?.[0];
  if (choice !== undefined) return byType(choice);
  switch ([schema.type].flat()[0]) {
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1);
    case 'boolean':
      return true;
    case 'array':
      return [byType(schema.items ?? {})];
    case 'object':
      return {};
    default:
      return 'example';
  }
}

/** The schema of one parameter, if there is such a one. */
export const parameterOf = (operation: Operation, name: string): z.ZodType | undefined =>
  operation.input.shape[name] as z.ZodType | undefined;

/** Arguments that the operation takes, or undefined when none could be made up. */
export function exampleOf(operation: Operation): Args | undefined {
  const { properties = {}, required = [] } = schemaOf(operation.input, 'input');
  const derived = Object.fromEntries(
    required.map((name) => {
      const sample = SAMPLES[name];
      const fits = sample !== undefined && parameterOf(operation, name)?.safeParse(sample).success === true;
      return [name, fits ? sample : byType(properties[name] ?? {})];
    }),
  );
  return [{ ...derived, ...SHOWN[operation.name] }, derived].find((args) => operation.input.safeParse(args).success);
}

/** The same call as words of a command line. */
export function commandLine(operation: Operation, args: Args): string[] {
  const parameters = parametersOf(operation.input);
  const { path, positional } = operation.cli;
  const words = positional.flatMap((name) => [args[name] ?? []].flat().map(String));
  const flags = parameters
    .filter(({ name }) => !positional.includes(name) && args[name] !== undefined)
    .filter(({ name, kind }) => !(name === 'command' && kind === 'list'))
    .flatMap(({ name, flag, kind, defaultValue }) => {
      const given = args[name];
      if (kind === 'switch') return given === (defaultValue !== true) ? [`--${flag}`] : [];
      if (kind === 'map') return Object.entries(given as Args).flatMap(([key, item]) => [`--${flag}`, `${key}=${String(item)}`]); // prettier-ignore
      return [given].flat().flatMap((item) => [`--${flag}`, String(item)]);
    });
  const argv =
    Array.isArray(args.command) && !positional.includes('command') ? ['--', ...args.command.map(String)] : [];
  return ['tmux-orc', ...path.join(' ').split(' '), ...words, ...flags, ...argv];
}

/** A word as a POSIX shell reads it back. */
export const quoted = (word: string): string =>
  /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
