import { mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { logLines } from '../support/log-lines.js';
import { cli, type Host, legacyHost } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

let world: World;
let root: string;
const hosts: Host[] = [];

function begin(settings: Record<string, string>): void {
  world = createWorld(settings);
  root = join(world.env.XDG_STATE_HOME ?? '/nowhere', 'tmux-orchestrator');
}
async function host(): Promise<Host> {
  const opened = await legacyHost(world);
  hosts.push(opened);
  return opened;
}
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((opened) => opened.close()));
  await world.close();
});

// An unknown variable is a warning at the start.
const WARNED = { TMUX_ORC_LOG_LEVLE: 'x' };
const warning = (line: { message: string }): boolean => line.message.includes('TMUX_ORC_LOG_LEVLE');

describe('the log of a server', () => {
  it('is in the state folder, for us alone, as well as on standard error', async () => {
    begin(WARNED);
    const { stderr } = await host();
    const line = await until('the line', () => logLines(root).find(warning));
    expect(line).toMatchObject({ level: 'warn', pid: hosts[0]?.pid });
    expect(JSON.parse(stderr().split('\n').find((text) => text.includes('LEVLE')) ?? '')).toMatchObject({ level: 'warn', message: line.message }); // prettier-ignore
    const modes = ['log', 'log/000001.jsonl'].map((name) => (statSync(join(root, name)).mode & 0o777).toString(8));
    expect(modes).toEqual(['700', '600']);
  });

  it('is written at the end when the process ends before', async () => {
    begin(WARNED);
    await (await host()).close();
    const { pid } = hosts.splice(0)[0]!;
    await until('the line', () => logLines(root).some((line) => warning(line) && line.pid === pid));
  });

  it('has no secret in it', async () => {
    begin({ ...WARNED, MY_TOKEN: 'LOG_LEVLE' });
    await host();
    const lines = await until('the lines', () => logLines(root).length > 0 && logLines(root));
    expect(JSON.stringify(lines)).toContain('[REDACTED:env:');
    expect(JSON.stringify(lines)).not.toContain('LOG_LEVLE');
  });

  it('has the form on standard error that the config names', async () => {
    begin({ ...WARNED, TMUX_ORC_LOG_FORMAT: 'text' });
    const { stderr } = await host();
    await until('the line', () => /^\S+Z warn: .*TMUX_ORC_LOG_LEVLE/m.test(stderr()));
    expect(await until('the line of the file', () => logLines(root).find(warning))).toMatchObject({ level: 'warn' });
  });

  it('says nothing below the level', async () => {
    begin({ ...WARNED, TMUX_ORC_LOG_LEVEL: 'error' });
    const opened = await host();
    await opened.call('list_sessions');
    await opened.close();
    expect([logLines(root), opened.stderr()]).toEqual([[], '']);
  });

  it('is not written through a link, and calls go on', async () => {
    begin(WARNED);
    mkdirSync(root, { recursive: true, mode: 0o700 });
    symlinkSync(world.folder, join(root, 'log'));
    const opened = await host();
    await until('the problem', () => opened.stderr().includes('The log file cannot be written'));
    expect((await opened.call('list_sessions')).isError).not.toBe(true);
    expect(opened.stderr()).not.toContain(world.folder);
  });
});

describe('a command', () => {
  it('writes for a person, and all of it to the file', async () => {
    begin(WARNED);
    const { stderr, code } = await cli(world, ['session', 'list']);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^warn: .*TMUX_ORC_LOG_LEVLE/)]);
    expect(logLines(root).filter(warning)).toHaveLength(1);
  });

  it('makes no file when there is nothing to say', async () => {
    begin({});
    expect((await cli(world, ['session', 'list'])).code).toBe(0);
    expect(logLines(root)).toEqual([]);
  });
});
