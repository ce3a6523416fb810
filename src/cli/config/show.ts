import { flow } from '../../config/documented.js';
import { valueAt } from '../../config/dotted.js';
import { type ConfigSources, resolveConfig, type ResolvedConfig } from '../../config/load.js';
import { describeProblem, problemList } from '../../config/problem.js';
import { OrcError } from '../../kernel/errors.js';
import { didYouMean, shown } from '../../kernel/text.js';
import type { Answer } from './answer.js';

/** Said beside the values: what is left out of them, and what else is not as it should be. */
function remarks({ problems, warnings }: ResolvedConfig): string | undefined {
  const lines = [...problems.map(describeProblem), ...warnings];
  if (problems.length > 0) lines.unshift('The config is refused. These are the values without what is refused:');
  return lines.length === 0 ? undefined : lines.join('\n');
}

/** The values that hold, all or those at and below a key. */
export async function showConfig(
  sources: ConfigSources,
  key: string | undefined,
  withOrigin: boolean,
): Promise<Answer> {
  const resolved = await resolveConfig(sources);
  const paths = [...resolved.origin.keys()];
  const wanted = key === undefined ? paths : paths.filter((path) => path === key || path.startsWith(`${key}.`));
  if (key !== undefined && wanted.length === 0) {
    throw new OrcError('INVALID_INPUT', `"${shown(key)}" is not a config key.${didYouMean(key, paths)}`, {
      hint: 'tmux-orc config show lists every key.',
    });
  }
  const settings = wanted.map((path) => ({
    key: path,
    value: valueAt(resolved.config, path),
    origin: resolved.origin.get(path) ?? 'default',
  }));
  const data = { settings, problems: problemList(resolved.problems), warnings: resolved.warnings };
  const note = remarks(resolved);
  const only = settings.length === 1 && !withOrigin ? settings[0] : undefined;
  const shape =
    only !== undefined && only.key === key
      ? { text: flow(only.value) }
      : {
          table: {
            columns: withOrigin ? ['KEY', 'VALUE', 'ORIGIN'] : ['KEY', 'VALUE'],
            rows: settings.map(({ key: path, value, origin }) =>
              withOrigin ? [path, flow(value), printable(origin)] : [path, flow(value)],
            ),
          },
        };
  return { data, view: { ...shape, ...(note === undefined ? {} : { note }) } };
}

/** A path as a terminal may see it. */
export function printable(path: string): string {
  return path.replaceAll(/\p{C}/gu, '?');
}
