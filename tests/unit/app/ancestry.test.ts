import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ancestry, paneProcesses, parsePs, parseStat } from '../../../src/app/identity/ancestry.js';

describe('processes above this one', () => {
  it('are read from the system, this one first', async () => {
    const chain = await ancestry(process.env);
    expect(chain[0]).toMatchObject({ pid: process.pid, parent: process.ppid });
    expect(chain[1]?.pid).toBe(process.ppid);
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 10_000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    expect((await ancestry(process.env, child.pid)).slice(0, 2).map(({ pid }) => pid)).toEqual([
      child.pid,
      process.pid,
    ]);
    child.kill('SIGKILL');
    await once(child, 'close');
  });

  it('may have any name', () => {
    expect(parseStat('7 (a) S 5 (x)) R 3 4 5\n')).toEqual({ pid: 7, name: 'a) S 5 (x)', parent: 3 });
    expect(parseStat('')).toBeUndefined();
    expect([...parsePs('    1     0 launchd\n  20     1 /opt/my tools/tmux\nrubbish\n').values()]).toEqual([
      { pid: 1, parent: 0, name: 'launchd' },
      { pid: 20, parent: 1, name: '/opt/my tools/tmux' },
    ]);
  });

  it('hold a pane where the one above is a tmux server', () => {
    const chain = [
      { pid: 9, parent: 8, name: 'node' },
      { pid: 8, parent: 7, name: 'bash' },
      { pid: 7, parent: 1, name: 'tmux: server' },
      { pid: 1, parent: 0, name: 'init' },
    ];
    expect(paneProcesses(chain)).toEqual([{ panePid: 8, serverPid: 7 }]);
    expect(paneProcesses(chain.slice(0, 2))).toEqual([]);
  });
});
