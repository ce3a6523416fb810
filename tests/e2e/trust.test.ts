import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManagedPanes, type ManagedPanes } from '../support/managed-panes.js';
import { BIN, cli, cliJson, type Host, legacyHost, type ToolResult } from '../support/program.js';
import { UNLIMITED } from '../support/raw-server.js';
import { createDesk, type Desk } from '../support/terminal.js';
import { createWorld, until, type World } from '../support/world.js';

const PROCESSES = 5;
/** The next call of each process is promised; a loaded machine is slow to make it. */
const LATEST_MS = 300;

let world: World;
let desk: Desk;
let agents: ManagedPanes;

beforeAll(async () => {
  world = createWorld(UNLIMITED);
  const folder = join(world.env.XDG_CONFIG_HOME!, 'tmux-orchestrator');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'config.yaml'),
    'security: { risk: { rules: [{ risk: low }] }, rate_limit: { enabled: false }, loop_detection: { enabled: false } }\n',
  );
  desk = createDesk(world);
  agents = createManagedPanes(world);
  await world.tmux('new-session', '-d', '-s', 'stays', 'cat');
});
afterAll(async () => {
  await agents.close();
  await desk.close();
  await world.close();
});

const errorOf = (result: ToolResult): any => (result.isError === true ? result.structuredContent.error : undefined);
const ruleOf = (result: ToolResult): string => errorOf(result)?.details?.rule ?? errorOf(result)?.code ?? 'ok';

/** A shell in a pane of its own. */
async function shellPane(name: string): Promise<string> {
  const pane = await world.tmux('new-session', '-d', '-P', '-F', '#{pane_id}', '-s', name, 'bash', '--norc');
  await until('the prompt', async () => (await world.tmux('capture-pane', '-p', '-t', pane)).trim() !== '');
  return pane;
}

let runs = 0;
/** Runs a command line in the shell of a pane, as a program there would. */
async function inPane(pane: string, line: string): Promise<string> {
  const base = join(world.folder, `run${String(runs++)}`);
  writeFileSync(`${base}.sh`, `${line} > ${base}.out 2> ${base}.err\necho "$?" > ${base}.code\n`);
  await world.tmux('send-keys', '-t', pane, `sh ${base}.sh`, 'Enter');
  await until('the end of the command', () => existsSync(`${base}.code`) && readFileSync(`${base}.code`).length > 0);
  return readFileSync(`${base}.out`, 'utf8');
}
const orc = (argv: string, before = ''): string => `${before} ${process.execPath} ${BIN} --json ${argv}`;
async function asProgram(pane: string, argv: string, before = ''): Promise<any> {
  return JSON.parse(await inPane(pane, orc(argv, before)));
}

/** A person at a terminal says yes. */
async function person(...argv: string[]): Promise<string> {
  const terminal = await desk.run(argv);
  await terminal.shows('[y/N]');
  await terminal.keys('y', 'Enter');
  const screen = await terminal.shows('status=');
  await terminal.close();
  return screen.replaceAll(/\s+/g, ' ');
}

async function recorded(operation: string, caller: string): Promise<any> {
  const { stdout } = await cli(world, ['audit', 'tail', '--json', '-n', '200', '--operation', operation, '--caller', caller]); // prettier-ignore
  return stdout.trim() === '' ? undefined : JSON.parse(stdout.trim().split('\n').at(-1)!);
}

describe('a program in a managed pane', () => {
  let own: string;
  let victim: string;
  let lead: { token: string; env: Record<string, string> };
  let token: string;

  beforeAll(async () => {
    own = await shellPane('own');
    victim = await shellPane('victim');
    const leading = await shellPane('leading');
    ({ token } = await agents.manage(own, { name: 'w', team: 'red' }));
    await agents.manage(victim, { name: 'v', team: 'red' });
    lead = await agents.manage(leading, { name: 'boss', role: 'pm', team: 'red' });
  });

  it('is the agent of that pane by its descent alone', async () => {
    const made = await asProgram(own, 'session create mine -- cat');
    expect(made).toMatchObject({ ok: true });
    expect(await recorded('create_session', 'agent:w')).toMatchObject({ actor: { role: 'worker', team: 'red' } });
    expect(await asProgram(own, `pane capture '${victim}'`)).toMatchObject({ error: { code: 'DENIED' } });
    expect(await asProgram(own, 'session kill mine')).toMatchObject({ ok: true });
  });

  it.each<[string, () => string, string]>([
    ['nothing', () => '', ''],
    ['--yes', () => '', '--yes'],
    ['no signs of tmux in its environment', () => `env -u TMUX -u TMUX_PANE TMUX_ORC_TMUX_SOCKET_NAME=${world.socketName}`, ''],
    ['the pane of an agent that leads', () => `env TMUX_PANE=${lead.env.TMUX_PANE!}`, ''],
    ['pane and token of an agent that leads', () => `env TMUX_PANE=${lead.env.TMUX_PANE!} TMUX_ORC_TOKEN=${lead.token}`, ''],
    ['a token that nobody has', () => `env TMUX_ORC_TOKEN=${'0'.repeat(64)}`, ''],
    ['its own token and the pane of another', () => `env TMUX_PANE=${lead.env.TMUX_PANE!} TMUX_ORC_TOKEN=${token}`, ''],
    ['a pane that is none', () => 'env TMUX_PANE=%999999', ''],
    ['permissions in the environment', () => `env TMUX_ORC_SECURITY_PERMISSIONS='{"worker":{"targets":"all"},"host":{}}'`, ''],
    ['permissions as a flag', () => '', `--set 'security.permissions={"worker":{"targets":"all"}}'`],
    ['a profile', () => 'env TMUX_ORC_PROFILE=development', ''],
  ])('gains nothing with %s', async (_what, before, flags) => {
    for (const command of ['kill', 'capture']) {
      const result = await asProgram(own, `${flags} pane ${command} '${victim}'`, before());
      expect(result).toMatchObject({ ok: false, error: { code: 'DENIED' } });
    }
    expect(await world.tmux('display-message', '-p', '-t', victim, '#{pane_dead}')).toBe('0');
  }); // prettier-ignore

  it('leaves evidence where its signs differ', async () => {
    await asProgram(own, 'session list', `env TMUX_PANE=${lead.env.TMUX_PANE!}`);
    const record = await until('the record', () => recorded('identity_doubt', 'agent:w'));
    expect(record).toMatchObject({ actor: { role: 'worker' }, action: { arguments: { because: 'signs_differ' } } });
  });

  it('reads nothing of the doubts and alerts about it, which are in the log file', async () => {
    const pane = await shellPane('noticed');
    await agents.manage(pane, { name: 'noticed' });
    const said = join(world.folder, 'noticed');
    const run = (argv: string, before = ''): Promise<string> => inPane(pane, `{ ${orc(argv, before)}; } 2>> ${said}`);
    await run(`pane capture '${victim}'`, `env TMUX_PANE=${lead.env.TMUX_PANE!}`);
    await run('security release agent:noticed');
    await world.tmux('set-option', '-p', '-t', pane, '@orc_agent', 'boss');
    await run('session list');
    expect(await recorded('operator_only', 'agent:noticed')).toBeDefined();
    const logs = join(world.env.XDG_STATE_HOME!, 'tmux-orchestrator', 'log');
    const log = readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8')).join(''); // prettier-ignore
    const lines = log.split('\n').filter((line) => line.includes('agent:noticed'));
    expect(lines.join('\n')).toMatch(/alert: .*foreign_access/);
    expect(lines.join('\n')).toMatch(/alert: .*operator_only/);
    expect(log).toMatch(/identity_doubt/);
    expect(log).toMatch(/pane_option_differs/);
    expect(readFileSync(said, 'utf8')).not.toMatch(/alert|doubt|differs/);
  });

  it('gains nothing by options of its pane, which is told', async () => {
    await inPane(own, 'tmux set-option -p @orc_agent boss && tmux set-option -p @orc_role pm');
    expect(await asProgram(own, `pane capture '${victim}'`)).toMatchObject({ error: { code: 'DENIED' } });
    expect(await recorded('pane_option_differs', 'agent:w')).toMatchObject({ action: { arguments: { pane: own } } });
    const { events } = ((await cliJson(world, ['security', 'events', '-n', '100'])) as any).data;
    expect(events).toContainEqual(expect.objectContaining({ word: 'pane_option_differs', class: 'high' }));
    expect(events).toContainEqual(expect.objectContaining({ word: 'foreign_access', class: 'critical', caller: 'agent:w' })); // prettier-ignore
    await inPane(own, 'tmux set-option -p -u @orc_agent && tmux set-option -p -u @orc_role');
  });

  it('loses rights by options of its pane', async () => {
    const pane = lead.env.TMUX_PANE!;
    expect(await asProgram(pane, `pane capture '${victim}'`)).toMatchObject({ ok: true });
    await inPane(pane, 'tmux set-option -p @orc_role developer');
    expect(await asProgram(pane, `pane capture '${victim}'`)).toMatchObject({ error: { code: 'DENIED' } });
    await inPane(pane, 'tmux set-option -p -u @orc_role');
  });

  it.each([
    'security unlock',
    'security approvals',
    'approve 0123456789',
    'deny 0123456789',
    'security trust grant agent:w',
    'security trust revoke agent:v',
    'security trust reset agent:w',
    'security contain agent:v',
    'security release agent:w',
    'audit verify',
    'audit export',
    'audit tail',
    'audit prune --keep-days 0',
    'config trust',
    'config init --user --force',
    'attach victim',
  ])('may not: %s', async (argv) => {
    if (argv === 'security unlock') await cli(world, ['security', 'lockdown']);
    if (argv === 'config trust') {
      mkdirSync(join(world.folder, '.tmux_orchestrator'), { recursive: true });
      writeFileSync(join(world.folder, '.tmux_orchestrator', 'config.yaml'), '{}\n');
    }
    // What only works at a terminal has one there.
    await inPane(
      own,
      `NO_COLOR=1 ${process.execPath} ${BIN} ${argv} > /dev/tty 2> ${join(world.folder, 'said')}; echo $?`,
    );
    const said = readFileSync(join(world.folder, 'said'), 'utf8');
    expect(said).toMatch(/^DENIED: .*managed pane of an agent/m);
    if (argv === 'security unlock') await person('security', 'unlock');
    if (argv === 'config trust') rmSync(join(world.folder, '.tmux_orchestrator'), { recursive: true });
  });

  it('may enter a lockdown, in its own name', async () => {
    expect(await asProgram(own, 'security lockdown')).toMatchObject({ ok: true });
    expect(await recorded('lockdown_entered', 'agent:w')).toMatchObject({ event_type: 'lockdown' });
    await person('security', 'unlock');
  });

  it('is nobody when its agent is removed', async () => {
    const pane = await shellPane('gone');
    const { env } = await agents.manage(pane, { name: 'gone', role: 'pm' });
    const host = await legacyHost({ ...world, env: { ...world.env, ...env } });
    expect(ruleOf(await host.call('create_session', { name: 'by-gone', command: ['cat'] }))).toBe('ok');
    await agents.remove('gone');
    expect(ruleOf(await host.call('kill_session', { session: 'by-gone' }))).toBe('operation_not_permitted');
    expect((await host.listTools()).map(({ name }) => name)).not.toContain('kill_session');
    await host.close();
  });

  it('cannot name its caller', async () => {
    const host = await legacyHost(world);
    for (const name of ['caller', 'role', 'actor'])
      expect(ruleOf(await host.call('kill_session', { session: 'stays', [name]: 'operator' }))).toBe('INVALID_INPUT');
    await host.close();
  });
});

describe('a program in a pane that a caller has made', () => {
  let host: Host;
  let pane: string;
  beforeAll(async () => {
    host = await legacyHost(world);
    pane = (await host.call('create_session', { name: 'of-host', command: ['bash', '--norc'] })).structuredContent.pane.id;
    await until('the prompt', async () => (await world.tmux('capture-pane', '-p', '-t', pane)).trim() !== '');
  });
  afterAll(() => host.close());

  it.each(['', 'env -u TMUX -u TMUX_PANE'])('is that host, and nobody who says yes (%s)', async (before) => {
    const named = before === '' ? '' : `${before} TMUX_ORC_TMUX_SOCKET_NAME=${world.socketName}`;
    for (const argv of ['approve 0000000000', 'security unlock', 'security trust grant host:tests', 'security release host:tests'])
      expect(await asProgram(pane, argv, named)).toMatchObject({ error: { code: 'DENIED', message: expect.stringContaining('host:tests has made this pane') } });
    expect(await asProgram(pane, 'session list', named)).toMatchObject({ ok: true });
    expect(await recorded('list_sessions', 'host:tests')).toMatchObject({ actor: { role: 'host' } });
  });

  it('is the agent that made it, with its rights', async () => {
    const own = await shellPane('maker');
    await agents.manage(own, { name: 'maker' });
    const out = join(world.folder, 'made-by-agent');
    const line = `${process.execPath} ${BIN} --json session kill stays --yes > ${out}.tmp; mv ${out}.tmp ${out}`;
    expect(await asProgram(own, `session create escape -- sh -c '${line}; sleep 100'`)).toMatchObject({ ok: true });
    const result = await until('its answer', () => (existsSync(out) ? readFileSync(out, 'utf8') : undefined));
    expect(JSON.parse(result)).toMatchObject({ ok: false, error: { code: 'DENIED' } });
    expect(await recorded('kill_session', 'agent:maker')).toMatchObject({ decision: { result: 'deny' } });
    expect(await world.tmux('has-session', '-t', '=stays')).toBe('');
  });
}); // prettier-ignore

describe('a host that does not pass on what tmux says', () => {
  it('never writes into the pane that it runs in, nor ends it', async () => {
    const pane = await shellPane('bare-host');
    const request = (id: number, name: string, args: object): string =>
      JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
    const lines = [
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bare', version: '1' } } }),
      JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
      request(2, 'send_keys', { target: pane, text: 'x' }),
      request(3, 'kill_pane', { target: pane }),
    ];
    const file = join(world.folder, 'requests');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const kept = ['HOME', 'PATH', 'XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'TMUX_TMPDIR'].map((name) => `${name}='${world.env[name] ?? ''}'`).join(' ');
    const serve = `(cat ${file}; sleep 3) | env -i ${kept} TMUX_ORC_TMUX_SOCKET_NAME=${world.socketName} ${process.execPath} ${BIN} serve`;
    const answers = (await inPane(pane, serve)).trim().split('\n').map((line) => JSON.parse(line));
    for (const id of [2, 3])
      expect(answers.find((answer) => answer.id === id)?.result.structuredContent).toMatchObject({ error: { code: 'DENIED', message: expect.stringMatching(/pane that this server itself runs in|own/) } });
    expect(await world.tmux('display-message', '-p', '-t', pane, '#{pane_id}')).toBe(pane);
  });
}); // prettier-ignore

describe('trust', () => {
  const change = (host: Host): Promise<string> =>
    host.call('rename_session', { session: 'stays', new_name: 'stays' }).then(ruleOf);

  it('is given by a person, to one caller, for a time and for operations', { timeout: 60_000 }, async () => {
    const strict = { ...world, env: { ...world.env, TMUX_ORC_SECURITY_TRUST_DEFAULT: 'untrusted' } };
    const host = await legacyHost(strict);
    expect(await change(host)).toBe('untrusted');
    expect(ruleOf(await host.call('list_sessions'))).toBe('ok');
    // Not without a terminal, and not another caller's.
    expect(await cliJson(world, ['security', 'trust', 'grant', 'host:tests'])).toMatchObject({ code: 4, error: { code: 'DENIED' } }); // prettier-ignore
    // What is wrong in it is told before anybody is asked.
    for (const names of ['kil_pane', ','])
      expect(await cliJson(world, ['security', 'trust', 'grant', 'host:tests', '--operations', names])).toMatchObject({ code: 2 }); // prettier-ignore
    expect(await person('security', 'trust', 'grant', 'host:other')).toMatch(/host:other is trusted for 3600 s/);
    expect(await change(host)).toBe('untrusted');
    expect(await person('security', 'trust', 'grant', 'host:tests', '--operations', 'kill_pane', '--for', '1h')).toMatch(/with kill_pane\? Until the grant ends, every other/); // prettier-ignore
    expect(await change(host)).toBe('not_granted');
    await person('security', 'trust', 'grant', 'host:tests', '--for', '5s');
    const grantedAt = Date.now();
    expect(await change(host)).toBe('ok');
    const { data } = (await cliJson(world, ['security', 'trust', 'list'])) as any;
    expect(data.callers).toContainEqual(expect.objectContaining({ caller: 'host:tests', trust: 'granted' }));
    await sleep(Math.max(0, grantedAt + 5200 - Date.now()));
    expect(await change(host)).toBe('untrusted');
    await host.close();
    expect(await recorded('trust_granted', 'operator')).toMatchObject({ event_type: 'trust', action: { arguments: { caller: 'host:tests' } } }); // prettier-ignore
    // What was revoked is so after a grant that has run out, too.
    const usual = await legacyHost(world);
    expect(await change(usual)).toBe('ok');
    await person('security', 'trust', 'revoke', 'host:tests');
    expect(await change(usual)).toBe('trust_revoked');
    await person('security', 'trust', 'grant', 'host:tests', '--for', '2s');
    expect(await change(usual)).toBe('ok');
    await sleep(2200);
    expect(await change(usual)).toBe('trust_revoked');
    await person('security', 'trust', 'reset', 'host:tests');
    expect(await change(usual)).toBe('ok');
    await usual.close();
  });

  it('is gone, and a containment holds, in five processes at once', { timeout: 60_000 }, async () => {
    const hosts = await Promise.all(Array.from({ length: PROCESSES }, () => legacyHost(world)));
    /** Lets all of them change something, until `stop` is done. @returns when the last change began, by process */
    const during = async (stop: () => Promise<number>): Promise<{ stoppedAt: number; last: number[]; rules: Set<string> }> => {
      let over = false;
      const last = hosts.map(() => 0);
      const rules = new Set<string>();
      const writers = hosts.map(async (host, index) => {
        while (!over) {
          const began = Date.now();
          const rule = await change(host);
          if (rule === 'ok') last[index] = began;
          else rules.add(rule);
        }
      });
      await sleep(400);
      const stoppedAt = await stop();
      await sleep(600);
      over = true;
      await Promise.all(writers);
      return { stoppedAt, last, rules };
    }; // prettier-ignore
    const contained = await during(async () => {
      await cliJson(world, ['security', 'contain', 'host:tests', '--for', '1h']);
      return Date.now();
    });
    expect([...contained.rules].sort()).toEqual(['contained', 'RATE_LIMITED'].filter((rule) => contained.rules.has(rule)).sort()); // prettier-ignore
    expect(contained.rules.has('contained')).toBe(true);
    for (const at of contained.last) expect([at > 0, at - contained.stoppedAt < LATEST_MS]).toEqual([true, true]);
    expect(await person('security', 'release', 'host:tests')).toMatch(/not contained any more/);

    const revoked = await during(async () => {
      await person('security', 'trust', 'revoke', 'host:tests');
      return Date.now();
    });
    expect([...revoked.rules]).toEqual(['trust_revoked']);
    for (const at of revoked.last) expect([at > 0, at - revoked.stoppedAt < LATEST_MS]).toEqual([true, true]);
    await person('security', 'trust', 'reset', 'host:tests');
    await Promise.all(hosts.map((host) => host.close()));
  });
});

describe('explain', () => {
  it('judges what opens a pane as with a command, and writes into nothing by that', async () => {
    const strict = { TMUX_ORC_PROFILE: 'production', TMUX_ORC_SECURITY_RISK_RULES: '[]' };
    const pane = await shellPane('opening');
    const { env } = await agents.manage(pane, { name: 'opener' });
    const explain = async (caller: string, operation: string, target = pane, more = {}): Promise<any> => {
      const given = { ...world, env: { ...world.env, ...strict, TMUX_ORC_SECURITY_TRUST_DEFAULT: 'trusted', ...more } };
      return ((await cliJson(given, ['security', 'explain', caller, operation, target])) as any).data;
    };
    const confirmed = { decision: 'confirm', risk: 'medium' };
    for (const operation of ['create_session', 'spawn_agent'])
      expect(await explain('operator', operation)).toMatchObject(confirmed);
    expect(await explain('agent:opener', 'split_pane')).toMatchObject(confirmed);
    expect(await explain('agent:opener', 'send_keys')).toMatchObject({ decision: 'deny', rule: 'own_pane' });
    expect(await explain('operator', 'rename_session')).toMatchObject({ risk: 'high' });
    // Whoever asks runs there, which says nothing of the host.
    const plain = await shellPane('plain');
    const inside = { TMUX: env.TMUX, TMUX_PANE: plain };
    expect(await explain('host:x', 'send_keys', plain, inside)).toMatchObject({ decision: 'confirm', risk: 'high' });
  });

  it('names what decides', async () => {
    const explain = async (...argv: string[]): Promise<any> =>
      ((await cliJson(world, ['security', 'explain', ...argv])) as any).data;
    expect(await explain('agent:w', 'kill_pane', 'victim')).toMatchObject({
      ...{ decision: 'deny', layer: 'policy', rule: 'foreign_access', caller: { role: 'worker', team: 'red' } },
      target: { relation: 'team' },
    });
    expect(await explain('agent:w', 'capture_pane', 'stays')).toMatchObject({ decision: 'deny', key: 'security.permissions.worker.targets' }); // prettier-ignore
    expect(await explain('host:x', 'kill_session', 'stays')).toMatchObject({ decision: 'allow', risk: 'low' });
    const risky = { ...world, env: { ...world.env, TMUX_ORC_SECURITY_RISK_RULES: '[]' } };
    const { data } = (await cliJson(risky, ['security', 'explain', 'host:x', 'kill_session', 'stays'])) as any;
    expect(data).toMatchObject({ decision: 'confirm', key: 'security.trust.confirm_from_risk', risk: 'high' });
    for (const argv of [
      ['contain', 'nobody'],
      ['contain', 'host:y', '--for', '1y'],
      ['contain', 'host:y', '--for', '0s'],
    ])
      expect(await cliJson(world, ['security', ...argv])).toMatchObject({ code: 2, error: { code: 'INVALID_INPUT' } });
    await cliJson(world, ['security', 'contain', 'host:y']);
    expect(await explain('host:y', 'send_keys', 'stays')).toMatchObject({ decision: 'deny', layer: 'containment' });
    expect(await cliJson(world, ['security', 'explain', 'agent:nobody', 'send_keys'])).toMatchObject({ code: 3 });
    expect(await cliJson(world, ['security', 'explain', 'host:x', 'nothing'])).toMatchObject({ code: 2 });
  });
});
