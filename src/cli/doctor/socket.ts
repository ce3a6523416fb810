import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TmuxInspector } from '../../app/inspect-tmux.js';
import { shellWord } from '../../kernel/text.js';
import { insideOf } from '../attach.js';
import { fail, type Finding, octal, pass, warn } from './finding.js';
import { listenerOf } from './listener.js';
import type { Surroundings } from './surroundings.js';

/** Longest path of a socket (unix(7), sun_path), with its final NUL; macOS allows four bytes less. */
const MAX_SOCKET_PATH_BYTES = process.platform === 'darwin' ? 104 : 108;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

const exists = async (path: string): Promise<Stats | undefined> => lstat(path).catch(() => undefined);
const isNamed = (tmux: TmuxInspector): boolean => tmux.flags[0] === '-L';
const isOurs = (stats: Stats): boolean => stats.uid === process.getuid?.();

/** tmux refuses its own folder when others may do anything in it (tmux.c, make_label). */
async function checkFolder(tmux: TmuxInspector): Promise<Finding | undefined> {
  const folder = dirname(tmux.socketPath);
  const stats = await exists(folder);
  if (stats === undefined) return undefined;
  const mode = stats.mode & 0o7777;
  if (!isNamed(tmux)) {
    const open = (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;
    return open
      ? warn('socket', `everybody may replace files in ${folder} (mode ${octal(mode)})`, `Close the folder: chmod o-w ${shellWord(folder)}`) // prettier-ignore
      : undefined;
  }
  if (!stats.isDirectory())
    return fail(
      'socket',
      `${folder} is no folder`,
      `Move it away; tmux makes the folder itself: mv ${shellWord(folder)} ${shellWord(`${folder}.old`)}`,
    );
  if (!isOurs(stats))
    return fail('socket', `${folder} belongs to another user`, 'Set TMUX_TMPDIR to a folder of your own.');
  if ((mode & 0o007) !== 0)
    return fail('socket', `${folder} has mode ${octal(mode)}; tmux refuses it`, `Close the folder: chmod 700 ${shellWord(folder)}`); // prettier-ignore
  return mode === 0o700
    ? undefined
    : warn('socket', `${folder} has mode ${octal(mode)}, not 0700`, `Close the folder: chmod 700 ${shellWord(folder)}`);
}

async function checkMissing(path: string): Promise<Finding> {
  const lost = await listenerOf(path);
  return lost === undefined
    ? pass('socket', `${path}, not there yet`)
    : fail('socket', `${path} was removed, but its server still runs as process ${String(lost.pid)}`, `Let it make the socket anew: kill -USR1 ${String(lost.pid)}`); // prettier-ignore
}

async function checkFile(path: string): Promise<Finding> {
  if (Buffer.byteLength(path) >= MAX_SOCKET_PATH_BYTES)
    return fail('socket', `${path} is too long for a socket`, 'Set TMUX_TMPDIR or tmux.socket_path to a shorter path.');
  const stats = await exists(path);
  if (stats === undefined) return checkMissing(path);
  if (!stats.isSocket() && !stats.isSymbolicLink())
    return fail('socket', `${path} is no socket`, `Move that file away, or choose another name with --socket-name: mv ${shellWord(path)} ${shellWord(`${path}.old`)}`); // prettier-ignore
  if (!isOurs(stats))
    return fail('socket', `${path} belongs to another user`, 'Choose a server of your own with --socket-name or --socket-path.'); // prettier-ignore
  if (stats.isSocket() && (stats.mode & OTHERS_WRITE) !== 0)
    return warn('socket', `everybody may connect to ${path}, and so run programs as you`, `Close it: chmod o-rwx ${shellWord(path)}`); // prettier-ignore
  return pass('socket', path);
}

/** tmux takes /tmp when this folder is missing; tmux-orc would look for the socket in another place than tmux. */
async function checkTmpdir(folder: string | undefined): Promise<Finding | undefined> {
  if (folder === undefined || (await exists(folder)) !== undefined) return undefined;
  return fail(
    'socket',
    'TMUX_TMPDIR names a folder that does not exist',
    folder === ''
      ? 'Unset it: unset TMUX_TMPDIR'
      : `Make the folder, or unset TMUX_TMPDIR: mkdir -m 700 ${shellWord(folder)}`,
  );
}

export async function checkSocket(tmux: TmuxInspector, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const tmpdir = isNamed(tmux) ? await checkTmpdir(env.TMUX_TMPDIR) : undefined;
  if (tmpdir !== undefined) return [tmpdir];
  const folder = await checkFolder(tmux);
  const file = await checkFile(tmux.socketPath);
  // What is wrong with the folder says more than that the socket itself is well.
  return folder === undefined ? [file] : file.verdict === 'pass' ? [folder] : [folder, file];
}

/** Whether we run inside tmux, and which server is talked to. */
export async function checkInside({ env, chosenBy }: Surroundings, tmux: TmuxInspector): Promise<Finding> {
  const { TMUX: own = '' } = env;
  if (own !== '' && !own.startsWith('/'))
    return warn('inside tmux', 'TMUX is set, but names no socket', 'Unset it: unset TMUX');
  const by = chosenBy === undefined ? '' : ` (${chosenBy})`;
  const inside = insideOf(tmux.socketPath, env);
  if (inside === 'no server') {
    const which = chosenBy === undefined ? 'your default tmux server' : `${tmux.socketPath}${by}`;
    return pass('inside tmux', `no; talks to ${which}`);
  }
  if (inside === 'another server')
    return pass('inside tmux', `yes, but talks to another server: ${tmux.socketPath}${by}`);
  return (await exists(tmux.socketPath)) === undefined
    ? warn('inside tmux', 'TMUX names a server whose socket is gone', 'Open a new shell, or unset TMUX to use your default server.') // prettier-ignore
    : pass('inside tmux', `yes, in pane ${env.TMUX_PANE ?? 'unknown'}; talks to the same server`);
}
