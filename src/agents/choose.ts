import { statSync } from 'node:fs';
import { findBinary } from '../exec/find-binary.js';
import { runProcess } from '../exec/run-process.js';
import { OrcError } from '../kernel/errors.js';
import type { Providers } from '../providers/index.js';
import { type Provider, versionIn } from '../providers/provider.js';

const VERSION_MS = 10_000;
const MAX_BYTES = 65_536;

/** A provider whose program was found. */
export interface Installed {
  readonly provider: Provider;
  /** Absolute path of its program. */
  readonly program: string;
}

const SHELLS = ['/bin/bash', '/bin/zsh', '/bin/sh'];

function programOf({ command }: Provider, env: NodeJS.ProcessEnv): string | undefined {
  if (command !== undefined) return findBinary(command, env.PATH);
  return [env.SHELL ?? '', ...SHELLS].find((path) => path !== '' && findBinary(path, env.PATH) !== undefined);
}

/**
 * @param id of a provider; `auto` is the first that is installed, the shell last
 * @throws OrcError INVALID_INPUT, NOT_FOUND
 */
export function chooseProvider({ all, byId }: Providers, id: string, env: NodeJS.ProcessEnv): Installed {
  const known = id === 'auto' ? undefined : byId(id);
  if (id !== 'auto' && known === undefined)
    throw new OrcError('INVALID_INPUT', 'provider: there is no provider of this id.', {
      hint: `There are ${all.map((provider) => provider.id).join(', ')}.`,
    });
  for (const provider of known === undefined ? all : [known]) {
    const program = programOf(provider, env);
    if (program !== undefined) return { provider, program };
  }
  throw new OrcError('NOT_FOUND', `The program of provider ${id} is not there.`, {
    hint: 'Install it on PATH, or choose another provider; "shell" is always there.',
  });
}

/** What was said by a program that is still the same file. */
const versions = new Map<string, string>();

function fileKey(program: string, args: readonly string[]): string {
  const { mtimeMs, size } = statSync(program);
  return [program, mtimeMs, size, ...args].join('\0');
}

/** What a CLI says of its version; undefined when it says nothing in time, or no pack of it needs to know. */
export async function versionOf(
  { provider, program }: Installed,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (provider.packs.every(({ versions }) => versions === undefined)) return undefined;
  const args = [...(provider.leadingArgs ?? []), '--version'];
  const key = fileKey(program, args);
  const known = versions.get(key);
  if (known !== undefined) return known;
  const { PATH, HOME, LANG } = env;
  const own = Object.fromEntries(Object.entries({ PATH, HOME, LANG }).filter(([, value]) => value !== undefined));
  const options = { env: own as Record<string, string>, timeoutMs: VERSION_MS, maxBytes: MAX_BYTES, signal };
  const { outcome, stdout, stderr } = await runProcess(program, args, options);
  const said = outcome === 'exited' ? versionIn(`${stdout.toString('utf8')}\n${stderr}`) : undefined;
  if (said !== undefined) versions.set(key, said);
  return said;
}
