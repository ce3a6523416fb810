import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { cliJson, type Host, legacyHost, modernHost, type ToolResult } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

const worlds: World[] = [];
const hosts: Host[] = [];
function limited(settings: Record<string, unknown>): World {
  const names = Object.entries(settings).map(([key, value]) => [
    `TMUX_ORC_SECURITY_${key.toUpperCase()}`,
    String(value),
  ]);
  const world = createWorld(Object.fromEntries(names) as Record<string, string>);
  worlds.push(world);
  return world;
}
const withBudget = (max: number): World => limited({ budget_enabled: true, budget_max_tool_calls_per_session: max });
const withLoops = (more: Record<string, unknown> = {}): World => limited({ loop_detection_enabled: true, ...more });
const open = async (world: World, start = legacyHost): Promise<Host> => {
  const host = await start(world);
  hosts.push(host);
  return host;
};
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});
afterAll(() => Promise.all(worlds.map((world) => world.close())));

const errorOf = (result: ToolResult): Record<string, unknown> | undefined => result.structuredContent?.error;
const codeOf = async (call: Promise<ToolResult>): Promise<unknown> => errorOf(await call)?.code ?? 'ok';
async function codes(count: number, make: (n: number) => Promise<ToolResult>): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let n = 0; n < count; n++) all.push(await codeOf(make(n)));
  return all;
}
const oks = (count: number): string[] => Array<string>(count).fill('ok');

/** A session, and the id of its pane. */
async function session(world: World, name: string, ...command: string[]): Promise<string> {
  return world.tmux('new-session', '-d', '-s', name, '-x', '80', '-y', '24', '-P', '-F', '#{pane_id}', ...command);
}
const events = async (world: World): Promise<string[]> => {
  const result = await cliJson(world, ['security', 'status']);
  if (!result.ok) throw new Error(result.error.message);
  return (result.data.events as { class: string; event: string }[]).map((event) => `${event.class} ${event.event}`);
};

describe('the budget', () => {
  it.each([legacyHost, modernHost])('refuses a host the change after the last, and nothing else: %o', async (start) => {
    const world = withBudget(5);
    const host = await open(world, start);
    const create = (n: number): Promise<ToolResult> => host.call('create_session', { name: `s${String(n)}` });
    expect(await codes(3, create)).toEqual(oks(3));
    // What is refused uses up nothing, whoever refuses it.
    expect(await codeOf(host.call('create_session', { name: 'a', unknown: 1 }))).toBe('INVALID_INPUT');
    expect(await codeOf(host.call('create_session', { name: 'bad:name' }))).toBe('INVALID_INPUT');
    expect(await codeOf(host.call('create_session', { name: 'a', cwd: '/etc' }))).not.toBe('ok');
    const budget = async (): Promise<unknown> => (await host.call('get_system_status')).structuredContent.budget;
    expect(await budget()).toEqual({ calls_left: 2, limit: 5, resets_in_seconds: expect.closeTo(3600, -2), shared: true }); // prettier-ignore
    const near = await create(3);
    expect(near.content[0]!.text).toMatch(/Warning: 4 of the 5 changes that this caller may make are used\. The count starts anew in 60 min\.$/m); // prettier-ignore
    expect(near.isError).not.toBe(true);
    expect(await codeOf(create(4))).toBe('ok');
    const result = await create(5);
    expect(errorOf(result)).toMatchObject({
      code: 'BUDGET_EXCEEDED',
      message: 'This caller has made the 5 changes that it may make on this tmux server.',
      retryable: false,
      details: { limit: 5, used: 5 },
    });
    const wait = errorOf(result)?.retry_after_ms as number;
    expect(wait).toBeGreaterThan(3_500_000);
    expect(wait).toBeLessThanOrEqual(3_600_000);
    expect(result.content[0]!.text).toContain('The count starts anew in 60 min.');
    expect(await budget()).toMatchObject({ calls_left: 0 });
    expect(await codes(3, () => host.call('list_sessions'))).toEqual(oks(3));
    expect(await codeOf(host.call('cancel_job', { job_id: '0'.repeat(16) }))).toBe('NOT_FOUND');
    const told = await events(world);
    expect(told.filter((event) => event === 'high resource_exhaustion')).toHaveLength(1);
    expect(told).toContain('high budget_exhausted');
  });

  it('never refuses the operator', async () => {
    const world = withBudget(1);
    const host = await open(world);
    expect(await codes(2, (n) => host.call('create_session', { name: `h${String(n)}` }))).toEqual(['ok', 'BUDGET_EXCEEDED']); // prettier-ignore
    for (let n = 0; n < 4; n++) expect((await cliJson(world, ['session', 'create', `o${String(n)}`])).code).toBe(0);
    expect((await cliJson(world, ['status'])) as object).not.toHaveProperty('data.budget');
  });

  it('is one for all servers of a host, holds after a kill in the middle of a call, and is another on another tmux', async () => {
    const world = withBudget(3);
    const pane = await session(world, 'work', 'sh');
    const [one, two] = await Promise.all([open(world), open(world)]);
    expect(await codeOf(two.call('rename_session', { session: 'work', new_name: 'work2' }))).toBe('ok');
    const running = one.call('run_command', { target: pane, command: 'sleep 30' }).catch(() => undefined);
    await until('the command', async () => (await world.tmux('display-message', '-p', '-t', pane, '#{pane_current_command}')) === 'sleep'); // prettier-ignore
    process.kill(one.pid, 'SIGKILL');
    await running;
    const three = await open(world);
    expect(await codes(2, (n) => three.call('create_session', { name: `s${String(n)}` }))).toEqual(['ok', 'BUDGET_EXCEEDED']); // prettier-ignore
    expect(await codeOf(two.call('create_session', { name: 'x' }))).toBe('BUDGET_EXCEEDED');
    // Another tmux server of the same user.
    const other = createWorld({
      ...Object.fromEntries(Object.entries(world.env).filter(([name]) => name.startsWith('TMUX_ORC_SECURITY_'))),
      XDG_STATE_HOME: world.env.XDG_STATE_HOME!,
    });
    worlds.push(other);
    const elsewhere = await open(other);
    expect(await codeOf(elsewhere.call('create_session', { name: 'x' }))).toBe('ok');
  });

  it('admits of what comes at once exactly as many as are left', async () => {
    const world = withBudget(12);
    const both = await Promise.all([open(world), open(world)]);
    const all = await Promise.all(
      Array.from({ length: 24 }, (_, n) => codeOf(both[n % 2]!.call('create_session', { name: `s${String(n)}` }))),
    );
    expect(all.filter((code) => code === 'ok')).toHaveLength(12);
    expect(all.filter((code) => code === 'BUDGET_EXCEEDED')).toHaveLength(12);
  });
});

describe('loop detection', () => {
  it('refuses a host the fourth identical change with the identical result', async () => {
    const world = withLoops();
    const pane = await session(world, 'quiet', 'stty -echo; exec sleep 1000');
    const host = await open(world);
    const type = (text: string): Promise<ToolResult> => host.call('send_keys', { target: pane, text, keys: ['Enter'] });
    expect(await codes(3, () => type('same'))).toEqual(oks(3));
    const result = await type('same');
    expect(errorOf(result)).toMatchObject({
      code: 'LOOP_DETECTED',
      message: 'The same call came to the same result 3 times in 300 s.',
      hint: 'Look at the pane with capture_pane: what is typed changes nothing there.',
      retryable: false,
    });
    expect(await codeOf(type('other'))).toBe('ok');
    expect(await codes(4, () => host.call('kill_pane', { target: 'nothing:0.0' }))).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'LOOP_DETECTED']); // prettier-ignore
    const turns = await codes(8, (n) => host.call('rename_session', n % 2 === 0 ? { session: '$0', new_name: 'there' } : { session: '$0', new_name: 'back' })); // prettier-ignore
    expect(turns).toEqual([...oks(6), 'LOOP_DETECTED', 'LOOP_DETECTED']);
    expect(await events(world)).toContain('medium loop_detected');
  });

  it('refuses the reading that shows the same again and again, and says what to use', async () => {
    const world = withLoops({ loop_detection_max_identical_reads: 5 });
    const pane = await session(world, 'still', 'sleep 1000');
    const host = await open(world);
    const look = (): Promise<ToolResult> => host.call('capture_pane', { target: pane });
    expect(await codes(5, look)).toEqual(oks(5));
    expect(errorOf(await look())).toMatchObject({
      code: 'LOOP_DETECTED',
      hint: expect.stringContaining('wait_for_output, with since set to the cursor'),
    });
    const wait = (): Promise<ToolResult> => host.call('wait_for_output', { target: pane, pattern: 'never', timeout_seconds: 0.1 }); // prettier-ignore
    expect(await codes(6, wait)).toEqual([...oks(5), 'LOOP_DETECTED']);
    expect(await codes(6, () => host.call('get_system_status'))).toEqual([...oks(5), 'LOOP_DETECTED']);
  });

  it('never refuses the operator', async () => {
    const world = withLoops({ loop_detection_max_identical_calls: 1, loop_detection_max_identical_reads: 1 });
    const pane = await session(world, 'quiet', 'stty -echo; exec sleep 1000');
    for (let n = 0; n < 3; n++) {
      expect((await cliJson(world, ['pane', 'keys', pane, '--text', 'y'])).code).toBe(0);
      expect((await cliJson(world, ['pane', 'capture', pane])).code).toBe(0);
    }
  });
});

describe('honest work is not refused:', () => {
  const world = withLoops();

  it('typing 300 different texts, and pressing the same keys', { timeout: 120_000 }, async () => {
    const pane = await session(world, 'type', 'cat');
    const host = await open(world);
    const texts = await codes(300, (n) => host.call('send_keys', { target: pane, text: `line ${String(n)}`, keys: ['Enter'] })); // prettier-ignore
    expect(texts).toEqual(oks(300));
    expect(await codes(40, () => host.call('send_keys', { target: pane, keys: ['Enter'] }))).toEqual(oks(40));
  });

  it('answering the same to a program that goes on', async () => {
    const ask = 'i=0; while [ $i -lt 50 ]; do printf "question %s? " $i; read answer; i=$((i+1)); done';
    const pane = await session(world, 'ask', ask);
    const host = await open(world);
    const asked = async (n: number): Promise<ToolResult> => {
      await until('the question', async () => (await world.tmux('capture-pane', '-p', '-t', pane)).includes(`question ${String(n)}?`)); // prettier-ignore
      return host.call('send_keys', { target: pane, text: 'y', keys: ['Enter'] });
    };
    expect(await codes(50, asked)).toEqual(oks(50));
  });

  // On a screen of its own, with the cursor always in the same place; each Enter is an answer, or is ignored.
  const screen = (goesOn: boolean): string[] => {
    const program = `let n = 0;
const draw = () => process.stdout.write('\\x1b[H\\x1b[2Jquestion ' + n + '?\\x1b[20;1H> ');
process.stdin.setRawMode(true);
process.stdout.write('\\x1b[?1049h');
draw();
process.stdin.on('data', (data) => { if (${String(goesOn)} && data.includes(13)) n++; draw(); });`;
    return ['--', process.execPath, '-e', program];
  };
  const ask = async (host: Host, pane: string, question: string): Promise<ToolResult> => {
    await until('the question', async () => (await world.tmux('capture-pane', '-p', '-t', pane)).includes(question));
    return host.call('send_keys', { target: pane, text: 'y', keys: ['Enter'] });
  };

  it('answering the same to a program that asks on a screen of its own', async () => {
    const pane = await session(world, 'screen', ...screen(true));
    const host = await open(world);
    expect(await codes(20, (n) => ask(host, pane, `question ${String(n)}?`))).toEqual(oks(20));
  });

  it('but answering one that does not go on is', async () => {
    const pane = await session(world, 'stands', ...screen(false));
    const host = await open(world);
    expect(await codes(5, () => ask(host, pane, 'question 0?'))).toEqual([...oks(3), 'LOOP_DETECTED', 'LOOP_DETECTED']);
  });

  it('looking 200 times at a pane that changes', { timeout: 120_000 }, async () => {
    const pane = await session(world, 'change', 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.01; done');
    const host = await open(world);
    let last = '';
    const look = async (): Promise<ToolResult> => {
      await until('a change', async () => {
        const shown = await world.tmux('capture-pane', '-p', '-t', pane);
        return shown !== last && (last = shown) !== '';
      });
      return host.call('capture_pane', { target: pane });
    };
    expect(await codes(200, look)).toEqual(oks(200));
  });

  it('making many of the same, asking for a job, and looking around after each step', async () => {
    const pane = await session(world, 'job', 'sh');
    const host = await open(world);
    const made = await codes(12, () => host.call('create_window', { session: 'job', command: ['sleep', '100'] }));
    expect(made).toEqual(oks(12));
    const { structuredContent } = await host.call('run_command', { target: pane, command: 'sleep 60', timeout_seconds: 0.2 }); // prettier-ignore
    const job_id = structuredContent.job.id as string;
    expect(await codes(60, () => host.call('get_job', { job_id, timeout_seconds: 0 }))).toEqual(oks(60));
    expect(await codes(5, () => host.call('cancel_job', { job_id }))).toEqual(oks(5));
    const steps = await codes(
      80,
      (n) =>
      n % 2 === 0 ? host.call('send_keys', { target: pane, text: `: ${String(n)}` }) : host.call('list_sessions', { detail: 'sessions' }), // prettier-ignore
    );
    expect(steps).toEqual(oks(80));
  });
});
