import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { type Environment, OURS } from './clean-environment.js';
import { workingFolder } from './working-folder.js';

/** How a tmux client knows that it runs inside of tmux. */
const INSIDE = new Set(['TMUX', 'TMUX_PANE']);

/**
 * Environment of a program that a person works in: the person's own, because its terminal, locale and agents (ssh) are
 * what such a program is about.
 * @param inside keeps the variables that tell a tmux client where it is.
 */
export function terminalEnvironment(source: NodeJS.ProcessEnv, inside: boolean): Environment {
  const kept = Object.entries(source).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !OURS.test(entry[0]) && (inside || !INSIDE.has(entry[0])),
  );
  return Object.fromEntries(kept);
}

/** As a shell tells that a program was ended by a signal. */
const SIGNALLED = 128;
const NOT_STARTED = 127;

/** Ctrl-C belongs to the program in front; only it may decide that it ends. */
const ignore = (): void => undefined;

const STOP_CHECK_MS = 200;

/**
 * A tmux client stops only itself when its person suspends it. The shell waits for us, so it would never take the
 * terminal back: we stop too. When it continues its job, both go on.
 */
function stopAlong(pid: number | undefined): () => void {
  const timer = setInterval(() => {
    try {
      // proc(5): the state stands behind the name in parentheses, which may hold any character.
      const state = /\) (\w)[^)]*$/.exec(readFileSync(`/proc/${String(pid)}/stat`, 'latin1'))?.[1];
      if (state === 'T') process.kill(process.pid, 'SIGSTOP');
    } catch {
      // It has just ended, or this system has no /proc.
    }
  }, STOP_CHECK_MS);
  return () => {
    clearInterval(timer);
  };
}

/**
 * Gives our terminal to a program until it ends: argv only, never a shell, exactly the environment given. Never throws.
 * @param signal ends the program with SIGTERM.
 * @returns its exit code, as a shell would tell it.
 */
export async function handOverTerminal(
  file: string,
  argv: readonly string[],
  options: { readonly env: Environment; readonly signal: AbortSignal },
): Promise<number> {
  const { execa } = await import('execa');
  process.on('SIGINT', ignore).on('SIGQUIT', ignore);
  let release = ignore;
  try {
    const child = execa(file, argv, {
      env: options.env,
      extendEnv: false,
      cwd: workingFolder(),
      stdio: 'inherit',
      cancelSignal: options.signal,
      reject: false,
    });
    release = stopAlong(child.pid);
    const result = await child;
    if (result.exitCode !== undefined) return result.exitCode;
    return result.signal === undefined ? NOT_STARTED : SIGNALLED + constants.signals[result.signal];
  } finally {
    release();
    process.off('SIGINT', ignore).off('SIGQUIT', ignore);
  }
}
