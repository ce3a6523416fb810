import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long processes that were told to end may take. */
const GRACE_MS = 5000;

/** Processes of this run: everything that a test starts inherits the run's TMUX_TMPDIR. */
function processesOf(runFolder: string): string[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`TMUX_TMPDIR=${runFolder}`)) return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
        // The test runner's own workers inherit the variable too.
        return command.includes('vitest') ? [] : [`${pid} ${command}`];
      } catch {
        return [];
      }
    });
}

/**
 * Every test's sockets, homes and files live below one folder of this run. At the end nothing of it may be left: no
 * process, no tmux server, no file.
 */
export default function setup(): () => Promise<void> {
  const runFolder = mkdtempSync(join(tmpdir(), 'orc-'));
  process.env.TMUX_TMPDIR = runFolder;
  for (const name of Object.keys(process.env))
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the environment has no other way to unset
    if (/^(?:TMUX|TMUX_PANE|TMUX_ORC_.*)$/.test(name)) delete process.env[name];
  return async () => {
    const deadline = Date.now() + GRACE_MS;
    while (processesOf(runFolder).length > 0 && Date.now() < deadline) await sleep(100);
    const processes = processesOf(runFolder);
    const files = readdirSync(runFolder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => !/^tmux-\d+$/.test(name),
    );
    rmSync(runFolder, { recursive: true, force: true });
    if (processes.length === 0 && files.length === 0) return;
    process.exitCode = 1;
    throw new Error(`Tests left behind:\n${[...processes, ...files].slice(0, 50).join('\n')}`);
  };
}
