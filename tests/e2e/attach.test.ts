import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN, cli, cliJson } from '../support/program.js';
import { createDesk, type Desk, type PersonTerminal } from '../support/terminal.js';
import { createWorld, until, type World } from '../support/world.js';

let world: World;
let desk: Desk;

/** The view of the one client that is attached by a person. */
async function view(): Promise<string> {
  const format =
    '#{client_session}:#{window_index}.#{pane_index} zoomed=#{window_zoomed_flag} readonly=#{client_readonly}';
  return world.tmux('list-clients', '-F', format);
}

async function attached(spot: string): Promise<void> {
  await until(`a client on ${spot}`, async () => (await view().catch(() => '')).includes(spot), 20_000);
}

async function detach(terminal: PersonTerminal): Promise<void> {
  await terminal.keys('C-b', 'd');
  expect(await terminal.ended()).toEqual({ status: 0, sameTty: true });
  await terminal.shows(/line before[\s\S]*\[detached \(from session .*\)\]/);
}

beforeAll(async () => {
  world = createWorld();
  desk = createDesk(world);
  const pane = 'exec cat';
  await world.tmux('new-session', '-d', '-s', 'alpha', '-n', 'one', '-x', '80', '-y', '24', pane);
  // A machine that is busy delivers keys so close together that tmux takes them for pasted text.
  await world.tmux('set-option', '-g', 'assume-paste-time', '0');
  await world.tmux('split-window', '-d', '-t', 'alpha:one', pane);
  await world.tmux('new-window', '-d', '-n', 'two', '-t', 'alpha:1', pane);
  await world.tmux('split-window', '-d', '-t', 'alpha:two', pane);
  await world.tmux('split-window', '-d', '-t', 'alpha:two', pane);
  await world.tmux('new-session', '-d', '-s', 'alphabet', '-x', '80', '-y', '24', pane);
});

afterAll(async () => {
  await desk.close();
  await world.close();
});

describe('attach, outside of tmux', () => {
  it('lands in the session, window and pane that were named, and ends with tmux', async () => {
    const terminal = await desk.run(['attach', 'alpha:two.2']);
    await attached('alpha:1.2');
    await detach(terminal);
  });

  it('takes a pane id, and shows that pane of a window that is zoomed on another', async () => {
    await world.tmux('resize-pane', '-Z', '-t', 'alpha:one.0');
    const id = await world.tmux('display-message', '-p', '-t', 'alpha:one.1', '#{pane_id}');
    const terminal = await desk.run(['attach', id]);
    await attached('alpha:0.1 zoomed=0');
    await detach(terminal);
  });

  it('takes a session as it is, and does not take a prefix for it', async () => {
    await world.tmux('select-window', '-t', 'alpha:two');
    const terminal = await desk.run(['attach', 'alpha']);
    await attached('alpha:1.');
    await detach(terminal);
    const missing = await desk.run(['attach', 'alph']);
    expect(await missing.ended()).toEqual({ status: 3, sameTty: true });
    expect(await missing.screen()).toContain('NOT_FOUND: No such session.');
  });

  it('shows a linked window in the session that the target names', async () => {
    await world.tmux('link-window', '-d', '-s', 'alpha:two', '-t', 'alphabet:7');
    const terminal = await desk.run(['attach', 'alphabet:7.1']);
    await attached('alphabet:7.1');
    await detach(terminal);
    await world.tmux('unlink-window', '-t', 'alphabet:7');
  });

  it('looks without typing when it is asked to', async () => {
    const terminal = await desk.run(['attach', 'alphabet', '--read-only']);
    await attached('readonly=1');
    await terminal.keys('typed', 'Enter');
    await detach(terminal);
    expect(await world.tmux('capture-pane', '-p', '-t', 'alphabet:0')).not.toContain('typed');
  });

  it('keeps the terminal and the locale of the person, and tells tmux nothing of ours', async () => {
    const terminal = await desk.run(['attach', 'alphabet'], { env: { TERM: 'screen', MY_OWN: 'kept' } });
    await attached('alphabet:0.0');
    expect(await world.tmux('list-clients', '-F', '#{client_termname} #{client_utf8}')).toBe('screen 1');
    const pid = await world.tmux('list-clients', '-F', '#{client_pid}');
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    expect(variables).toContain('MY_OWN=kept');
    expect(variables.filter((entry) => /^(?:TMUX_ORC_|TMUX=|TMUX_PANE=)/.test(entry))).toEqual([]);
    await detach(terminal);
  });

  it('ends with the status of tmux, and gives the terminal back, when it is told to end', async () => {
    const terminal = await desk.run(['attach', 'alphabet']);
    await attached('alphabet:0.0');
    process.kill(terminal.pid, 'SIGTERM');
    expect(await terminal.ended()).toEqual({ status: 1, sameTty: true });
    expect(await terminal.modes()).toMatchObject({ alternate: false, cursor: true });
  });

  it('stops with tmux when the person suspends it, and goes on with it', async () => {
    const env = ['env', `NODE=${process.execPath}`, `BIN=${BIN}`, 'PS1=ready> '];
    const terminal = await desk.open([...env, 'bash', '--norc', '-i']);
    await terminal.shows('ready>');
    await terminal.keys('"$NODE" "$BIN" attach alphabet', 'Enter');
    await attached('alphabet:0.0');
    await terminal.keys('C-b', 'C-z');
    await terminal.shows(/Stopped/);
    await terminal.keys('fg', 'Enter');
    await terminal.shows(/\[alphabet\]/);
    await terminal.keys('C-b', 'd');
    await terminal.shows(/\[detached[\s\S]*ready> *$/);
    await terminal.keys('exit', 'Enter');
    expect((await terminal.ended()).status).toBe(0);
  });
});

describe('attach, inside of tmux', () => {
  /** A pane of the world's server, shown to a person. */
  async function inside(): Promise<{ terminal: PersonTerminal; pane: string }> {
    const pane = await world.tmux('new-session', '-d', '-P', '-F', '#{pane_id}', '-s', 'desk', '-x', '80', '-y', '24', 'env', 'PS1=ready> ', 'bash', '--norc'); // prettier-ignore
    const terminal = await desk.run(['attach', 'desk']);
    await attached('desk:0.0');
    await terminal.shows('ready>');
    return { terminal, pane };
  }
  const command = (argv: string): string =>
    `TMUX_ORC_TMUX_SOCKET_NAME=${world.socketName} '${process.execPath}' '${BIN}' ${argv}; echo status=$?`;

  it('switches the client of the same server, and refuses what would hold for all of it', async () => {
    const { terminal } = await inside();
    await terminal.keys(command('attach alpha --read-only'), 'Enter');
    await terminal.shows(/CONFLICT: .*--read-only[\s\S]*status=6/);
    await terminal.keys(command('attach alpha:two.1'), 'Enter');
    await attached('alpha:1.1');
    await detach(terminal);
    await world.tmux('kill-session', '-t', '=desk');
  });

  it('refuses inside of another server, with the command to run', async () => {
    const env = { TMUX: '/nowhere/else,1,0', TMUX_PANE: '%0' };
    const terminal = await desk.run(['attach', 'alpha:two.1'], { env, columns: 200 });
    expect(await terminal.ended()).toEqual({ status: 6, sameTty: true });
    const id = await world.tmux('display-message', '-p', '-t', 'alpha:two.1', '#{session_id}:#{window_id}.#{pane_id}');
    expect(await terminal.screen()).toContain(`env -u TMUX tmux -L ${world.socketName} attach -t '${id}'`);
  });
});

describe('attach, without a terminal', () => {
  it('says so', async () => {
    const result = await cli(world, ['attach', 'alpha']);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/^INVALID_INPUT: attach: needs a terminal\.\n.*pane capture/);
    expect(await cliJson(world, ['attach', 'alpha'])).toMatchObject({ ok: false, code: 2 });
  });
});
