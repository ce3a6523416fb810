import { OrcError } from '../kernel/errors.js';

/** One thing in the config that is refused. It never holds a value. */
export interface Problem {
  /** What it stands in: a file as errors name it, `environment NAME` or `flag`. */
  readonly where: string;
  /** Dotted path of the key; empty when the file as a whole is meant. */
  readonly key: string;
  /** Line of a file that is not valid YAML, from 1. */
  readonly line?: number;
  /** What was expected, without the final dot. */
  readonly text: string;
  /** A key that only a trusted file may set like this. */
  readonly untrusted?: boolean;
}

const MAX_TOLD = 3;

/** One sentence: file, key, what was expected. */
export function describeProblem({ where, key, line, text }: Problem): string {
  const place = key === '' ? (line === undefined ? '' : ` line ${String(line)}:`) : ` ${key}:`;
  return `${where}:${place} ${text}${text.endsWith('?') ? '' : '.'}`;
}

function hint(problems: readonly Problem[]): string {
  if (problems.some((problem) => problem.untrusted === true))
    return 'A project file can only tighten settings. If you trust it: tmux-orc config trust. Your own file may set anything.';
  return `Correct ${problems[0]?.where ?? 'it'}. All keys with their meaning: tmux-orc config show.`;
}

/** The problems as structured facts. */
export function problemList(problems: readonly Problem[]): Record<string, unknown>[] {
  return problems.map(({ where, key, line, text }) => ({
    file: where,
    key,
    ...(line === undefined ? {} : { line }),
    problem: text,
  }));
}

/** The problems of a config as the one error that callers see. */
export function configInvalid(problems: readonly Problem[]): OrcError {
  const told = problems.slice(0, MAX_TOLD).map(describeProblem);
  if (problems.length > MAX_TOLD) told.push(`${String(problems.length - MAX_TOLD)} more.`);
  return new OrcError('CONFIG_INVALID', told.join(' '), {
    hint: hint(problems),
    details: {
      file: problems[0]?.where ?? '',
      key: problems[0]?.key ?? '',
      problems: problemList(problems),
    },
  });
}
