import { readFile, stat } from 'node:fs/promises';

/** The program that has a terminal's foreground, from /proc (proc(5)). */
export interface Foreground {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly ownedByUs: boolean;
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** @returns undefined where there is no /proc, or the process is gone. */
export async function foregroundOf(panePid: number): Promise<Foreground | undefined> {
  const info = await read(`/proc/${String(panePid)}/stat`);
  // The name may hold spaces and brackets; the fields begin after its last bracket. tpgid is field 8.
  const tpgid = Number(info?.slice(info.lastIndexOf(')') + 2).split(' ')[5]);
  if (!Number.isInteger(tpgid) || tpgid <= 0) return undefined;
  const [commandLine, owner] = await Promise.all([
    read(`/proc/${String(tpgid)}/cmdline`),
    stat(`/proc/${String(tpgid)}`).catch(() => undefined),
  ]);
  // A process that has ended and was not collected yet has no command line.
  if (commandLine === undefined || commandLine === '' || owner === undefined) return undefined;
  const argv = commandLine.split('\0').slice(0, -1);
  return { pid: tpgid, argv, ownedByUs: owner.uid === process.getuid?.() };
}

/** True where processes can be looked at, so that one that is not found is gone. */
export async function canLook(): Promise<boolean> {
  return (await read('/proc/self/stat')) !== undefined;
}

/** True when a process is gone, or runs another program than `name`. False where that cannot be told. */
export async function isReplaced(pid: number, name: string): Promise<boolean> {
  if (!(await canLook())) return false;
  const comm = await read(`/proc/${String(pid)}/comm`);
  return comm?.trim() !== name;
}

export async function processName(pid: number): Promise<string | undefined> {
  return (await read(`/proc/${String(pid)}/comm`))?.trim();
}

const WITH_VALUE = new Set(['--rcfile', '--init-file', '-o', '-O', '+O', '-C', '--init-command']);

/** True for a shell that was started with a script or a command of its own, not at a terminal's prompt. */
export function runsScript(argv: readonly string[]): boolean {
  for (let index = 1; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (WITH_VALUE.has(word)) index++;
    else if (!/^[-+]/.test(word) || /^-[A-Za-z]*c/.test(word) || word === '--command') return true;
  }
  return false;
}
