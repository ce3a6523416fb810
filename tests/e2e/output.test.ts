import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Data, file, ok, refused, run, SHELLS, shellPane } from '../support/panes.js';
import { cli, type Host, legacyHost } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

let world: World;
let host: Host;
let pane: string;

beforeAll(async () => {
  world = createWorld();
  host = await legacyHost(world);
  pane = await shellPane(host, world, 'bash', 'work');
});
afterAll(async () => {
  await host.close();
  await world.close();
});

const capture = (args: Record<string, unknown> = {}): Promise<Data> =>
  ok(host, 'capture_pane', { target: pane, lines: 5000, ...args });
const wait = (args: Record<string, unknown>): Promise<Data> =>
  ok(host, 'wait_for_output', { target: pane, timeout_seconds: 15, ...args });
const type = (text: string): Promise<Data> => ok(host, 'send_keys', { target: pane, text, keys: ['Enter'] });

describe('capture_pane since', () => {
  it('gives only what is new, nothing twice', async () => {
    let cursor = (await capture()).cursor;
    const seen: string[] = [];
    for (let round = 0; round < 5; round++) {
      await run(host, pane, `for i in 1 2 3; do echo round-${round}-$i; done`);
      const delta = await capture({ since: cursor });
      expect(delta).toMatchObject({ lines_missed: 0, truncated: false });
      seen.push(...delta.text.split('\n').filter((line: string) => /^round-\d-\d$/.test(line)));
      cursor = delta.cursor;
    }
    expect(seen).toEqual(Array.from({ length: 5 }, (_, round) => [1, 2, 3].map((n) => `round-${round}-${n}`)).flat());
    expect(await capture({ since: cursor })).toMatchObject({ text: '', line_count: 0 });
  });

  it('goes on within a line that has grown', async () => {
    await type('clear; printf abc; sleep 0.6; echo def');
    await until('abc', async () => /^abc/m.test((await capture()).text as string));
    const { cursor } = await capture();
    await until('def', async () => (await capture()).text.includes('abcdef'));
    expect((await capture({ since: cursor })).text.split('\n')[0]).toBe('def');
  });

  it('survives scrolling beyond the history, and says what it cannot know', async () => {
    await world.tmux('set-option', '-g', 'history-limit', '200');
    const short = await shellPane(host, world, 'bash', 'short');
    await world.tmux('set-option', '-gu', 'history-limit');
    const at = (args: Record<string, unknown> = {}): Promise<Data> =>
      ok(host, 'capture_pane', { target: short, lines: 5000, ...args });
    await run(host, short, 'seq 1 150');
    const { cursor } = await at();
    await run(host, short, 'seq 151 250');
    const delta = await at({ since: cursor });
    expect(delta.lines_missed).toBe(0);
    expect(
      delta.text
        .split('\n')
        .filter((line: string) => /^\d+$/.test(line))
        .map(Number),
    ).toEqual(Array.from({ length: 100 }, (_, index) => 151 + index));
    await run(host, short, 'seq 1000 2000');
    const lost = await at({ since: delta.cursor });
    expect(lost.lines_missed).toBeNull();
    expect(lost.text).toMatch(/\n2000(?:\n|$)/);
    await ok(host, 'kill_session', { session: 'short' });
  });

  it('survives clear, another width and a full-screen program', async () => {
    await run(host, pane, 'echo before');
    const { cursor } = await capture();
    await run(host, pane, "printf '\\033[H\\033[2J\\033[3J'; echo after-clear");
    const cleared = await capture({ since: cursor });
    expect(cleared.text).toContain('after-clear');
    expect(cleared.text).not.toContain('before');
    await run(host, pane, `echo ${'w'.repeat(120)}`);
    const wide = await capture();
    await world.tmux('resize-window', '-t', pane, '-x', '50', '-y', '20');
    await run(host, pane, 'echo narrow');
    const narrow = await capture({ since: wide.cursor });
    expect(narrow.lines_missed).toBe(0);
    expect(narrow.text).toContain('narrow');
    expect(narrow.text).not.toContain('www');
    await world.tmux('resize-window', '-t', pane, '-x', '80', '-y', '24');
    await type(`printf '\\033[?1049h\\033[Hfull screen'; sleep 3; printf '\\033[?1049l'`);
    await until('the screen', async () => (await capture()).text.startsWith('full screen'));
    const full = await capture({ since: narrow.cursor });
    expect(full.text).toContain('full screen');
    expect((await capture({ since: full.cursor })).text).toBe('');
    await until('the end', async () => !(await capture()).text.startsWith('full screen'));
    await until('the prompt', async () => (await run(host, pane, 'true', 3)).job.state === 'done');
  });

  it('pages through more than was asked for, without loss', async () => {
    const { cursor } = await capture();
    await run(host, pane, 'seq 3000 3099');
    const numbers: number[] = [];
    let at = cursor;
    for (let page = 0; page < 40; page++) {
      const delta = await ok(host, 'capture_pane', { target: pane, since: at, lines: 7 });
      numbers.push(
        ...delta.text
          .split('\n')
          .filter((line: string) => /^3\d{3}$/.test(line))
          .map(Number),
      );
      at = delta.cursor;
      if (delta.truncated !== true) break;
    }
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, index) => 3000 + index));
  });

  it('takes a cursor from any process, and refuses what is none', async () => {
    const { cursor } = await capture();
    await run(host, pane, 'echo from-another-process');
    const result = await cli(world, ['pane', 'capture', pane, '--since', cursor]);
    expect(result.stdout).toContain('\nfrom-another-process\n');
    expect(await refused(host, 'capture_pane', { target: pane, since: 'nonsense' })).toMatchObject({
      code: 'INVALID_INPUT',
    });
    const other = await ok(host, 'split_pane', { target: pane });
    expect(await refused(host, 'capture_pane', { target: other.pane.id, since: cursor })).toMatchObject({
      code: 'INVALID_INPUT',
    });
    await ok(host, 'kill_pane', { target: other.pane.id });
  });
});

describe('wait_for_output', () => {
  it('matches text and patterns that come after the call', async () => {
    await run(host, pane, 'echo READY-old');
    const waiting = wait({ pattern: 'READY-' });
    await sleep(300);
    await world.tmux('send-keys', '-t', pane, 'sleep 0.2; printf "READ"; sleep 0.2; echo "Y-new"', 'Enter');
    const matched = await waiting;
    expect(matched).toMatchObject({ outcome: 'matched', match: 'READY-' });
    expect(matched.text).not.toContain('READY-old');
    const pattern = wait({ pattern: '^took [0-9]+ ms$', regex: true });
    await sleep(300);
    await world.tmux('send-keys', '-t', pane, 'sleep 0.1; echo took 4"2 ms"', 'Enter');
    expect(await pattern).toMatchObject({ outcome: 'matched', match: 'took 42 ms' });
  });

  it('matches what came after a cursor, from before the call', async () => {
    const { cursor } = await capture();
    await run(host, pane, 'echo since-marker');
    expect(await wait({ pattern: 'since-marker', since: cursor })).toMatchObject({ outcome: 'matched' });
    const late = await capture();
    expect(await wait({ pattern: 'since-marker', since: late.cursor, timeout_seconds: 0.5 })).toMatchObject({
      outcome: 'timeout',
    });
  });

  it('looks through all that came after a cursor, however much', async () => {
    await world.tmux('set-option', '-g', 'history-limit', '10000');
    const target = await shellPane(host, world, 'bash', 'long-history');
    const { cursor } = await ok(host, 'capture_pane', { target });
    await run(host, target, 'seq 1 3000; echo needle-in-the-middle; seq 1 1500');
    for (const pattern of ['^needle-in-the-middle$', '^1500$'])
      expect(
        await ok(host, 'wait_for_output', { target, pattern, regex: true, since: cursor, timeout_seconds: 2 }),
      ).toMatchObject({ outcome: 'matched', lines_missed: 0 });
    await world.tmux('set-option', '-gu', 'history-limit');
    await ok(host, 'kill_session', { session: 'long-history' });
  });

  it('misses nothing from one wait to the next, cursor by cursor', async () => {
    let { cursor } = await capture();
    await type('for i in $(seq 1 150); do echo "tick-$i."; sleep 0.0$((RANDOM % 3)); done');
    for (let tick = 1; tick <= 150; tick++) {
      const result = await wait({ pattern: `tick-${tick}.`, since: cursor, timeout_seconds: 5 });
      expect(result, `tick ${tick}`).toMatchObject({ outcome: 'matched' });
      // What came with it lies before the cursor and would not be seen again.
      const last = [...result.text.matchAll(/^tick-(\d+)\.$/gm)].at(-1)?.[1];
      tick = Math.max(tick, Number(last ?? tick));
      cursor = result.cursor;
    }
  });

  it('tells of the last words of a pane, or that there may have been some', async () => {
    for (let round = 0; round < 10; round++) {
      const target = await shellPane(host, world, 'bash', `last-words-${round}`);
      const waiting = ok(host, 'wait_for_output', { target, pattern: 'last words', timeout_seconds: 20 });
      await ok(host, 'send_keys', { target, text: 'echo last" "words; exit', keys: ['Enter'] });
      const { outcome, match, lines_missed: missed } = await waiting;
      // tmux itself may drop what it has not sent when a pane ends.
      expect(outcome === 'matched' ? match : [outcome, missed]).toEqual(
        outcome === 'matched' ? 'last words' : ['closed', null],
      );
    }
  });

  it('tells of the last words of a pane that stays, whatever tmux has sent', async () => {
    await world.tmux('new-session', '-d', '-s', 'stays', 'sleep 1000');
    const server = Number(await world.tmux('display-message', '-p', '#{pid}'));
    for (let round = 0; round < 5; round++) {
      const script = 'read x; sleep 0.1; echo last" "words; exit 3';
      const pane = await world.tmux('new-window', '-d', '-t', 'stays:', '-P', '-F', '#{pane_id}', 'sh', '-c', script);
      await world.tmux('set-option', '-p', '-t', pane, 'remain-on-exit', 'on');
      const target = pane;
      const waiting = ok(host, 'wait_for_output', { target, pattern: 'last words', timeout_seconds: 20 });
      await ok(host, 'send_keys', { target, keys: ['Enter'] });
      // Busy for as long as it takes the program to print and to end.
      process.kill(server, 'SIGSTOP');
      await sleep(250);
      process.kill(server, 'SIGCONT');
      expect(await waiting).toMatchObject({ outcome: 'matched', match: 'last words' });
    }
    await ok(host, 'kill_session', { session: 'stays' });
  });

  it.each(SHELLS)('never takes the echo of what we typed for output, in %s', async (shell) => {
    const target = await shellPane(host, world, shell, `echo-${shell}`);
    for (let round = 0; round < 4; round++) {
      const sent = ok(host, 'send_keys', {
        target,
        text: `sleep 0.4; echo DONE${round % 2 === 0 ? '' : ' again'}`,
        keys: ['Enter'],
      });
      await sent;
      const started = performance.now();
      const result = await ok(host, 'wait_for_output', { target, pattern: 'DONE', timeout_seconds: 10 });
      expect(result.outcome).toBe('matched');
      // The echo comes at once; the output only after the sleep.
      expect(performance.now() - started, JSON.stringify(result.text)).toBeGreaterThan(200);
      await ok(host, 'wait_for_output', { target, idle_seconds: 0.5, timeout_seconds: 10 });
    }
    await ok(host, 'kill_session', { session: `echo-${shell}` });
  });

  it('finds the output of a program that does not echo', async () => {
    await type('stty -echo; read -r line; echo "got $line"; echo "again $line"; stty echo');
    await wait({ idle_seconds: 0.5 });
    const { cursor } = await capture();
    await type('secret-word');
    expect(await wait({ pattern: 'got', since: cursor })).toMatchObject({ outcome: 'matched' });
    // The first appearance of what was sent never counts, the second does.
    const second = await wait({ pattern: '[a-z]+ secret-word', regex: true, since: cursor });
    expect(second).toMatchObject({ outcome: 'matched' });
  });

  it('ends at silence, at the time-out, and when the pane closes', async () => {
    const { cursor } = await capture();
    await type('for i in 1 2 3 4; do echo tick; sleep 0.2; done');
    const idle = await wait({ idle_seconds: 1, since: cursor });
    expect(idle.outcome).toBe('idle');
    expect(idle.text.match(/^tick$/gm)).toHaveLength(4);
    expect(await wait({ pattern: 'never', timeout_seconds: 0.5 })).toMatchObject({ outcome: 'timeout' });
    const closing = await shellPane(host, world, 'bash', 'closing');
    const waiting = ok(host, 'wait_for_output', { target: closing, pattern: 'never', timeout_seconds: 20 });
    await sleep(300);
    await ok(host, 'kill_session', { session: 'closing' });
    expect(await waiting).toMatchObject({ outcome: 'closed' });
    const result = await cli(world, ['pane', 'wait', pane, 'never', '--timeout-seconds', '0.5']);
    expect(result.code).toBe(124);
  });

  it('clamps long times and says so; gives progress; can be cancelled', async () => {
    const waiting = wait({ pattern: 'clamped', timeout_seconds: 600 });
    await sleep(300);
    await type('echo cl""amped');
    expect(await waiting).toMatchObject({ outcome: 'matched', clamped_to_seconds: 55 });
    const progress: unknown[] = [];
    await host.call(
      'wait_for_output',
      { target: pane, pattern: 'never', timeout_seconds: 6 },
      { onprogress: (step) => progress.push(step), timeout: 20_000 },
    );
    expect(progress.length).toBeGreaterThan(0);
    const abort = new AbortController();
    const cancelled = host.call(
      'wait_for_output',
      { target: pane, pattern: 'never', timeout_seconds: 50 },
      { signal: abort.signal },
    );
    await sleep(200);
    abort.abort();
    await expect(cancelled).rejects.toThrow();
  });

  it('holds no working place while it waits', async () => {
    const waits = Array.from({ length: 30 }, () => wait({ pattern: 'go-on-all', timeout_seconds: 20 }));
    await sleep(1000);
    const started = performance.now();
    await ok(host, 'list_sessions');
    expect(performance.now() - started).toBeLessThan(6000);
    await type('echo go-on""-all');
    expect((await Promise.all(waits)).every((result: Data) => result.outcome === 'matched')).toBe(true);
  });

  it('takes any pattern in linear time', async () => {
    const path = file(world, 'as', `${'a'.repeat(50_000)}b\n`);
    for (const pattern of ['(a+)+$', '(a|aa)+$', '(a*)*c', '^(([a-z])+.)+[A-Z]([a-z])+$', 'x{1000}']) {
      const waiting = wait({ pattern, regex: true, timeout_seconds: 3 });
      await sleep(200);
      await run(host, pane, `cat ${path}`);
      expect(['matched', 'timeout']).toContain((await waiting).outcome);
    }
    for (const pattern of ['(', '(?=a)', 'a{1001}', '((x{100}){100}){100}']) {
      expect(await refused(host, 'wait_for_output', { target: pane, pattern, regex: true })).toMatchObject({
        code: 'INVALID_INPUT',
      });
    }
    expect(await refused(host, 'wait_for_output', { target: pane })).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('goes on when the connection that it listens on is lost', async () => {
    const waiting = wait({ pattern: 'after-the-loss', timeout_seconds: 20 });
    const streams = await until('the connection', async () => {
      const clients = await world.tmux('list-clients', '-F', '#{client_pid} #{client_flags}');
      const found = clients.split('\n').filter((line) => line.includes('pause-after'));
      return found.length > 0 && found;
    });
    for (const line of streams) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
    await run(host, pane, 'echo after-the-""loss', 20);
    expect(await waiting).toMatchObject({ outcome: 'matched', match: 'after-the-loss', lines_missed: 0 });
  });

  it('loses nothing under a flood', async () => {
    const waiting = wait({ pattern: 'needle-in-the-flood', timeout_seconds: 20 });
    await sleep(300);
    await run(host, pane, 'seq 100000; echo needle-in-the-""flood; seq 100000', 50);
    expect(await waiting).toMatchObject({ outcome: 'matched' });
  });

  it('says so when output may have gone by unseen', async () => {
    const { cursor } = await ok(host, 'capture_pane', { target: pane });
    await run(host, pane, 'seq 9000', 20);
    expect(await wait({ pattern: 'not-there', since: cursor, timeout_seconds: 0.5 })).toMatchObject({
      outcome: 'timeout',
      lines_missed: null,
    });
  });
});

describe('search_panes', () => {
  it('finds text and patterns in many panes, bounded', async () => {
    for (let n = 0; n < 3; n++) {
      const made = await ok(host, 'create_session', {
        name: `find-${n}`,
        command: ['sh', '-c', `for i in 1 2 3; do echo "error ${n}-$i here"; done; exec sleep 1000`],
      });
      await until('its output', async () =>
        (await ok(host, 'capture_pane', { target: made.pane.id })).text.includes(`${n}-3`),
      );
    }
    const found = await ok(host, 'search_panes', { query: 'error 1-2' });
    expect(found).toMatchObject({
      truncated: false,
      matches: [{ target: 'find-1:0.0', text: 'error 1-2 here', line: 2 }],
    });
    expect(found.searched_panes).toBeGreaterThanOrEqual(4);
    expect((await ok(host, 'search_panes', { query: '^error [0-9]-3', regex: true })).matches).toHaveLength(3);
    expect(await ok(host, 'search_panes', { query: 'error', limit: 2 })).toMatchObject({
      truncated: true,
      matches: [{}, {}],
    });
    expect((await ok(host, 'search_panes', { query: 'error', session: 'find-2' })).matches).toHaveLength(3);
    expect(await refused(host, 'search_panes', { query: '(', regex: true })).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await refused(host, 'search_panes', { query: 'x', session: 'nope' })).toMatchObject({ code: 'NOT_FOUND' });
  });
});
