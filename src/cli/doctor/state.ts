import { randomBytes } from 'node:crypto';
import { access, constants, lstat, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { stateFolder } from '../../config/folders.js';
import { foreign } from '../../config/private-files.js';
import { shellWord } from '../../kernel/text.js';
import { fail, type Finding, octal, pass, warn } from './finding.js';

const HOME = 'home';
const STATE = 'state folder';

const LITTLE_SPACE_BYTES = 100 * 1024 * 1024;
const NO_SPACE_BYTES = 1024 * 1024;

function homeOf(env: NodeJS.ProcessEnv): string | undefined {
  try {
    return env.HOME ?? homedir();
  } catch {
    // No HOME, and no entry for this user in the list of users.
    return undefined;
  }
}

export async function checkHome(env: NodeJS.ProcessEnv): Promise<Finding> {
  const home = homeOf(env);
  if (env.HOME === undefined && home !== undefined)
    return warn(HOME, `HOME is not set; ${home} is taken from the list of users`, 'Set HOME; a desktop host has to pass it on.'); // prettier-ignore
  if (home === undefined)
    return fail(HOME, 'HOME is not set, and the list of users has none', 'Set HOME to your folder.');
  const found = isAbsolute(home) && (await stat(home).catch(() => undefined))?.isDirectory() === true;
  return found ? pass(HOME, home) : fail(HOME, 'HOME names no folder', 'Set HOME to the full path of your folder.');
}

async function freeBytes(folder: string): Promise<number | undefined> {
  const free = await statfs(folder).catch(() => undefined);
  return free === undefined ? undefined : free.bavail * free.bsize;
}

function size(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  return gib >= 10 ? `${String(Math.round(gib))} GiB` : gib >= 1 ? `${gib.toFixed(1)} GiB` : `${String(Math.floor(bytes / 1024 ** 2))} MiB`; // prettier-ignore
}

async function checkSpace(folder: string, shown: string): Promise<Finding> {
  const free = await freeBytes(folder);
  if (free === undefined) return pass(STATE, shown);
  const found = `${shown}, ${size(free)} free`;
  const advice = 'Free some space on that file system, or set XDG_STATE_HOME to another one.';
  if (free < NO_SPACE_BYTES) return fail(STATE, found, advice);
  return free < LITTLE_SPACE_BYTES ? warn(STATE, found, advice) : pass(STATE, found);
}

/** The folder, or the nearest one above it that exists. */
async function nearest(path: string): Promise<string> {
  const parent = dirname(path);
  return parent === path || (await lstat(path).catch(() => undefined)) !== undefined ? path : nearest(parent);
}

async function checkMissing(folder: string): Promise<Finding> {
  const above = await nearest(folder);
  const isFolder = (await stat(above).catch(() => undefined))?.isDirectory() === true;
  const usable = isFolder && (await access(above, constants.W_OK | constants.X_OK).then(() => true, () => false)); // prettier-ignore
  return usable
    ? checkSpace(above, `${folder}, made when it is needed`)
    : fail(STATE, `${folder} cannot be made: ${above} ${isFolder ? 'is not writable' : 'is no folder'}`, 'Make it writable for you, or set XDG_STATE_HOME to a folder of yours.'); // prettier-ignore
}

/** Writing is tried: rights do not tell of quotas, full disks and read-only mounts. */
async function isWritable(folder: string): Promise<boolean> {
  const probe = join(folder, `.doctor-${randomBytes(8).toString('hex')}`);
  try {
    await writeFile(probe, 'probe', { mode: 0o600, flag: 'wx' });
    return true;
  } catch {
    return false;
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

async function checkExisting(folder: string): Promise<Finding> {
  const stats = await lstat(folder);
  const mode = stats.mode & 0o777;
  const close = `Close the folder: chmod 700 ${shellWord(folder)}`;
  const reason = foreign(stats, 'folder');
  if (reason === 'link')
    return fail(STATE, `${folder} is a symbolic link`, 'Put a real folder there, or set XDG_STATE_HOME to where the files should be.'); // prettier-ignore
  if (reason === 'other kind') return fail(STATE, `${folder} is no folder`, `Move that file away: mv ${shellWord(folder)} ${shellWord(`${folder}.old`)}`); // prettier-ignore
  if (reason === 'other owner')
    return fail(STATE, `${folder} belongs to another user`, 'Set XDG_STATE_HOME to a folder of yours.');
  // Root may write where its mode forbids it; the mode is wrong all the same.
  if ((mode & 0o700) !== 0o700) return fail(STATE, `${folder} has mode ${octal(mode)}: not writable`, `Open it for you: chmod 700 ${shellWord(folder)}`); // prettier-ignore
  if (!(await isWritable(folder)))
    return fail(STATE, `${folder} cannot be written to`, 'Check its file system for space and rights, or set XDG_STATE_HOME to another folder.'); // prettier-ignore
  if ((mode & 0o022) !== 0) return fail(STATE, `${folder} has mode ${octal(mode)}: others may write to it`, close);
  if (mode !== 0o700) return warn(STATE, `${folder} has mode ${octal(mode)}: others may read it`, close);
  return checkSpace(folder, folder);
}

/** Where everything that changes is kept. Nothing stays behind but what was there. */
export async function checkState(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const given = env.XDG_STATE_HOME;
  // Without either the place would depend on the folder that we stand in.
  if (!isAbsolute(homeOf(env) ?? '') && !isAbsolute(given ?? ''))
    return [fail(STATE, 'has no place without a home folder', 'Set HOME, or set XDG_STATE_HOME to a folder of yours.')];
  const folder = stateFolder(env);
  const there = (await lstat(folder).catch(() => undefined)) !== undefined;
  const findings = [await (there ? checkExisting(folder) : checkMissing(folder))];
  if (given !== undefined && given !== '' && !isAbsolute(given))
    findings.push(warn(STATE, 'XDG_STATE_HOME is no full path, so it is not used', 'Set it to a full path, or unset it.')); // prettier-ignore
  return findings;
}
