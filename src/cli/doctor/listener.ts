import { readdir, readFile, readlink } from 'node:fs/promises';

/** The process that listens on a socket. */
export interface Listener {
  readonly pid: number;
  /** Stopped by a signal or a debugger: it answers nothing until it is continued. */
  readonly stopped: boolean;
}

/** Inode of a listening socket by the path it was bound to (proc(5), /proc/net/unix). */
async function listeningInode(path: string): Promise<string | undefined> {
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => '');
  for (const row of table.split('\n')) {
    // Num RefCount Protocol Flags Type St Inode Path; flag 0x10000 marks a socket that listens.
    const [, flags, inode, bound] = /^\S+ \S+ \S+ (\S+) \S+ \S+ +([0-9]+) (.+)$/.exec(row) ?? [];
    if (bound === path && flags === '00010000') return inode;
  }
  return undefined;
}

async function holds(pid: string, socket: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const fd of await readdir(folder).catch(() => []))
    if ((await readlink(`${folder}/${fd}`).catch(() => '')) === socket) return true;
  return false;
}

/** @returns undefined where nobody listens, the process is not ours, or there is no /proc. */
export async function listenerOf(path: string): Promise<Listener | undefined> {
  const inode = await listeningInode(path);
  if (inode === undefined) return undefined;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^[0-9]+$/.test(name));
  for (const pid of pids) {
    if (!(await holds(pid, `socket:[${inode}]`))) continue;
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    // The state is the first field after the name, which may hold brackets.
    return { pid: Number(pid), stopped: /^[Tt]$/.test(stat.charAt(stat.lastIndexOf(')') + 2)) };
  }
  return undefined;
}
