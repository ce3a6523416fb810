import { readFile, readlink } from 'node:fs/promises';
import { sleep } from '../kernel/clock.js';
import { OrcError } from '../kernel/errors.js';

/*
 * A path is looked up anew by whoever uses it, so between the check of a folder and the start of a program in it the
 * folder may have been exchanged for a link. tmux looks it up once more for each program, and goes to the home where
 * that fails. Only what a process says of itself is certain.
 */

/** From the fork of a process to its own program. What takes longer is let go: it looks at its folder by itself. */
const PATIENCE_MS = 5000;
const PAUSE_MS = 2;
/** A start file of a shell may go elsewhere at once; then this long is waited in vain. */
const SHELL_PATIENCE_MS = 300;

/** What stands in the pane when its folder is another one, until that is noticed. */
const REFUSED = ['/bin/sh', '-c', 'echo "tmux-orc: the folder was exchanged; nothing was started."; sleep 5; exit 126'];
const quoted = REFUSED.map((word) => `'${word}'`).join(' ');
/**
 * Becomes the command, once tmux has collected what stood in the pane before, and in one folder only. tmux collects all
 * that has ended at once, and with it what the terminal of a program still held: the last words of one that ends at once
 * would be lost. The dot keeps a line end of the folder's name.
 */
const START = [
  ...['/bin/sh', '-c'],
  `i=0; while [ $i -lt 100 ] && kill -0 "$1" 2>/dev/null; do i=$((i+1)); sleep 0.01; done; ` +
    `[ -z "$2" ] || [ "$(pwd -P; echo .)" = "$2" ] || exec ${quoted}; shift 2; exec "$@"`,
  'sh',
] as const;

/**
 * @param before process that the command takes the place of
 * @param folder where it has to begin; undefined: wherever
 */
export const startAfter = (
  before: number,
  folder: string | undefined,
  command: readonly string[],
): readonly string[] => [...START, String(before), folder === undefined ? '' : `${folder}\n.`, ...command];

function exchanged(): OrcError {
  return new OrcError('INVALID_INPUT', 'cwd: the folder was exchanged for another one; the pane was removed.', {
    hint: 'See what is at that path, then try again.',
  });
}

/** From /proc (proc(5)); undefined where there is none, or the process is gone. */
const folderOf = (pid: number): Promise<string | undefined> =>
  readlink(`/proc/${String(pid)}/cwd`).catch(() => undefined);
const commandLineOf = (pid: number): Promise<string | undefined> =>
  readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => undefined);

/** Looks until something is as it should be. @returns the last that was seen */
async function settled<T>(look: () => Promise<T>, isSettled: (seen: T) => boolean, patienceMs: number): Promise<T> {
  let seen = await look();
  for (const end = performance.now() + patienceMs; !isSettled(seen) && performance.now() < end; seen = await look())
    await sleep(PAUSE_MS);
  return seen;
}

/**
 * Makes sure that what begins in a new pane is in the folder that was asked for.
 * @param isAllowed whether it may be in another one, as the start file of a shell may want it
 * @throws OrcError INVALID_INPUT
 */
export async function checkFolder(
  pid: number,
  asked: string,
  isAllowed: (path: string) => Promise<boolean>,
): Promise<void> {
  const isThere = (folder: string | undefined): boolean => folder === asked || folder === undefined;
  const folder = await settled(() => folderOf(pid), isThere, SHELL_PATIENCE_MS);
  if (isThere(folder) || (folder !== undefined && (await isAllowed(folder)))) return;
  throw exchanged();
}

/**
 * Makes sure that the script of `startAfter` has become its command.
 * @throws OrcError INVALID_INPUT
 */
export async function checkStarted(pid: number, serverPid: number): Promise<void> {
  const server = await commandLineOf(serverPid);
  const script = `${START.join('\0')}\0`;
  // A process of tmux that has just been forked still has the command line of its server; one that is becoming another
  // program, or that has ended and was not collected, has none. What is read in parts may have the end of another line.
  const isServer = (line: string): boolean => server !== undefined && server !== '' && line.startsWith(server);
  const begins = (line: string): boolean => line === '' || isServer(line) || line.startsWith(script);
  const isSettled = (line: string | undefined): boolean => line === undefined || !begins(line);
  const line = await settled(() => commandLineOf(pid), isSettled, PATIENCE_MS);
  if (line === `${REFUSED.join('\0')}\0`) throw exchanged();
}
