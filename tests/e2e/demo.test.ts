import { spawn, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/world.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEMO = join(ROOT, 'scripts', 'demo.mjs');
/** The demo checks the types of the whole project, while other tests run. */
const SLOW_MS = 300_000;

let temporary = '';

beforeEach(() => {
  temporary = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '', 'demo-'));
});
afterEach(() => {
  rmSync(temporary, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the demo as a user does whose terminal is a pipe. */
function start(...argv: string[]): { ended: Promise<Ended>; output: () => string; interrupt: () => void } {
  const child = spawn(process.execPath, [DEMO, ...argv], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
  return { ended, output: () => stdout, interrupt: () => child.kill('SIGINT') };
}

/** Programs that were started with the demo's temporary folder: its servers and what runs in its panes. */
function processes(): string[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(temporary);
      } catch {
        return false;
      }
    });
}

async function expectNothingLeft(): Promise<void> {
  await until('the processes of the demo to end', () => processes().length === 0);
  expect(readdirSync(temporary)).toEqual([]);
}

describe('the demo', { timeout: SLOW_MS }, () => {
  it('works, explains itself and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await start().ended;
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    for (const line of [
      /^1\. Start the MCP server over stdio$/m,
      /^ {3}Ready after \d+ ms with \d+ tools\./m,
      /^ {3}tmux -S \S+ attach -t demo$/m,
      /^ {3}types {3}exit 0 +\d+\.\d s {2}Files:/m,
      /^ {3}tests {3}exit 0 +\d+\.\d s {2}Tests +\d+ passed/m,
      /^ {3}layers {2}exit 0 /m,
      /^ {3}shell {3}exit 0 /m,
      /^ {3}%\d+ tests: exit 0$/m,
      /^ {3}%\d+ +demo:0\.\d +checks .*ended \(0\)/m,
      /^ {3}The session "demo", its tmux server and its folder are gone\.$/m,
      /^ {3}claude mcp add tmux-orc -- .*tmux-orc\.js serve$/m,
      /^Everything worked, in \d+\.\d s\.$/m,
    ])
      expect(stdout).toMatch(line);
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    const block = /^ {3}\{\n(?:.*\n)*? {3}\}$/m.exec(stdout)?.[0] ?? '';
    const server = { command: process.execPath, args: [join(ROOT, 'bin', 'tmux-orc.js'), 'serve'] };
    expect(JSON.parse(block)).toMatchObject({ mcpServers: { 'tmux-orc': server } });
    await expectNothingLeft();
  });

  it('keeps the session on request, and says how to remove it', async () => {
    const { code, stdout, stderr } = await start('--keep').ended;
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    const [, kill = '', remove = ''] = /^ {3}(tmux -S \S+ kill-server)\n {3}(rm -r \S+)$/m.exec(stdout) ?? [];
    const socket = kill.split(' ')[2] ?? '';
    const windows = execFileSync('tmux', ['-S', socket, 'list-windows', '-t', '=demo', '-F', '#{window_name}']);
    expect(windows.toString().trim().split('\n')).toEqual(['checks', 'shell']);
    execFileSync('/bin/sh', ['-ec', `${kill}\n${remove}`]);
    await expectNothingLeft();
  });

  it('cleans up when it is interrupted', async () => {
    const demo = start();
    await until('the panes to run', () => demo.output().includes('3. Run side by side'), 60_000);
    demo.interrupt();
    const { code, stdout, stderr } = await demo.ended;
    expect(code, stdout + stderr).toBe(130);
    expect(stderr).toContain('Stopped by SIGINT');
    await expectNothingLeft();
  });

  it('refuses what it does not know', async () => {
    const { code, stdout, stderr } = await start('--kepe').ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: npm run demo');
  });
});
