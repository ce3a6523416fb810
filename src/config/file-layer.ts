import { readSettings } from './file-settings.js';
import type { Leaf } from './leaves.js';
import { rivalProblems } from './merge.js';
import { type Place, unfit } from './places.js';
import type { Problem } from './problem.js';
import { readConfigFile } from './read-file.js';
import type { Setting } from './values.js';

/** A config file that is there. */
export interface FileLayer {
  /** Empty when there is a problem: a file counts as a whole or not at all. */
  readonly settings: readonly Setting[];
  readonly problems: readonly Problem[];
  /** SHA-256 of its content; undefined when it could not be read. */
  readonly sha256: string | undefined;
}

/** Reads one config file. Never throws for what stands in it. */
export function readFileLayer(place: Place, leaves: readonly Leaf[]): FileLayer {
  const refused = (problem: Omit<Problem, 'where'>, sha256?: string): FileLayer => ({
    settings: [],
    problems: [{ where: place.label, ...problem }],
    sha256,
  });
  const reason = unfit(place);
  if (reason !== undefined) return refused({ key: '', text: `the file ${reason}` });
  let content;
  try {
    content = readConfigFile(place.path);
  } catch {
    return refused({ key: '', text: 'the file cannot be read' });
  }
  const { sha256, value, problem } = content;
  if (problem !== undefined) return refused({ key: '', ...problem }, sha256);
  const source = { where: place.label, origin: `${place.kind} ${place.path}` };
  const { settings, problems: refusals } = readSettings(value, leaves, source);
  const problems = [...refusals, ...rivalProblems(settings)];
  return { settings: problems.length === 0 ? settings : [], problems, sha256 };
}
