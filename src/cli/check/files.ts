import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { stateFolder, worktreesFolder } from '../../config/folders.js';
import type { FileReport, ResolvedConfig } from '../../config/load.js';
import { foreign } from '../../config/private-files.js';
import { findBinary } from '../../exec/find-binary.js';
import { shellWord } from '../../kernel/text.js';
import { fail, type Finding, octal, pass, warn } from '../doctor/finding.js';

const OTHERS = 0o077;
const GROUP_WRITES = 0o020;
const ALL_WRITE = 0o002;
const STICKY = 0o1000;
const MAX_FILES = 20_000;
const MAX_TOLD = 3;

const statOf = (path: string): Promise<Stats | undefined> => lstat(path).catch(() => undefined);

/** Everything below a folder, and the folder itself. Links are not followed. @param isClosed what is not looked into */
async function below(folder: string, isClosed: (path: string) => boolean): Promise<string[]> {
  const found = [folder];
  for (let at = 0; at < found.length && found.length < MAX_FILES; at++) {
    if (isClosed(found[at] ?? '')) continue;
    const entries: Dirent[] = await readdir(found[at] ?? '', { withFileTypes: true }).catch(() => []);
    for (const { name } of entries) found.push(join(found[at] ?? '', name));
  }
  return found;
}

async function isOpen(path: string): Promise<boolean> {
  const stats = await statOf(path);
  if (stats === undefined) return false;
  return foreign(stats, stats.isDirectory() ? 'folder' : 'file') !== undefined || (stats.mode & OTHERS) !== 0;
}

/** State is for its user alone: keys, records and what jobs print. */
export async function checkStateFiles(env: NodeJS.ProcessEnv, { security }: Config): Promise<Finding> {
  const folder = stateFolder(env);
  if ((await statOf(folder)) === undefined) return pass('state files', 'none yet');
  const { key_file: key } = security.audit;
  const worktrees = worktreesFolder(env);
  // What is in a worktree is as its repository wants it, and only the folder's own mode lets anybody in.
  const isWorktree = (path: string): boolean => dirname(dirname(path)) === worktrees;
  const paths = [...(await below(folder, isWorktree)), ...(key === null ? [] : [key])];
  const open: string[] = [];
  for (const path of paths) if (await isOpen(path)) open.push(path);
  if (open.length === 0) return pass('state files', `${String(paths.length)} files and folders, for you alone`);
  const more = open.length > MAX_TOLD ? ` and ${String(open.length - MAX_TOLD)} more` : '';
  return fail('state files', `others can use, or own, ${open.slice(0, MAX_TOLD).join(', ')}${more}`, `Close them: chmod -R go-rwx ${shellWord(folder)}; look at what is a link or another user's.`); // prettier-ignore
}

async function checkConfigFile({ kind, path, label }: FileReport): Promise<Finding | undefined> {
  const check = `${kind} config`;
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  const own = process.getuid?.();
  if (stats.uid !== own && stats.uid !== 0) return fail(check, `${label} belongs to another user`, 'Replace it by a file of your own.'); // prettier-ignore
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (((stats.mode | (folder?.mode ?? 0)) & ALL_WRITE) !== 0)
    return fail(check, `every user can change ${label} (mode ${octal(stats.mode)}) or its folder`, `Close both: chmod go-w ${shellWord(path)} ${shellWord(dirname(path))}`); // prettier-ignore
  return (stats.mode & GROUP_WRITES) === 0
    ? pass(check, `${label}, mode ${octal(stats.mode)}`)
    : warn(
        check,
        `your group can change ${label} (mode ${octal(stats.mode)})`,
        `Close it: chmod g-w ${shellWord(path)}`,
      );
}

/** Who may change the settings, and which of their files are trusted. */
export async function checkConfigFiles({ files }: ResolvedConfig): Promise<Finding[]> {
  const there = files.filter(({ exists }) => exists);
  const found = (await Promise.all(there.map(checkConfigFile))).filter((finding) => finding !== undefined);
  const trusted = there.filter(({ trusted: given }) => given === true);
  const trust = trusted.map(({ label }) => warn('config trust', `${label} is trusted: it sets whatever it says`, 'If you do not know why: tmux-orc config trust --revoke')); // prettier-ignore
  return found.length === 0 ? [pass('config files', 'none')] : [...found, ...trust];
}

/** Where alerts go; what runs then must not be changed by others. */
export async function checkAlerts(env: NodeJS.ProcessEnv, { security: { alerts } }: Config): Promise<Finding> {
  const { webhook_url: url, command: argv, min_class: grave } = alerts;
  const [program] = argv ?? [];
  if (program === undefined)
    return url === null
      ? warn('alerts', 'only the log gets them', 'Name a webhook or a program: security.alerts, docs/guides/alerts.md.')
      : pass('alerts', `from ${grave} on, to a webhook`);
  const file = findBinary(program, env.PATH);
  if (file === undefined) return fail('alerts', 'the program of security.alerts.command is not there', 'Give its full path.'); // prettier-ignore
  const [own, folder] = await Promise.all([stat(file), stat(dirname(file))]);
  const open = (own.mode & ALL_WRITE) !== 0 || ((folder.mode & ALL_WRITE) !== 0 && (folder.mode & STICKY) === 0);
  if (open) return fail('alerts', `every user can change ${file} or its folder`, `Close both: chmod go-w ${shellWord(file)} ${shellWord(dirname(file))}`); // prettier-ignore
  return (own.mode & GROUP_WRITES) === 0
    ? pass('alerts', `from ${grave} on, to ${file}${url === null ? '' : ' and a webhook'}`)
    : warn('alerts', `your group can change ${file}`, `Close it: chmod g-w ${shellWord(file)}`);
}
