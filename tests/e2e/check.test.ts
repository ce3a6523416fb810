import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BootClock, createBootClock } from '../../src/kernel/boot-clock.js';
import { createStandings } from '../../src/security/trust/standing.js';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { defineTable, type StateStore } from '../../src/store/store.js';
import { cli, legacyHost } from '../support/program.js';
import { createWorld, type World } from '../support/world.js';

interface Checked {
  readonly code: number | null;
  readonly safe: boolean;
  readonly of: (check: string) => { verdict: string; found: string; advice?: string } | undefined;
}

let world: World;
const worlds: World[] = [];
beforeEach(() => {
  world = createWorld({ TMUX_ORC_SECURITY_RISK_RULES: '[]' });
  worlds.push(world);
});
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((each) => each.close()));
});
afterAll(() => {
  expect(worlds).toEqual([]);
});

const state = (): string => join(world.env.XDG_STATE_HOME!, 'tmux-orchestrator');
const openUser = (clock: BootClock = createBootClock()): StateStore =>
  createSqliteStore({ root: state(), folder: state(), name: 'user.db', timeoutMs: () => 1000, clock });
async function check(flags: readonly string[] = [], env: Record<string, string> = {}): Promise<Checked> {
  const { code, stdout } = await cli({ ...world, env: { ...world.env, ...env } }, ['--json', 'security', 'check', ...flags]); // prettier-ignore
  const { data } = JSON.parse(stdout) as { data: { safe: boolean; checks: { check: string; verdict: string }[] } };
  const of = (name: string): never => data.checks.find((each) => each.check === name) as never;
  return { code, safe: data.safe, of };
}
const user = (text: string): string => {
  const path = join(world.env.XDG_CONFIG_HOME!, 'tmux-orchestrator', 'config.yaml');
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const security = (key: string, value: string): Record<string, string> => ({ [`TMUX_ORC_SECURITY_${key}`]: value });

describe('security check', () => {
  it('of a fresh place makes nothing and fails nothing', async () => {
    const { code, safe, of } = await check();
    expect([code, safe]).toEqual([0, true]);
    expect(of('state files')).toMatchObject({ verdict: 'pass', found: 'none yet' });
    expect(of('anchors')).toMatchObject({ verdict: 'warn' });
    expect(of('grants')).toMatchObject({ verdict: 'pass' });
    expect(existsSync(state())).toBe(false);
  });

  it('says what to do wherever something is not as it should be', async () => {
    await cli(world, ['session', 'list']);
    chmodSync(join(state(), 'audit'), 0o755);
    const { stdout, code } = await cli(world, ['security', 'check']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail {2}state files .*audit$\n +-> Close them: chmod -R go-rwx /m);
    expect(stdout).toMatch(/^\d+ pass, \d+ warn, 1 fail$/m);
    for (const line of stdout.split('\n').filter((each) => /^(?:warn|fail) /.test(each)))
      expect(stdout).toContain(`${line}\n${' '.repeat(line.search(/ {2}\S+(?: \S+)* {2}/))}`);
  });

  it('finds links and other modes among the files of the state', async () => {
    await cli(world, ['session', 'list']);
    expect((await check()).of('state files')).toMatchObject({ verdict: 'pass' });
    symlinkSync('/etc/passwd', join(state(), 'link'));
    expect(await check()).toMatchObject({ code: 1, safe: false });
    rmSync(join(state(), 'link'));
    chmodSync(join(state(), 'audit.key'), 0o640);
    expect((await check()).of('state files')).toMatchObject({
      verdict: 'fail',
      found: expect.stringContaining('audit.key'),
    });
  });

  it('looks at config files: who can change them, and whether a project is trusted', async () => {
    const path = user('log: { level: info }\n');
    expect((await check()).of('user config')).toMatchObject({ verdict: 'pass' });
    chmodSync(path, 0o620);
    expect((await check()).of('user config')).toMatchObject({ verdict: 'warn' });
    chmodSync(path, 0o602);
    expect(await check()).toMatchObject({ code: 1 });
    expect((await check()).of('user config')).toMatchObject({ verdict: 'fail' });
  });

  it.each<[string, string, Record<string, string>]>([
    ['profile', 'warn', { TMUX_ORC_PROFILE: 'development' }],
    ['layers', 'warn', security('BUDGET_ENABLED', 'false')],
    ['layers', 'warn', security('ANOMALY_ENABLED', 'false')],
    ['redaction', 'fail', security('REDACTION_SECRETS', 'false')],
    ['confirmation', 'warn', security('TRUST_CONFIRM_FROM_RISK', 'critical')],
    ['confirmation', 'fail', security('RISK_RULES', '[{"risk":"low"}]')],
    ['confirmation', 'pass', security('RISK_RULES', '[{"operations":["send_keys"],"risk":"low"}]')],
    ['allowed paths', 'fail', security('SANITIZER_ALLOWED_PATHS', '/')],
    ['allowed paths', 'warn', security('SANITIZER_ALLOWED_PATHS', '/etc,/srv/x')],
    ['allowed paths', 'pass', security('SANITIZER_ALLOWED_PATHS', '/srv/x')],
    ['audit', 'fail', security('AUDIT_ENABLED', 'false')],
    ['config', 'fail', { TMUX_ORC_PROFILE: 'no_such' }],
    ['alerts', 'pass', security('ALERTS_WEBHOOK_URL', 'https://example.org/')],
    ['alerts', 'fail', security('ALERTS_COMMAND', '/nowhere/x')],
    ['alerts', 'pass', security('ALERTS_COMMAND', '/bin/cat')],
  ])('%s: %s with %j', async (name, verdict, env) => {
    const checked = await check([], env);
    expect(checked.of(name)).toMatchObject({ verdict });
    expect(checked.code).toBe(verdict === 'fail' ? 1 : 0);
    if (verdict !== 'pass') expect(checked.of(name)?.advice).toMatch(/[a-z]/);
  });

  it('finds a program for alerts that others can change', async () => {
    const program = join(world.folder, 'sink');
    writeFileSync(program, '#!/bin/sh\n');
    const verdict = async (mode: number): Promise<unknown> => {
      chmodSync(program, mode);
      return (await check([], security('ALERTS_COMMAND', program))).of('alerts')?.verdict;
    };
    expect([await verdict(0o700), await verdict(0o770), await verdict(0o707)]).toEqual(['pass', 'warn', 'fail']);
    chmodSync(world.folder, 0o777);
    expect(await verdict(0o700)).toBe('fail');
    chmodSync(world.folder, 0o700);
  });

  it('proves the audit log, and holds it against a copy of the anchors', async () => {
    const host = await legacyHost(world);
    await host.call('list_sessions');
    await host.close();
    const copy = join(world.folder, 'copy');
    copyFileSync(join(state(), 'audit', 'anchors.log'), copy);
    const sound = await check(['--anchor', 'copy']);
    expect([sound.code, sound.of('audit')?.verdict, sound.of('anchors')?.verdict]).toEqual([0, 'pass', 'pass']);
    expect((await check(['--anchor', 'none'])).of('anchors')).toMatchObject({ verdict: 'fail', found: 'there is no such copy' }); // prettier-ignore
    const file = join(state(), 'audit', '000000000001.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"list_sessions"', '"kill_session"'));
    const broken = await check(['--anchor', 'copy']);
    expect([broken.code, broken.of('audit')?.verdict, broken.of('anchors')?.verdict]).toEqual([1, 'fail', 'fail']);
  });

  it('names grants that are older than 30 days and still hold', async () => {
    const now = createBootClock();
    const day = 86_400_000;
    const grant = async (caller: string, daysAgo: number, forDays: number): Promise<void> => {
      const store = openUser(() => ({ ...now(), wall: Date.now() - daysAgo * day }));
      await createStandings(store).grant(caller, forDays * day);
      await store.close();
    };
    await grant('host:old', 31, 60);
    await grant('host:new', 29, 60);
    await grant('host:over', 31, 0);
    await grant('host:none', 31, 60);
    const store = openUser();
    await createStandings(store).revoke('host:none');
    await store.close();
    expect((await check()).of('grants')).toMatchObject({ verdict: 'warn', found: 'older than 30 days: host:old' });
  });

  it('tells a lockdown that nobody has ended', async () => {
    await cli(world, ['security', 'lockdown']);
    expect((await check()).of('lockdown')).toMatchObject({ verdict: 'pass' });
    const store = openUser();
    const rows = defineTable<object>('lockdown', { version: 1, read: (row) => row as object });
    await store.transact((tx) => {
      tx.put(rows, 'lockdown', { since: Date.now() - 90_000_000, by: 'operator', reason: '' });
    });
    await store.close();
    expect((await check()).of('lockdown')).toMatchObject({ verdict: 'warn' });
  });
});
