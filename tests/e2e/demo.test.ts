import { spawn, execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FAKE_AGENT, type Faults } from '../support/fake-fleet.js';
import { until } from '../support/world.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEMO = join(ROOT, 'scripts', 'demo.mjs');
/** The agents of the demo work on the whole project, while other tests run. */
const SLOW_MS = 300_000;

let temporary = '';
/** Outside of the demo's own folder. */
let outside = '';

beforeEach(() => {
  temporary = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '', 'demo-'));
  outside = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '', 'outside-'));
});
afterEach(() => {
  rmSync(temporary, { recursive: true, force: true });
  rmSync(outside, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly ended: Promise<Ended>;
  readonly output: () => string;
  readonly interrupt: () => void;
}

/** Starts the demo as a user does whose terminal is a pipe. */
function startWith(env: NodeJS.ProcessEnv, ...argv: string[]): Started {
  const child = spawn(process.execPath, [DEMO, ...argv], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: temporary, ...env },
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

const start = (...argv: string[]): Started => startWith({}, ...argv);

/** Starts the demo with an agent CLI on PATH that needs no model. */
function startFake(faults: Faults = {}): Started {
  const programs = join(outside, 'programs');
  mkdirSync(programs);
  symlinkSync(FAKE_AGENT, join(programs, 'claude'));
  const faultsFile = join(outside, 'faults.json');
  writeFileSync(faultsFile, JSON.stringify({ ...faults, id: 1 }));
  const env = { PATH: `${programs}:${process.env.PATH ?? ''}`, HOME: outside, FAKE_FAULTS: faultsFile };
  return startWith({ ...env, FAKE_LOG: join(outside, 'log') }, '--provider', 'claude');
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
      /^ {3}%\d+ +history {2}shell, idle$/m,
      /^ {3}layers {3}submitted \(job_started, seq \d+, \d+ ms\)$/m,
      /^ {3}layers {3}exit 0 +\d+\.\d s {2}.*no dependency violations/m,
      /^ {3}tests {4}exit 0 +\d+\.\d s {2}Tests +\d+ passed/m,
      /^ {3}history {2}exit 0 /m,
      /^ {3}%\d+ tests: exit 0$/m,
      /^ {3}tests +idle +developer +shell +%\d+ +demo /m,
      /^ {3}history {2}ended by exit command$/m,
      /^ {3}Left: no agents, no sessions, none of their 3 programs\.$/m,
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
    expect(windows.toString().trim().split('\n')).toEqual(['layers', 'tests', 'history']);
    execFileSync('/bin/sh', ['-ec', `${kill}\n${remove}`]);
    await expectNothingLeft();
  });

  it('cleans up when it is interrupted', async () => {
    const demo = start();
    await until('the agents to work', () => demo.output().includes('4. Wait for them'), 60_000);
    demo.interrupt();
    const { code, stdout, stderr } = await demo.ended;
    expect(code, stdout + stderr).toBe(130);
    expect(stderr).toContain('Stopped by SIGINT');
    await expectNothingLeft();
  });

  it('works with an agent CLI', async () => {
    const { code, stdout, stderr } = await startFake().ended;
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    for (const line of [
      /^ {3}%\d+ +counter {2}claude, idle$/m,
      /^ {3}counter {2}submitted \(.*seq \d+, \d+ ms\)\n {12}Count the TypeScript files below src/m,
      /^ {3}%\d+ reader: answered\n {5}ack [0-9a-f]{8}$/m,
      /^ {3}reviewer ended by exit command$/m,
    ])
      expect(stdout).toMatch(line);
    await expectNothingLeft();
  });

  it('tells what an agent asks, and fails', async () => {
    const { code, stdout, stderr } = await startFake({ dialog_mid_paste: 1, dialog: 'numbered' }).ended;
    expect({ code, stderr }, stdout).toEqual({
      code: 1,
      stderr: '\nNot everything worked: counter, reader, reviewer.\n',
    });
    expect(stdout).toMatch(/%\d+ counter: stuck\n {5}It is waiting_permission\.\n {5}It asks: .*\n(?: {7}- .*\n)+ {5}A host answers with answer_prompt/);
    await expectNothingLeft();
  }); // prettier-ignore

  it('refuses what it does not know', async () => {
    const { code, stdout, stderr } = await start('--kepe').ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: npm run demo');
    const unknown = await start('--provider', 'clod').ended;
    expect(unknown).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('One of: shell, claude,') });
    const missing = await startWith({ PATH: outside }, '--provider', 'claude').ended;
    expect(missing).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('is not installed') });
  });
});
