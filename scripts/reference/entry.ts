// The pages of docs/reference, from the definitions. Bundled and run by scripts/generate-reference.mjs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { main } from '../../src/cli/main.js';
import { configLeaves } from '../../src/config/leaves.js';
import { operations } from '../../src/operations/index.js';
import { cliPage } from './cli-page.js';
import { configPage } from './config-page.js';
import { envExample } from './env-example.js';
import { environmentPage } from './environment-page.js';
import { errorsPage } from './errors-page.js';
import { givenCodes, readVariables, shortNames, sources } from './sources.js';
import { toolsPage } from './tools-page.js';

/** The commands as the program itself builds them, caught just before one would run. */
async function program(): Promise<Command> {
  const caught: Command[] = [];
  await main(['session', 'list'], (built) => {
    caught.push(built);
    return Promise.resolve();
  });
  const [command] = caught;
  if (command === undefined) throw new Error('src/cli/main.ts ended before it handed its commands to parse');
  return command;
}

/**
 * What is generated outside of docs/reference, by its place in the repository.
 * @param root the repository.
 */
export function rootFiles(root: string): Record<string, string> {
  const paths = configLeaves().map(({ path }) => path);
  return { '.env.example': envExample(shortNames(sources(root), paths)) };
}

/**
 * Every page by its file name.
 * @param root the repository.
 */
export async function pages(root: string): Promise<Record<string, string>> {
  const files = sources(root);
  const given = givenCodes(files);
  const short = shortNames(
    files,
    configLeaves().map(({ path }) => path),
  );
  const guide = existsSync(join(root, 'docs', 'guides', 'configuration.md')) ? '../guides/configuration.md' : undefined;
  return {
    // What only the command line or the settings refuse, no tool gives.
    'tools.md': toolsPage(operations, givenCodes(files.filter(({ path }) => !/^src.(?:cli|config)./.test(path)))),
    'cli.md': cliPage(await program(), operations),
    'config.md': configPage(short, guide),
    'errors.md': errorsPage(given),
    'environment.md': environmentPage(readVariables(files), short),
  };
}
