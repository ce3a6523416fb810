import type { Command } from 'commander';
import { inspectTmux, type Listing } from '../../app/inspect-tmux.js';
import { inScope } from '../../app/in-scope.js';
import { configLeaves } from '../../config/leaves.js';
import { type ConfigSources, loadConfig } from '../../config/load.js';
import { readBashLine } from './bash-line.js';
import type { Candidate } from './candidate.js';
import { type Answer, candidatesAt, findPosition, type Given } from './candidates.js';
import { liveNames } from './live-names.js';

/** Nobody waits longer for a TAB. */
const TMUX_MS = 1000;

const configKeys = (): Candidate[] =>
  configLeaves().map(({ path, description }) => ({ value: `${path}=`, description }));

/** Starts no tmux server; what scope hides is not offered. */
async function ask(sources: ConfigSources): Promise<Listing> {
  const { config } = await loadConfig(sources);
  const { listing, socketPath } = inspectTmux(config, sources.env);
  return inScope(config, sources.env, socketPath, await listing(TMUX_MS));
}

function instructions({ paths, open }: Answer): string[] {
  return [...(paths === undefined ? [] : [`:${paths}`]), ...(open === true ? [':open'] : [])];
}

export interface Question {
  readonly program: Command;
  /** After the first `--`: the words up to the cursor, the current one last; for bash its line and its piece. */
  readonly words: readonly string[];
  readonly bash: boolean;
  /** Config sources with the global options of the line that is completed. */
  readonly sources: (given: Given) => ConfigSources;
}

/**
 * The lines of `__complete`: candidates with their description behind a TAB, and instructions behind a ":". Which
 * candidates fit to the current word is left to the shell; for bash, which leaves it to us, they are replacements of
 * its piece, quoted, and have no description.
 */
export async function answer({ program, words, bash, sources }: Question): Promise<string[]> {
  const line = bash ? readBashLine(words[0] ?? '', words[1] ?? '') : undefined;
  if (bash && line === undefined) return [];
  const before = line?.before ?? words.slice(0, -1);
  const current = line?.current ?? words.at(-1) ?? '';
  const position = findPosition(program, before, current);
  const found = await candidatesAt(program, position, current, {
    live: async (kind, typed) => liveNames(await ask(sources(position.given)), kind, typed),
    configKeys,
  });
  const candidates = found.candidates.flatMap(({ value, description }) =>
    line === undefined ? [description === '' ? value : `${value}\t${description}`] : (line.replacement(value) ?? []),
  );
  return [...instructions(found), ...candidates];
}
