import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { trustFile, userConfigFile } from '../../../src/config/folders.js';
import type { ConfigSources } from '../../../src/config/load.js';
import { addTrust } from '../../../src/config/trust.js';
import { OrcError } from '../../../src/kernel/errors.js';

/** A home and a project folder of one test file. */
export interface Project {
  readonly root: string;
  readonly cwd: string;
  readonly userFile: string;
  readonly projectFile: string;
  readonly sources: (more?: {
    readonly env?: Readonly<Record<string, string>>;
    readonly flags?: Readonly<Record<string, string>>;
    readonly cwd?: string;
  }) => ConfigSources;
  readonly write: (path: string, text: string | Uint8Array) => void;
  /** Trusts the project file as it is. */
  readonly trust: () => void;
  /** Takes all files away. */
  readonly clear: () => void;
  readonly close: () => void;
}

export function createProject(): Project {
  const runFolder = process.env.TMUX_TMPDIR;
  if (runFolder === undefined) throw new Error('the global set-up did not run');
  const root = realpathSync(mkdtempSync(join(runFolder, 'c-')));
  const env = { HOME: join(root, 'home'), XDG_STATE_HOME: join(root, 'state'), XDG_CONFIG_HOME: join(root, 'config') };
  const cwd = join(root, 'project');
  mkdirSync(env.HOME);
  mkdirSync(cwd);
  const userFile = userConfigFile(env);
  const projectFile = join(cwd, '.tmux_orchestrator', 'config.yaml');
  return {
    ...{ root, cwd, userFile, projectFile },
    sources: (more = {}) => ({ env: { ...env, ...more.env }, flags: more.flags ?? {}, cwd: more.cwd ?? cwd }),
    write: (path, text) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    },
    trust: () => {
      const sha256 = createHash('sha256').update(readFileSync(projectFile)).digest('hex');
      addTrust(env, realpathSync(projectFile), sha256, new Date(0));
    },
    clear: () => {
      for (const path of [userFile, projectFile, trustFile(env)])
        rmSync(dirname(path), { recursive: true, force: true });
    },
    close: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Runs what has to be refused, and returns its error. */
export async function refusal(work: Promise<unknown>): Promise<OrcError> {
  const outcome = await work.then(
    () => 'success',
    (error: unknown) => error,
  );
  if (outcome instanceof OrcError) return outcome;
  throw new Error(`expected an OrcError, got ${String(outcome)}`);
}
