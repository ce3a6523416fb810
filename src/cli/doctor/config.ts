import type { FileReport, ResolvedConfig } from '../../config/load.js';
import { configInvalid, describeProblem } from '../../config/problem.js';
import { fail, type Finding, pass, warn } from './finding.js';

const CHECK = 'config';

function fileText({ kind, path, trusted }: FileReport): string {
  return `${kind} file ${path}${trusted === false ? ' (not trusted, so it can only tighten)' : ''}`;
}

function summary({ config, origin, files }: ResolvedConfig): string {
  const changed = [...origin.values()].filter((from) => from !== 'default' && !from.startsWith('profile ')).length;
  const settings = changed === 0 ? 'no setting changed' : `${String(changed)} ${changed === 1 ? 'setting' : 'settings'} changed`; // prettier-ignore
  const read = files.filter(({ exists }) => exists).map(fileText);
  return [`profile ${config.profile}`, settings, ...read].join(', ');
}

/** Whether the config holds; each problem and each warning is a line of its own. */
export function checkConfig(config: ResolvedConfig): Finding[] {
  const problems = config.problems.map((problem) =>
    fail(CHECK, describeProblem(problem).replace(/\.$/, ''), configInvalid([problem]).hint ?? 'Correct it.'),
  );
  const warnings = config.warnings.map((warning) =>
    warning.startsWith('environment')
      ? warn(CHECK, warning, 'Correct the name of the variable, or unset it: it has no effect.')
      : warn(CHECK, warning.replace(/\.$/, ''), 'See what holds: tmux-orc config path'),
  );
  return [...(problems.length === 0 ? [pass(CHECK, summary(config))] : problems), ...warnings];
}
