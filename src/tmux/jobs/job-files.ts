import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { lstat, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder } from '../../config/private-files.js';
import { OrcError } from '../../kernel/errors.js';
import { parsePaneId, type PaneId } from '../../kernel/ids.js';
import { JOB_ID, type JobId, type JobReport } from './job.js';
import { probeScript, runScript, type ScriptPaths, type ShellKind } from './shell.js';

/** What any of our processes needs to know of a job that another one started. */
export interface JobMeta {
  readonly pane: PaneId;
  readonly serverPid: number;
  readonly panePid: number;
  readonly shellPid: number;
  readonly shellName: string;
  readonly kind: ShellKind;
  /** Row of the prompt, counted from the oldest one in the history. */
  readonly row: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

const KEPT_MS = 24 * 60 * 60 * 1000;
const MAX_EXIT_BYTES = 16;
/** Files that hold the id of a pane's last job. */
const LAST = /^last-[0-9]+-[0-9]+$/;

/**
 * Files of jobs, one folder each, below our state folder (0700, files 0600): the command, the script that is sourced,
 * the exit code that the shell writes itself, and the result. They outlive our process, so any other can answer.
 */
export interface JobFiles {
  readonly create: (command: string, meta: JobMeta) => Promise<{ readonly id: JobId; readonly script: string }>;
  /** Writes the script that is sourced after an interrupt. @returns its path */
  readonly probe: (id: JobId, kind: ShellKind) => string;
  readonly meta: (id: JobId) => Promise<JobMeta | undefined>;
  /** The shell has begun with its script. */
  readonly started: (id: JobId) => boolean;
  /** undefined until the shell has written it. */
  readonly exitCode: (id: JobId) => Promise<number | undefined>;
  readonly saveResult: (report: JobReport) => Promise<void>;
  readonly result: (id: JobId) => Promise<JobReport | undefined>;
  /** Notes that this job was the last one that was typed into its pane. */
  readonly keepLast: (id: JobId, meta: JobMeta) => Promise<void>;
  /** The last one of a pane, whatever has run in it. */
  readonly last: (pane: PaneId, serverPid: number) => Promise<JobId | undefined>;
  readonly exists: (id: JobId) => Promise<boolean>;
  readonly remove: (id: JobId) => Promise<void>;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Whole or not at all, for readers in other processes. */
async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(partial, text, { mode: 0o600, flag: 'wx' });
  await rename(partial, path);
}

async function prune(folder: string): Promise<void> {
  const oldest = Date.now() - KEPT_MS;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const info = JOB_ID.test(name) || LAST.test(name) ? await lstat(path).catch(() => undefined) : undefined;
    if (info !== undefined && info.mtimeMs < oldest) await rm(path, { recursive: true, force: true });
  }
}

/** @param root the state folder, which `folder` lies in */
export function createJobFiles(folder: string, root: string = folder): JobFiles {
  let ready: Promise<void> | undefined;
  const prepare = async (): Promise<void> => {
    makePrivateFolder(root, folder);
    await prune(folder);
  };
  const at = (id: JobId, name: string): string => {
    if (!JOB_ID.test(id)) throw new OrcError('NOT_FOUND', 'No such job.', { hint: 'job_id is what run_command gave.' });
    return join(folder, id, name);
  };
  const lastAt = (pane: PaneId, serverPid: number): string =>
    join(folder, `last-${String(serverPid)}-${pane.slice(1)}`);
  const pathsOf = (id: JobId): ScriptPaths => ({ command: at(id, 'c'), start: at(id, 's'), exit: at(id, 'x') });
  const write = (id: JobId, name: string, text: string, flag = 'wx'): void => {
    writeFileSync(at(id, name), text, { mode: 0o600, flag });
  };

  const create: JobFiles['create'] = async (command, meta) => {
    const { kind } = meta;
    await (ready ??= prepare().catch((error: unknown) => {
      ready = undefined;
      throw error;
    }));
    const id = randomBytes(8).toString('hex');
    mkdirSync(join(folder, id), { mode: 0o700 });
    // A few small files: a thread for each would cost more than the writing.
    write(id, 'c', command.endsWith('\n') ? command : `${command}\n`);
    write(id, 'r', runScript(kind, id, pathsOf(id)));
    write(id, 'meta', JSON.stringify(meta));
    return { id, script: at(id, 'r') };
  };

  return {
    create,
    probe: (id, kind) => {
      // A second cancel finds the same text there.
      write(id, 'p', probeScript(kind, id, pathsOf(id)), 'w');
      return at(id, 'p');
    },
    meta: async (id) => {
      const meta = (await readJson(at(id, 'meta'))) as JobMeta | undefined;
      return meta === undefined || parsePaneId(meta.pane) === undefined ? undefined : meta;
    },
    started: (id) => existsSync(at(id, 's')),
    exitCode: async (id) => {
      const text = await readFile(at(id, 'x'), 'latin1').catch(() => '');
      return text.length < MAX_EXIT_BYTES && /^[0-9]{1,3}$/.test(text) ? Number(text) : undefined;
    },
    saveResult: (report) => writeWhole(at(report.id, 'result'), JSON.stringify(report)),
    result: async (id) => (await readJson(at(id, 'result'))) as JobReport | undefined,
    keepLast: (id, { pane, serverPid }) => writeWhole(lastAt(pane, serverPid), id),
    last: async (pane, serverPid) => {
      const id = await readFile(lastAt(pane, serverPid), 'latin1').catch(() => '');
      return JOB_ID.test(id) ? id : undefined;
    },
    exists: async (id) =>
      JOB_ID.test(id) && (await lstat(join(folder, id)).catch(() => undefined))?.isDirectory() === true,
    remove: (id) => rm(join(folder, id), { recursive: true, force: true }),
  };
}
