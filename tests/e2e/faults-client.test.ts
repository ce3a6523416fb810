import { beforeEach, describe, expect, it } from 'vitest';
import { type Host, legacyHost } from '../support/program.js';
import { controlClients, type Data, dataOf, UNLIMITED } from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';

/** How long a control client may be out of use after it was lost several times in a row. */
const BACK_OFF_MS = 20_000;

const caller =
  (host: () => Host) =>
  async (name: string, args: Record<string, unknown> = {}): Promise<Data> => {
    const result = await host().call(name, args);
    if (result.isError === true) throw new Error(`${name}: ${JSON.stringify(dataOf(result).error)}`);
    return dataOf(result);
  };

/** Pids and sessions of the control clients that tmux knows. */
async function attachedControl(world: World): Promise<{ pid: number; session: string }[]> {
  const rows = await world.tmux('list-clients', '-F', '#{client_control_mode} #{client_pid} #{session_name}');
  return rows
    .split('\n')
    .map((row) => row.split(' '))
    .filter(([control]) => control === '1')
    .map(([, pid, session]) => ({ pid: Number(pid), session: session ?? '' }));
}

const sizes = (world: World): Promise<string> =>
  world.tmux('list-windows', '-a', '-F', '#{session_name} #{window_width}x#{window_height}');

describe('the control client is lost', () => {
  let world: World;
  let host: Host;
  const call = caller(() => host);
  beforeEach(async () => {
    world = createWorld(UNLIMITED);
    for (const [name, width, height] of [
      ['one', '100', '30'],
      ['two', '70', '20'],
    ] as const) {
      await world.tmux('new-session', '-d', '-s', name, '-x', width, '-y', height, `echo I am ${name}; exec cat`);
      await world.tmux('set-environment', '-t', name, 'DISPLAY', ':7');
      await world.tmux('set-environment', '-t', name, 'SSH_AUTH_SOCK', `/agent/${name}`);
    }
    host = await legacyHost(world);
    return async () => {
      await host.close();
      await world.close();
    };
  });

  const control = (): Promise<{ pid: number; session: string }> =>
    until(
      'the control client',
      async () => {
        await call('list_sessions');
        return (await attachedControl(world))[0];
      },
      BACK_OFF_MS,
    );
  /** Everything is right at the next call, whatever way it takes. */
  const expectRight = async (names: readonly string[]): Promise<void> => {
    const { sessions } = await call('list_sessions', { detail: 'panes' });
    expect(sessions.map(({ name }) => name)).toEqual(names);
    expect(sessions.every((session) => session.attached_clients === 0)).toBe(true);
    for (const name of names) expect((await call('capture_pane', { target: name })).text).toContain(`I am ${name}`);
    await call('send_keys', { target: names[0], text: `to-${String(names[0])}` });
  };
  const expectUntouched = async (): Promise<void> => {
    expect(await sizes(world)).toBe('one 100x30\ntwo 70x20');
    for (const name of ['one', 'two']) {
      const environment = await world.tmux('show-environment', '-t', name);
      expect(environment).toContain('DISPLAY=:7');
      expect(environment).toContain(`SSH_AUTH_SOCK=/agent/${name}`);
    }
  };

  it('to kill -9, again and again', async () => {
    for (let n = 0; n < 5; n++) {
      const { pid } = await control();
      process.kill(pid, 'SIGKILL');
      await expectRight(['one', 'two']);
      expect(controlClients(world).length).toBeLessThanOrEqual(1);
    }
    await control();
    await expectUntouched();
  });

  it('to kill -9 with calls in flight: reads are right, writes are done once or said to be unknown', async () => {
    const { pid } = await control();
    const listings = Array.from({ length: 40 }, () => call('list_sessions'));
    const captures = Array.from({ length: 40 }, () => call('capture_pane', { target: 'two' }));
    const sends = Array.from({ length: 20 }, (_, n) => host.call('send_keys', { target: 'one', text: `<${n}>` }));
    await Promise.race(listings);
    process.kill(pid, 'SIGKILL');
    for (const { sessions } of await Promise.all(listings))
      expect(sessions.map(({ name }) => name)).toEqual(['one', 'two']);
    for (const { text } of await Promise.all(captures)) expect(text).toContain('I am two');
    const results = await Promise.all(sends);
    const { text } = await call('capture_pane', { target: 'one' });
    for (const [n, result] of results.entries()) {
      const times = text.split(`<${n}>`).length - 1;
      if (result.isError !== true) expect(times).toBe(1);
      else {
        expect(dataOf(result).error.code).toBe('OUTCOME_UNKNOWN');
        expect(times).toBeLessThanOrEqual(1);
      }
    }
    await expectUntouched();
  });

  it('to kill-session of the session that it is attached to', async () => {
    const { session } = await control();
    await world.tmux('kill-session', '-t', `=${session}`);
    await expectRight(['one', 'two'].filter((name) => name !== session));
    await world.tmux('kill-server');
    expect((await call('list_sessions')).sessions).toEqual([]);
  });

  it('to detach-client', async () => {
    for (const flags of [['-s'], ['-a', '-s']]) {
      const { session } = await control();
      await world.tmux('detach-client', ...flags, session).catch(() => undefined);
      await expectRight(['one', 'two']);
    }
    await expectUntouched();
  });

  it('to its session being killed by us', async () => {
    const { session } = await control();
    await call('kill_session', { session });
    await expectRight(['one', 'two'].filter((name) => name !== session));
  });

  it('and a user with detach-on-destroy off: our client is moved, and nothing breaks', async () => {
    await world.tmux('set-option', '-g', 'detach-on-destroy', 'off');
    const { session } = await control();
    await world.tmux('kill-session', '-t', `=${session}`);
    await expectRight(['one', 'two'].filter((name) => name !== session));
  });
});

describe('beside a person who is attached', () => {
  let world: World;
  /** A tmux around the other one: its pane is the person's terminal. */
  let desk: World;
  let host: Host;
  const call = caller(() => host);
  beforeEach(async () => {
    world = createWorld(UNLIMITED);
    desk = createWorld();
    host = await legacyHost(world);
    return async () => {
      await host.close();
      await desk.close();
      await world.close();
    };
  });

  const attach = async (session: string): Promise<void> => {
    const client = ['env', '-u', 'TMUX', '-u', 'TMUX_PANE', 'tmux', '-L', world.socketName, 'attach-session', '-t', `=${session}`]; // prettier-ignore
    await desk.tmux('new-session', '-d', '-x', '90', '-y', '25', ...client);
    await until('the person', async () => (await world.tmux('list-clients', '-F', '#{client_width}')).includes('90'));
  };

  it('no window takes our size, and the person is told apart from us', async () => {
    await world.tmux('new-session', '-d', '-s', 'one', '-x', '120', '-y', '40', 'cat');
    await attach('one');
    const before = await sizes(world);
    expect(before).toContain('one 90x');
    await until('the control client', async () => {
      expect((await call('list_sessions')).sessions[0]?.attached_clients).toBe(1);
      return controlClients(world).length > 0;
    });
    await call('create_window', { session: 'one', command: ['cat'] });
    expect(await sizes(world)).toBe(`${before}\n${before}`);
    await host.close();
    expect(await sizes(world)).toBe(`${before}\n${before}`);
    expect(await world.tmux('list-clients', '-F', '#{client_width}')).toBe('90');
  });

  it.each(['session', 'server'])('sessions with destroy-unattached (set on the %s) survive us', async (where) => {
    await world.tmux('new-session', '-d', '-s', 'fragile', 'echo fragile text; exec cat');
    await attach('fragile');
    await world.tmux('set-option', ...(where === 'server' ? ['-g'] : ['-t', 'fragile']), 'destroy-unattached', 'on');
    // Where it is the only session there is none to attach to: every call goes by a client of its own.
    for (let n = 0; n < 3; n++) {
      expect((await call('list_sessions')).sessions).toMatchObject([{ name: 'fragile', attached_clients: 1 }]);
      expect((await call('capture_pane', { target: 'fragile' })).text).toContain('fragile text');
      await call('send_keys', { target: 'fragile', text: 'x' });
      expect(await attachedControl(world)).toEqual([]);
    }
    await host.close();
    expect(await world.tmux('list-sessions', '-F', '#{session_name} #{session_attached}')).toBe('fragile 1');
  });

  it('another session is used, and one that gets destroy-unattached later survives us too', async () => {
    await world.tmux('new-session', '-d', '-s', 'fragile', 'cat');
    await world.tmux('new-session', '-d', '-s', 'sturdy', 'cat');
    await attach('fragile');
    await world.tmux('set-option', '-t', 'fragile', 'destroy-unattached', 'on');
    await until('the control client', async () => {
      await call('list_sessions');
      return (await attachedControl(world)).length > 0;
    });
    expect((await attachedControl(world)).map(({ session }) => session)).toEqual(['sturdy']);
    await host.close();
    expect(await world.tmux('list-sessions', '-F', '#{session_name}')).toBe('fragile\nsturdy');
  });
});
