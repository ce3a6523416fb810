import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Data, file, ok, run, shellPane } from '../support/panes.js';
import { cli, type Host, legacyHost } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

// Joined here, so that no scanner takes the tests for a leak.
const TOKEN = ['gh', 'p_wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('');
const ENV_SECRET = 'a-value-of-the-environment';
const SECRET_PARTS = [TOKEN.slice(4), ENV_SECRET];

function expectNoPiece(reply: unknown): void {
  const text = typeof reply === 'string' ? reply : JSON.stringify(reply);
  for (const secret of SECRET_PARTS)
    for (let at = 0; at + 8 <= secret.length; at++) expect(text).not.toContain(secret.slice(at, at + 8));
}

describe('secrets in panes', () => {
  let world: World;
  let host: Host;
  let pane: string;
  const replies: unknown[] = [];
  const call = async (tool: string, args: Record<string, unknown>): Promise<Data> => {
    const data = await ok(host, tool, args);
    replies.push(data);
    expectNoPiece(data);
    return data;
  };
  /** Types without what is typed being the secret itself. */
  const type = (text: string): Promise<Data> => call('send_keys', { target: pane, text, keys: ['Enter'] });

  beforeAll(async () => {
    world = createWorld({ MY_SERVICE_TOKEN: ENV_SECRET, TMUX_ORC_LOG_LEVEL: 'debug' });
    const key = join(world.env.XDG_STATE_HOME ?? '', 'tmux-orchestrator', 'redaction.key');
    host = await legacyHost(world);
    await ok(host, 'list_sessions', {});
    expect(existsSync(key)).toBe(false);
    pane = await shellPane(host, world, 'bash', 'redacted', { width: 100 });
    file(world, 'first', TOKEN.slice(0, 20));
    file(world, 'second', `${TOKEN.slice(20)}\n`);
    file(world, 'whole', `TOKEN=${TOKEN}\n`);
    file(world, 'env', `it is ${ENV_SECRET}\n`);
  });
  afterAll(async () => {
    await host.close();
    await world.close();
  });

  it('are redacted in output, on the screen, and have one tag', async () => {
    const output = await call('run_command', { target: pane, command: 'cat whole env' });
    expect(output).toMatchObject({ redactions: 2, untrusted: true });
    expect(output.output).toMatch(/^TOKEN=\[REDACTED:github:\w{4}\]\nit is \[REDACTED:env:\w{4}\]\n$/);
    const screen = await call('capture_pane', { target: pane });
    expect(screen).toMatchObject({ redactions: 2, untrusted: true });
    expect(screen.text).toContain(output.output.split('\n')[0]);
    const text = await cli(world, ['pane', 'capture', pane]);
    expectNoPiece(text);
    // The command is a process of its own.
    expect(text.stdout).toContain(output.output.split('\n')[0]);
    expect(text.stdout).not.toContain('<<<');
  });

  it('are found when a cursor falls in the middle of one', async () => {
    await run(host, pane, 'clear');
    await type('cat first; read -r; cat second');
    await until('the first half', async () =>
      (await world.tmux('capture-pane', '-p', '-t', pane)).includes(TOKEN.slice(0, 20)),
    );
    const first = await call('capture_pane', { target: pane });
    expect(first.text).toMatch(/\[REDACTED:github:\w{4}\]$/);
    await world.tmux('send-keys', '-t', pane, '-N', '1', 'Enter');
    await until('the second half', async () =>
      (await world.tmux('capture-pane', '-p', '-t', pane)).includes(TOKEN.slice(30)),
    );
    const second = await call('capture_pane', { target: pane, since: first.cursor });
    expect(second.text).not.toContain(TOKEN.slice(-6));
  });

  it('are found when a job is asked for in the middle of one', async () => {
    const begun = await call('run_command', {
      target: pane,
      command: 'cat first; sleep 2; cat second; sleep 1; echo end',
      timeout_seconds: 1,
    });
    expect(begun).toMatchObject({ job: { state: 'running' }, redactions: 1 });
    expect(begun.output).toMatch(/^\[REDACTED:github:\w{4}\]$/);
    const more = await call('get_job', { job_id: begun.job.id, since: begun.cursor, timeout_seconds: 20 });
    expect(more).toMatchObject({ job: { state: 'done', exit_code: 0 }, redactions: 1 });
    expect(more.output).toMatch(/^\[REDACTED:github:\w{4}\]\nend\n$/);
    // What is kept is exact: the whole of it is the same secret.
    const whole = await call('get_job', { job_id: begun.job.id });
    expect(whole.output).toBe(more.output);
  });

  it('cannot be found out by a pattern', async () => {
    const waiting = call('wait_for_output', {
      target: pane,
      pattern: '5k4aXcaT4f.*',
      regex: true,
      timeout_seconds: 10,
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await type('cat whole');
    const { outcome, match, text } = await waiting;
    expect([outcome, match]).toEqual(['matched', undefined]);
    expect(text).toContain('[REDACTED:github:');
    await run(host, pane, 'cat whole');
    expect((await call('search_panes', { query: 'ghp_wW' })).matches).toEqual([]);
    const [hit] = (await call('search_panes', { query: 'TOKEN=' })).matches;
    expect(hit.text).toMatch(/TOKEN=\[REDACTED:github:\w{4}\]/);
  });

  it('are redacted in titles and names too', async () => {
    await run(host, pane, `printf '\\033]2;%s\\007' "$(cat env)"`);
    await until('the title', async () =>
      (await world.tmux('display-message', '-p', '-t', pane, '#{pane_title}')).includes(ENV_SECRET),
    );
    const { sessions } = await call('list_sessions', { detail: 'panes' });
    expect(sessions[0].windows[0].panes[0].title).toMatch(/^it is \[REDACTED:env:\w{4}\]$/);
  });

  it('stand in no reply and no line of the log', async () => {
    await host.call('capture_pane', { target: TOKEN });
    await host.call(`tool_${ENV_SECRET}`, {});
    expectNoPiece(host.stderr());
    for (const reply of replies) expectNoPiece(reply);
  });

  it('follow the config as it changes', async () => {
    await call('run_command', { target: pane, command: 'clear' });
    const mail = 'jane@example.com CUST-42';
    const shown = async (): Promise<Data> => call('run_command', { target: pane, command: `echo '${mail}'` });
    expect((await shown()).output).toBe(`${mail}\n`);
    const folder = join(world.env.XDG_CONFIG_HOME ?? '', 'tmux-orchestrator');
    mkdirSync(folder, { recursive: true });
    const config = (custom: string): void => {
      const text = `security:\n  redaction:\n    pii: true\n    custom: [{name: customer, pattern: '${custom}'}]\n`;
      writeFileSync(join(folder, 'config.yaml'), text, { mode: 0o600 });
    };
    config('CUST-[0-9]+');
    await until('the new rules', async () => (await shown()).redactions === 2);
    expect((await shown()).output).toMatch(/^\[REDACTED:email:\w{4}\] \[REDACTED:customer:\w{4}\]\n$/);
    config('(?=wrong)');
    await until('the complaint', async () => {
      await shown();
      return host.stderr().includes('security.redaction.custom[0].pattern');
    });
    expect((await shown()).redactions).toBe(2);
    const refused = await cli(world, ['session', 'list']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('security.redaction.custom[0].pattern') });
  });
});
