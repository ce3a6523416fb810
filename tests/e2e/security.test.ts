import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, cliJson, type Host, legacyHost } from '../support/program.js';
import { UNLIMITED } from '../support/raw-server.js';
import { createDesk, type Desk } from '../support/terminal.js';
import { createWorld, until, type World } from '../support/world.js';

const PROCESSES = 5;
/** 100 ms is promised; a loaded machine may take three times as long. */
const LATEST_MS = 300;

let world: World;
let desk: Desk;
let hosts: Host[];

beforeAll(async () => {
  world = createWorld(UNLIMITED);
  desk = createDesk(world);
  hosts = await Promise.all(Array.from({ length: PROCESSES }, () => legacyHost(world)));
});
afterAll(async () => {
  await Promise.all(hosts.map((host) => host.close()));
  await desk.close();
  await world.close();
});

const stateOf = (): string => join(world.env.XDG_STATE_HOME!, 'tmux-orchestrator');
const security = (host: Host): Promise<any> =>
  host.call('get_security_status', {}).then(({ structuredContent }) => structuredContent);

async function unlock(): Promise<void> {
  const terminal = await desk.run(['security', 'unlock']);
  await terminal.shows('End the lockdown? [y/N]');
  await terminal.keys('y', 'Enter');
  await terminal.shows('The lockdown has ended.');
  await terminal.close();
}

describe('lockdown', () => {
  it('stops every change of all processes at once; reads and what stops things go on', async () => {
    const made = await hosts[0]!.call('create_session', {
      name: 'work',
      command: ['sh', '-c', `stty -echo; exec cat > ${join(world.folder, 'typed')}`],
    });
    const pane = made.structuredContent.pane.id as string;
    const shell = (await hosts[0]!.call('create_session', { name: 'shell' })).structuredContent.pane.id as string;
    await until('the prompt', async () => (await world.tmux('capture-pane', '-p', '-t', shell)).trim() !== '');
    const job = (await hosts[1]!.call('run_command', { target: shell, command: 'sleep 100', timeout_seconds: 0.5 }))
      .structuredContent.job;
    let stop = false;
    const codes = new Set<string>();
    const typed = async (host: Host): Promise<void> => {
      while (!stop) {
        const result = await host.call('send_keys', { target: pane, text: String(Date.now()), keys: ['Enter'] });
        if (result.isError === true) codes.add(result.structuredContent.error.code);
      }
    };
    const writers = hosts.map(typed);
    await sleep(500);
    const locked = await cliJson(world, ['security', 'lockdown', '--reason', 'a test']);
    const lockedAt = Date.now();
    expect(locked).toMatchObject({ ok: true, data: { active: true, recorded: true } });
    await sleep(700);
    stop = true;
    await Promise.all(writers);
    expect([...codes]).toEqual(['LOCKED_DOWN']);
    const times = readFileSync(join(world.folder, 'typed'), 'utf8').trim().split('\n').map(Number);
    expect(times.length).toBeGreaterThan(PROCESSES);
    expect(Math.max(...times) - lockedAt).toBeLessThan(LATEST_MS);

    expect((await hosts[2]!.call('list_sessions')).isError).not.toBe(true);
    const cancelled = await hosts[3]!.call('cancel_job', { job_id: job.id });
    expect(cancelled.structuredContent.job).toMatchObject({ state: 'done', exit_code: 130 });
    expect(await security(hosts[4]!)).toMatchObject({
      lockdown: { active: true, by: 'operator', reason: 'a test' },
      events: expect.arrayContaining([expect.objectContaining({ event: 'lockdown_entered', class: 'critical' })]),
    });
    expect(await cliJson(world, ['session', 'create', 'other'])).toMatchObject({ code: 4, ok: false, error: { code: 'LOCKED_DOWN' } }); // prettier-ignore
    expect(await cliJson(world, ['security', 'lockdown'])).toMatchObject({ ok: true });
  });

  it('is ended at a terminal only, by a yes', async () => {
    expect(await cliJson(world, ['security', 'unlock'])).toMatchObject({ code: 4, ok: false, error: { code: 'DENIED' } }); // prettier-ignore
    const terminal = await desk.run(['security', 'unlock']);
    await terminal.shows('a test');
    await terminal.keys('n', 'Enter');
    await terminal.shows('The lockdown stays on.');
    await terminal.close();
    expect((await security(hosts[0]!)).lockdown.active).toBe(true);
    await unlock();
    expect((await security(hosts[0]!)).lockdown.active).toBe(false);
    expect((await hosts[1]!.call('create_session', { name: 'after' })).isError).not.toBe(true);
    expect(await cliJson(world, ['security', 'unlock'])).toMatchObject({ ok: true, data: { active: false } });
  });

  it('holds when its row or its file is removed, and is entered while the config is refused', async () => {
    writeFileSync(join(stateOf(), 'LOCKDOWN'), '');
    const refused = await hosts[0]!.call('create_session', { name: 'no' });
    expect(refused.structuredContent.error.code).toBe('LOCKED_DOWN');
    await unlock();
    const broken = { ...world, env: { ...world.env, TMUX_ORC_PROFILE: 'nonsense' } };
    expect(await cliJson(broken, ['session', 'list'])).toMatchObject({ ok: false, error: { code: 'CONFIG_INVALID' } });
    expect(await cliJson(broken, ['security', 'lockdown'])).toMatchObject({ ok: true });
    expect(existsSync(join(stateOf(), 'LOCKDOWN'))).toBe(true);
    expect((await hosts[0]!.call('create_session', { name: 'no' })).structuredContent.error.code).toBe('LOCKED_DOWN');
    await unlock();
  });
});

describe('containment', () => {
  it('holds where it cannot be recorded, and says that it is not', async () => {
    const other = createWorld(UNLIMITED);
    try {
      await cli(other, ['session', 'list']);
      chmodSync(join(other.env.XDG_STATE_HOME!, 'tmux-orchestrator', 'audit.key'), 0o644);
      const argv = ['security', 'contain', 'host:bad', '--for', '1h'];
      expect(await cliJson(other, argv)).toMatchObject({ ok: true, data: { contained: true, recorded: false } });
      const { stdout, stderr } = await cli(other, argv);
      expect(stdout + stderr).toMatch(/It is not in the audit log: [^:]*key[^:]*\.$/m);
    } finally {
      await other.close();
    }
  });
});

describe('what the operator sees', () => {
  it('counts the calls of all processes, in status and metrics', async () => {
    const before = (await security(hosts[0]!)).last_24_hours;
    for (const host of hosts) await host.call('no_such_tool');
    await until('the counts of all', async () => {
      const { calls, refused } = (await security(hosts[0]!)).last_24_hours;
      return refused - before.refused >= PROCESSES && calls - before.calls > PROCESSES;
    });
    const { stdout, code } = await cli(world, ['metrics']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tmux_orc_calls_total\{tool="unknown",outcome="UNKNOWN_TOOL"\} [1-9]/m);
    expect(stdout).toMatch(/^tmux_orc_call_duration_seconds_bucket\{kind="read",le="\+Inf"\} [1-9]/m);
    expect(stdout).toMatch(/^tmux_orc_lockdown 0$/m);
    expect(stdout).toMatch(/^tmux_orc_audit_records [1-9]/m);
  });

  it('tells apart who guesses names of tools from who calls too often', async () => {
    const guessing = createWorld({ TMUX_ORC_SECURITY_UNKNOWN_TOOLS_MAX_ATTEMPTS: '2' });
    const host = await legacyHost(guessing);
    try {
      for (let n = 0; n < 4; n++) await host.call(`guess_${String(n)}`);
      const { data } = (await cliJson(guessing, ['security', 'events'])) as unknown as {
        data: { events: { word: string }[] };
      };
      expect(data.events.filter(({ word }) => !word.startsWith('alert:'))).toMatchObject([
        { word: 'rate_limit_exceeded', class: 'low' },
        { word: 'unknown_tool_throttled', class: 'high', operation: 'guess_2' },
        { word: 'unknown_tool', class: 'low' },
        { word: 'unknown_tool', class: 'low' },
      ]);
    } finally {
      await host.close();
      await guessing.close();
    }
  });

  it('lists events newest first, and shows no text of a caller', async () => {
    await hosts[0]!.call('kill_session', { session: 5, secret_argument: 'hunter2-hunter2' });
    const { data } = (await cliJson(world, ['security', 'events', '-n', '3'])) as { data: Record<string, any> };
    expect(data.events).toHaveLength(3);
    expect(data.events[0]).toMatchObject({ class: 'medium', word: 'tool_validation_failed', caller: 'host:tests' });
    expect(JSON.stringify(data)).not.toContain('hunter2');
    const { stdout } = await cli(world, ['security', 'status', '--events', '2']);
    expect(stdout).toMatch(/^lockdown +off$/m);
    expect(stdout).toMatch(/^layers +off: redaction_pii, read_only$|^layers +off: .*rate_limit/m);
    expect(stdout).toMatch(/tool_validation_failed/);
  });
});
