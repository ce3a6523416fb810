import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AnswerForm,
  cli,
  cliJson,
  type Host,
  legacyHost,
  modernHost,
  type ToolResult,
} from '../support/program.js';
import { createDesk, type Desk } from '../support/terminal.js';
import { createWorld, until, type World } from '../support/world.js';

/** What the program does where nobody has set anything; only the rate limit is off. */
const DEFAULT = { TMUX_ORC_SECURITY_RISK_RULES: '[]' };

let world: World;
let desk: Desk;
let host: Host;

beforeAll(async () => {
  world = createWorld(DEFAULT);
  desk = createDesk(world);
  host = await legacyHost(world);
  // A session that is always there and that the user has made by hand.
  await world.tmux('new-session', '-d', '-s', 'mine', 'cat');
});
afterAll(async () => {
  await host.close();
  await desk.close();
  await world.close();
});

const errorOf = (result: ToolResult): any => (result.isError === true ? result.structuredContent.error : undefined);
const codeOf = (result: ToolResult): string => errorOf(result)?.code ?? 'ok';
/** The last records of the audit log about an operation. */
async function recorded(operation: string): Promise<any> {
  const { stdout } = await cli(world, ['audit', 'tail', '--json', '-n', '200', '--operation', operation]);
  const records = stdout.trim().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
  return records.at(-1);
}
async function answer(argv: string[], yes = true): Promise<string> {
  const terminal = await desk.run(argv);
  if (argv[0] === 'approve') {
    await terminal.shows('[y/N]');
    await terminal.keys(yes ? 'y' : 'n', 'Enter');
  }
  const screen = await terminal.shows('status=');
  await terminal.close();
  return screen.replaceAll(/\s+/g, ' ');
}
const make = async (name: string): Promise<any> =>
  (await host.call('create_session', { name, command: ['cat'] })).structuredContent;
const byHand = (name: string): Promise<string> =>
  world.tmux('new-session', '-d', '-P', '-F', '#{session_id} #{window_id} #{pane_id}', '-s', name, 'cat');

describe('risk', () => {
  it('lets a host work freely on what it created', async () => {
    const { session, window, pane } = await make('own');
    const steps: [string, object][] = [
      ['create_window', { session: session.id }],
      ['split_pane', { target: pane.id }],
      ['send_keys', { target: pane.id, text: 'x', keys: ['C-c'] }],
      ['rename_window', { window: window.id, new_name: 'w' }],
      ['rename_session', { session: 'own', new_name: 'own2' }],
      ['kill_window', { window: window.id }],
      ['kill_session', { session: 'own2' }],
    ];
    for (const [name, args] of steps)
      expect([name, codeOf(await host.call(name, args as never))]).toEqual([name, 'ok']);
    expect((await recorded('kill_session')).action.risk).toBe('medium');
    expect((await recorded('split_pane')).action.risk).toBe('low');
  });

  it('asks before every change of what the user made, and changes nothing', async () => {
    const [session, window, pane] = (await byHand('theirs')).split(' ');
    const before = await world.tmux('list-panes', '-a', '-F', '#{session_name} #{window_name} #{pane_id}');
    const steps: [string, object][] = [
      ['create_window', { session }],
      ['split_pane', { target: pane }],
      ['send_keys', { target: pane, text: 'hunter2-hunter2' }],
      ['run_command', { target: pane, command: 'true' }],
      ['rename_window', { window, new_name: 'w' }],
      ['rename_session', { session: 'theirs', new_name: 'w' }],
      ['kill_pane', { target: pane }],
      ['kill_window', { window }],
      ['kill_session', { session: 'theirs' }],
    ];
    for (const [name, args] of steps) {
      const result = await host.call(name, args as never);
      expect([name, codeOf(result)]).toEqual([name, 'CONFIRMATION_REQUIRED']);
      expect(JSON.stringify(result)).not.toContain('hunter2');
    }
    expect(await world.tmux('list-panes', '-a', '-F', '#{session_name} #{window_name} #{pane_id}')).toBe(before);
    const record = await until('the record', async () => {
      const last = await recorded('kill_session');
      return last.action.risk === 'high' && last;
    });
    expect(record).toMatchObject({
      decision: { result: 'confirm', layer: 'confirmation', rule: 'confirmation_required' },
      security: { foreign_target: true },
      outcome: { status: 'refused', error_code: 'CONFIRMATION_REQUIRED' },
    });
    await world.tmux('kill-session', '-t', '=theirs');
  });

  it('believes rows and no option, and tells servers apart', async () => {
    const other = createWorld(DEFAULT);
    const guest = await legacyHost(other);
    try {
      await guest.call('create_session', { name: 'first', command: ['cat'] });
      await other.killServer();
      // The same ids, on another server; and the option that marks our sessions.
      await other.tmux('new-session', '-d', '-s', 'first', 'cat');
      await other.tmux('set-option', '-t', 'first', '@orc_created', '1');
      const result = await guest.call('kill_session', { session: 'first' });
      expect(errorOf(result)).toMatchObject({ code: 'CONFIRMATION_REQUIRED', details: { risk: 'critical' } });
    } finally {
      await guest.close();
      await other.close();
    }
  });

  it('is what the rules and the bounds of the config say', async () => {
    const strict = {
      ...world,
      env: {
        ...world.env,
        TMUX_ORC_SECURITY_RISK_RULES: '[{"operations":["create_session"],"targets":["prod-*"],"risk":"critical"}]',
        TMUX_ORC_SECURITY_TRUST_BLOCK_FROM_RISK: 'critical',
      },
    };
    expect(await cliJson(strict, ['session', 'create', 'prod-1', '--yes'])).toMatchObject({ code: 4, error: { code: 'DENIED' } }); // prettier-ignore
    expect((await recorded('create_session')).decision).toEqual({
      result: 'deny',
      layer: 'risk',
      rule: 'risk_blocked',
    });
    expect(await cliJson(strict, ['session', 'create', 'dev-1', '--', 'cat'])).toMatchObject({ ok: true });
    expect(await cliJson(strict, ['session', 'kill', 'dev-1'])).toMatchObject({ ok: true });
  });
});

describe('the command line', () => {
  it('goes on with what it made, and asks for the rest: --yes answers', async () => {
    expect((await cli(world, ['session', 'create', 'script', '--', 'cat'])).code).toBe(0);
    expect((await cli(world, ['session', 'kill', 'script'])).code).toBe(0);
    await byHand('hand');
    const refused = await cliJson(world, ['session', 'kill', 'hand']);
    expect(refused).toMatchObject({ code: 4, error: { code: 'CONFIRMATION_REQUIRED', hint: expect.stringContaining('--yes') } }); // prettier-ignore
    expect((await cli(world, ['session', 'kill', 'hand', '--yes'])).code).toBe(0);
    expect(await recorded('kill_session')).toMatchObject({
      decision: { result: 'allow', layer: 'confirmation', rule: 'confirmed_foreign_destroy' },
      security: { permission_used: 'confirmed_by_flag' },
    });
  });

  it('asks at a terminal', async () => {
    await byHand('hand');
    const run = async (key: string): Promise<string> => {
      const terminal = await desk.run(['session', 'kill', 'hand']);
      await terminal.shows('Go on? [y/N]');
      await terminal.keys(key, 'Enter');
      const screen = await terminal.shows('status=');
      await terminal.close();
      return screen.replaceAll(/\s+/g, ' ');
    };
    expect(await run('n')).toMatch(/session \$\d+ "hand" \(1 pane\).*CANCELLED.*status=130/);
    expect(await run('y')).toMatch(/Killed session hand.*status=0/);
  });
});

describe('a confirmation', () => {
  it('is given at a terminal only, and holds for the same call once', async () => {
    const [session] = (await byHand('asked')).split(' ');
    const call = (): Promise<ToolResult> => host.call('create_window', { session, command: ['cat'] });
    const { approval_id: id, expires_in_seconds: seconds } = errorOf(await call()).details;
    expect(seconds).toBe(120);
    for (const argv of [['approve', id], ['deny', id]])
      expect(await cliJson(world, argv)).toMatchObject({ code: 4, error: { code: 'DENIED' } }); // prettier-ignore
    const { data } = (await cliJson(world, ['security', 'approvals'])) as any;
    const listed = data.approvals.find((one: any) => one.id === id);
    expect(listed).toMatchObject({ caller: 'host:tests', risk: 'high', scopes: ['once', 'session'] });
    expect(listed.text).toContain('open a window in it, running "cat"');

    expect(await answer(['approve', id], false)).toMatch(/Nothing was approved/);
    expect(errorOf(await call()).details.approval_id).toBe(id);
    expect(await answer(['approve', id])).toMatch(/host:tests wants.*Approved: this call, once/);
    expect(codeOf(await host.call('create_window', { session, command: ['cat', '-'] }))).toBe('CONFIRMATION_REQUIRED');
    expect(codeOf(await call())).toBe('ok');
    expect(codeOf(await call())).toBe('CONFIRMATION_REQUIRED');
    expect((await recorded('create_window')).action.risk).toBe('high');
    expect(await recorded('confirmation_approved')).toMatchObject({ event_type: 'security', actor: { caller: 'operator' }, action: { arguments: { approval_id: id, scope: 'once' } } }); // prettier-ignore
    expect(await answer(['deny', id])).toMatch(/NOT_FOUND/);
    await world.tmux('kill-session', '-t', '=asked');
  });

  it('can be for a pane, and can be a no', async () => {
    const [, , pane] = (await byHand('asked')).split(' ');
    const type = (text: string): Promise<ToolResult> => host.call('send_keys', { target: pane!, text });
    const { approval_id: id } = errorOf(await type('one')).details;
    expect(await answer(['approve', id, '--for', 'pane'])).toMatch(/type "one".*Approved: all such calls/);
    expect([codeOf(await type('one')), codeOf(await type('two'))]).toEqual(['ok', 'ok']);
    const kill = (): Promise<ToolResult> => host.call('kill_pane', { target: pane! });
    const no = errorOf(await kill()).details.approval_id;
    expect(await answer(['deny', no])).toMatch(/Denied/);
    expect(errorOf(await kill())).toMatchObject({ code: 'DENIED', message: expect.stringContaining('said no') });
    expect((await recorded('confirmation_approved')).event_type).toBe('trust');
    await world.tmux('kill-session', '-t', '=asked');
  });
});

describe.each([
  ['legacy', legacyHost],
  ['modern', modernHost],
] as const)('a %s host that can show forms', (era, open) => {
  it('asks the person, and a yes holds for this call once', async () => {
    const name = `form-${era}`;
    const [session] = (await byHand(name)).split(' ');
    const seen: string[] = [];
    const answers: ReturnType<AnswerForm>[] = [
      { action: 'decline' },
      { action: 'cancel' },
      { action: 'accept', content: { allow: 'yes' } },
      { action: 'accept', content: { allow: 'once' } },
    ];
    const asking = await open(world, (message) => {
      seen.push(message);
      return answers.shift() ?? { action: 'cancel' };
    });
    try {
      const create = (command: string): Promise<ToolResult> =>
        asking.call('create_window', { session, command: ['cat', command] });
      expect([codeOf(await create('-')), codeOf(await create('-'))]).toEqual(['DENIED', 'DENIED']);
      expect(codeOf(await create('/dev/tty'))).toBe('CONFIRMATION_REQUIRED');
      expect(codeOf(await create('/dev/tty'))).toBe('CONFIRMATION_REQUIRED');
      expect(codeOf(await create('/dev/tty'))).toBe('ok');
      expect(codeOf(await create('/dev/tty'))).toBe('CONFIRMATION_REQUIRED');
      expect(seen).toHaveLength(5);
      expect(seen[0]).toContain(`session ${session!} "${name}"`);
      expect(await recorded('confirmation_approved')).toMatchObject({ actor: { caller: 'host:tests', role: 'host' } });
    } finally {
      await asking.close();
      await world.tmux('kill-session', '-t', `=${name}`);
    }
  });
});

describe('the pane that the server runs in', () => {
  it('is never written into or ended by it', async () => {
    const [session, window, pane] = (await byHand('inside')).split(' ');
    const pid = await world.tmux('display-message', '-p', '#{pid}');
    const inside = { TMUX: `${world.socketPath},${pid},0`, TMUX_PANE: pane! };
    const own = await modernHost({ ...world, env: { ...world.env, ...inside, TMUX_ORC_SECURITY_TRUST_CONFIRM_FROM_RISK: 'critical' } }); // prettier-ignore
    try {
      const steps: [string, object][] = [
        ['send_keys', { target: 'inside', text: 'x' }],
        ['run_command', { target: pane, command: 'true' }],
        ['kill_pane', { target: pane }],
        ['kill_window', { window }],
        ['kill_session', { session }],
      ];
      for (const [name, args] of steps)
        expect([name, codeOf(await own.call(name, args as never))]).toEqual([name, 'DENIED']);
      expect((await recorded('kill_session')).decision).toEqual({
        result: 'deny',
        layer: 'own_pane',
        rule: 'own_pane',
      });
      const split = await own.call('split_pane', { target: pane, command: ['cat'] });
      const { id } = split.structuredContent.pane;
      expect(codeOf(await own.call('send_keys', { target: id, text: 'x' }))).toBe('ok');
    } finally {
      await own.close();
    }
    // Another server has a pane of that id, too.
    const elsewhere = { TMUX: `${world.socketPath}x,${pid},0`, TMUX_PANE: pane! };
    const stranger = await modernHost({ ...world, env: { ...world.env, ...elsewhere, TMUX_ORC_SECURITY_TRUST_CONFIRM_FROM_RISK: 'critical' } }); // prettier-ignore
    expect(codeOf(await stranger.call('send_keys', { target: pane!, text: 'x' }))).toBe('ok');
    await stranger.close();
    await world.tmux('kill-session', '-t', '=inside');
  });
});
