import { configLeaves } from './leaves.js';
import { chosenProfile, conflicts, merge } from './merge.js';
import type { Problem } from './problem.js';
import { providerProblems } from './provider-problems.js';

/** What is wrong with a file if it were the user's own config. */
export async function checkFile(path: string, label: string): Promise<readonly Problem[]> {
  const { readFileLayer } = await import('./file-layer.js');
  const leaves = configLeaves();
  // A file that is only looked at may belong to anyone, as a project file may.
  const { settings, problems } = readFileLayer({ kind: 'project', path, label }, leaves);
  const { config } = merge(leaves, chosenProfile(settings), settings);
  return [...problems, ...conflicts(config, settings), ...(await providerProblems(config, settings))];
}
