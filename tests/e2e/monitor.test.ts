import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { BIN, cli, cliJson, type Host, legacyHost, okOf } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

const worlds: World[] = [];
const hosts: Host[] = [];
const children: ChildProcess[] = [];

function create(settings: Record<string, string> = {}): World {
  const world = createWorld(settings);
  worlds.push(world);
  return world;
}

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await Promise.all(hosts.splice(0).map((host) => host.close()));
  for (const world of worlds.splice(0)) {
    await cli(world, ['monitor', 'stop']);
    await world.close();
  }
});

interface Status {
  readonly watching: boolean;
  readonly holder: { kind: string; pid: number; since: string; rounds: number; tmux_answers: boolean | null } | null;
  readonly background: {
    running: boolean;
    pid: number;
    monitor_pid: number | null;
    starts: number;
    last_end: { signal: string | null } | null;
  } | null;
  readonly log_file: string | null;
}

async function statusOf(world: World): Promise<Status & { code: number | null }> {
  const answer = await cliJson(world, ['monitor', 'status']);
  if (!answer.ok) throw new Error(answer.error.message);
  return { code: answer.code, ...(answer.data as unknown as Status) };
}

async function dataOf(world: World, ...argv: string[]): Promise<Record<string, unknown>> {
  const answer = await cliJson(world, argv);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.data;
}

const runs = (pid: number): boolean => {
  try {
    return !readFileSync(`/proc/${String(pid)}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
};

/** A command that goes on until it is told to end; its output so far. */
function open(world: World, argv: readonly string[]): { child: ChildProcess; text: () => string; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [BIN, ...argv], { env: world.env, cwd: world.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (more: string) => (text += more));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, text: () => text, ended };
} // prettier-ignore

async function connect(world: World): Promise<Host> {
  const host = await legacyHost(world);
  hosts.push(host);
  return host;
}

describe('monitor in the background', () => {
  it('is started once, tells of itself and is ended', { timeout: 60_000 }, async () => {
    const world = create();
    expect(await statusOf(world)).toMatchObject({ code: 3, watching: false, holder: null, background: null });
    expect(await dataOf(world, 'monitor', 'stop')).toMatchObject({ stopped: false });

    const started = await cliJson(world, ['monitor', 'start']);
    expect(started).toMatchObject({ code: 0, ok: true, data: { started: true, watching: true } });
    const status = await statusOf(world);
    expect(status).toMatchObject({ code: 0, watching: true, background: { running: true, starts: 1 } });
    expect(status.holder).toMatchObject({ kind: 'background', pid: status.background!.monitor_pid });
    expect(await dataOf(world, 'monitor', 'start')).toMatchObject({ started: false, pid: status.background!.pid });

    const logs = await until('lines in the log', async () => {
      const { stdout } = await cli(world, ['monitor', 'logs', '-n', '5']);
      return stdout.includes('watches this tmux server') && stdout;
    });
    expect(logs).toContain('kept in the background');
    expect(statSync((await statusOf(world)).log_file!).mode & 0o777).toBe(0o600);

    expect(await dataOf(world, 'monitor', 'stop')).toMatchObject({ stopped: true, holder_pid: null });
    expect([status.background!.pid, status.background!.monitor_pid!].filter(runs)).toEqual([]);
    expect(await statusOf(world)).toMatchObject({ code: 3, watching: false, background: null });
    expect((await cli(world, ['monitor', 'stop'])).stdout).toContain('No background monitor runs.');
  });

  it('is one where two are started at once', { timeout: 60_000 }, async () => {
    const world = create();
    const answers = await Promise.all([1, 2, 3].map(() => dataOf(world, 'monitor', 'start')));
    expect(answers.filter(({ started }) => started === true)).toHaveLength(1);
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
  });

  it('is started again when it is killed, and goes with the one that keeps it', { timeout: 60_000 }, async () => {
    const world = create();
    await dataOf(world, 'monitor', 'start');
    const first = (await statusOf(world)).background!;
    process.kill(first.monitor_pid!, 'SIGKILL');
    const again = await until('another monitor', async () => {
      const { holder, background } = await statusOf(world);
      return holder !== null && holder.pid !== first.monitor_pid && (background ?? false);
    });
    expect(again).toMatchObject({ pid: first.pid, starts: 2, last_end: { signal: 'SIGKILL' } });

    process.kill(first.pid, 'SIGKILL');
    await until('the end of the monitor', () => !runs(again.monitor_pid!));
    const left = await statusOf(world);
    expect(left).toMatchObject({ code: 3, background: { running: false, monitor_pid: null } });
    expect((await cli(world, ['monitor', 'status'])).stdout).toContain('gone without being stopped');
    expect(await dataOf(world, 'monitor', 'start')).toMatchObject({ started: true });
  });

  it('outlives the terminal and the tmux server that it was started in', { timeout: 60_000 }, async () => {
    const world = create();
    await world.tmux('new-session', '-d', '-c', world.home, `${process.execPath} ${BIN} monitor start; sleep 60`);
    const before = await until('the monitor', async () => {
      const { holder, background } = await statusOf(world);
      return holder?.kind === 'background' && (background ?? false);
    });
    await world.killServer();
    await sleep(1500);
    expect(await statusOf(world)).toMatchObject({ code: 0, background: { running: true, pid: before.pid, starts: 1 } });
    const environment = readFileSync(`/proc/${String(before.pid)}/environ`, 'utf8').split('\0');
    expect(environment).toContain(`TMUX_ORC_TMUX_SOCKET_PATH=${world.socketPath}`);
    expect(environment.filter((entry) => /^TMUX(?:_PANE)?=/.test(entry))).toEqual([]);
  });

  it('waits for a tmux server, and tells what happens to its agents', { timeout: 60_000 }, async () => {
    const world = create({ TMUX_ORC_MONITORING_INTERVAL_MS: '100' });
    await dataOf(world, 'monitor', 'start');
    await until('a first round', async () => (await statusOf(world)).holder?.tmux_answers === false);
    const { since } = (await statusOf(world)).holder!;
    // Its looks come less and less often by then, and it is the one that watches all the same.
    for (const end = Date.now() + 7000; Date.now() < end;) {
      expect(await statusOf(world)).toMatchObject({ code: 0, holder: { since, tmux_answers: false } });
      await sleep(300);
    }
    expect((await cli(world, ['monitor', 'events'])).stdout).toBe('No events.\n');
    const following = open(world, ['monitor', 'events', '-f', '-n', '0', '--json']);
    const host = await connect(world);
    await okOf(host, 'spawn_agent', { name: 'sh-1', provider: 'shell', cwd: world.folder });
    await until('its first event', () => following.text().includes('"agent":"sh-1"'));
    await okOf(host, 'kill_agent', { agent: 'sh-1' });
    await until(
      'its last event',
      () => following.text().includes('"kind":"gone"') || following.text().includes('exited'),
    );
    following.child.kill('SIGINT');
    expect(await following.ended).toBe(0);
    const told = following.text().trim().split('\n').map((line) => JSON.parse(line) as { id: number; at: string }); // prettier-ignore
    expect(told.map(({ id }) => id)).toEqual(told.map((_, index) => index + 1));
    expect((await cli(world, ['monitor', 'events'])).stdout).toMatch(/TIME +EVENT +AGENT[^]*sh-1/);
    expect((await statusOf(world)).holder).toMatchObject({ kind: 'background', since });
  });

  it('follows its log', { timeout: 60_000 }, async () => {
    const world = create();
    const following = open(world, ['monitor', 'logs', '-f']);
    await dataOf(world, 'monitor', 'start');
    await until('a line', () => following.text().includes('watches this tmux server'));
    await dataOf(world, 'monitor', 'stop');
    await until('the last line', () => following.text().includes('the background process ends'));
    following.child.kill('SIGINT');
    expect(await following.ended).toBe(0);
  });

  it('is not started where the config has it off', { timeout: 60_000 }, async () => {
    const world = create({ TMUX_ORC_MONITORING_ENABLED: 'false' });
    const refused = await cli(world, ['monitor', 'start']);
    expect(refused).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('monitoring.enabled is false') as string,
    });
    expect((await cli(world, ['monitor', 'status'])).stderr).toContain('monitoring.enabled is false');
  });
});

describe('monitor in a terminal', () => {
  it('watches until it is told to end', { timeout: 60_000 }, async () => {
    const world = create();
    const running = open(world, ['monitor', 'run']);
    await until('its line', () => running.text().includes('watches this tmux server'));
    expect((await statusOf(world)).holder).toMatchObject({ kind: 'foreground', pid: running.child.pid });
    const second = open(world, ['monitor', 'run', '--json']);
    await until('the other line', () => second.text().includes('"event":"waiting"'));
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
    expect(running.text()).toMatch(/ended\n$/);
    await until('its turn', () => second.text().includes('"event":"watching"'));
    second.child.kill('SIGHUP');
    expect(await second.ended).toBe(0);
    expect(await statusOf(world)).toMatchObject({ code: 3 });
  });

  it('is for the operator', { timeout: 60_000 }, async () => {
    const world = create();
    const host = await connect(world);
    const { agent } = await okOf(host, 'spawn_agent', { name: 'sh-1', provider: 'shell', cwd: world.folder });
    for (const verb of ['start', 'stop', 'run', 'status', 'logs', 'events', 'keep']) {
      const command = `${process.execPath} ${BIN} monitor ${verb}`;
      const result = await okOf(host, 'run_command', { target: agent.pane, command, timeout_seconds: 30 });
      expect(result).toMatchObject({
        output: expect.stringContaining('DENIED: The monitor is run by the operator.') as string,
      });
    }
  });
});

describe('who watches', () => {
  it('is another process within 5 s of a SIGKILL', { timeout: 60_000 }, async () => {
    const world = create();
    const [one, two] = [await connect(world), await connect(world)];
    await okOf(one, 'list_sessions');
    const first = await until('one that watches', async () => (await statusOf(world)).holder ?? false);
    await okOf(two, 'list_sessions');
    expect(first).toMatchObject({ kind: 'serve', pid: one.pid });
    expect(await dataOf(world, 'monitor', 'start')).toMatchObject({ watching: false, holder_pid: one.pid });
    const { monitor_pid: kept } = (await statusOf(world)).background!;
    let before = first.pid;
    // The one of the background is left for the end: it would come back under another number.
    while (before !== kept) {
      process.kill(before, 'SIGKILL');
      const killedAt = Date.now();
      const next = await until(
        'the next one',
        async () => {
          const { holder } = await statusOf(world);
          return holder !== null && holder.pid !== before && holder;
        },
        15_000,
      );
      // 5 s, and what a busy machine adds.
      expect(Date.parse(next.since) - killedAt).toBeLessThan(15_000);
      expect([two.pid, kept]).toContain(next.pid);
      before = next.pid;
    }
    expect(await dataOf(world, 'monitor', 'stop')).toMatchObject({ stopped: true });
  });
});
