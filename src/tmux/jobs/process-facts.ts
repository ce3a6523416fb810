import { readFileSync, statSync } from 'node:fs';

/** The program that has a terminal's foreground, from /proc (proc(5)). */
export interface Foreground {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly ownedByUs: boolean;
}

/** Reading /proc never waits for a disk, and a thread of its own would cost more than the reading. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function ownerOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.uid;
}

/** @returns undefined where there is no /proc, or the process is gone. */
export function foregroundOf(panePid: number): Foreground | undefined {
  const info = read(`/proc/${String(panePid)}/stat`);
  // The name may hold spaces and brackets; the fields begin after its last bracket. tpgid is field 8.
  const tpgid = Number(info?.slice(info.lastIndexOf(')') + 2).split(' ')[5]);
  if (!Number.isInteger(tpgid) || tpgid <= 0) return undefined;
  const commandLine = read(`/proc/${String(tpgid)}/cmdline`);
  const owner = ownerOf(`/proc/${String(tpgid)}`);
  // A process that has ended and was not collected yet has no command line.
  if (commandLine === undefined || commandLine === '' || owner === undefined) return undefined;
  const argv = commandLine.split('\0').slice(0, -1);
  return { pid: tpgid, argv, ownedByUs: owner === process.getuid?.() };
}

/** True where processes can be looked at, so that one that is not found is gone. */
export function canLook(): boolean {
  return read('/proc/self/stat') !== undefined;
}

/** True when a process is gone, or runs another program than `name`. False where that cannot be told. */
export function isReplaced(pid: number, name: string): boolean {
  if (!canLook()) return false;
  const comm = read(`/proc/${String(pid)}/comm`);
  return comm?.trim() !== name;
}

export function processName(pid: number): string | undefined {
  return read(`/proc/${String(pid)}/comm`)?.trim();
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
