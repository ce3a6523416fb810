import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, legacyHost, modernHost, type ToolResult } from '../support/program.js';
import { type Data, dataOf, openedServer, toolCall, UNLIMITED } from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';

const names = (data: Data): string[] => data.sessions.map(({ name }) => name);

function right(result: ToolResult): Data {
  if (result.isError === true) throw new Error(JSON.stringify(dataOf(result).error));
  return dataOf(result);
}

describe.each([
  ['legacy', legacyHost],
  ['modern', modernHost],
] as const)('many calls at once (%s client)', (_era, connect) => {
  let world: World;
  let host: Host;
  beforeAll(async () => {
    world = createWorld(UNLIMITED);
    host = await connect(world);
    for (const name of ['one', 'two', 'three'])
      await world.tmux('new-session', '-d', '-s', name, '-x', '200', '-y', '50', `stty -echo; echo I am ${name}; exec cat`); // prettier-ignore
    await until('the programs', async () => {
      const texts = await Promise.all(['one', 'two', 'three'].map((name) => host.call('capture_pane', { target: name }))); // prettier-ignore
      return texts.every((result) => right(result).text.includes('I am'));
    });
  });
  afterAll(async () => {
    await host.close();
    await world.close();
  });

  it('200 lists, captures and sends: all are right, and each text arrives once', async () => {
    const order = ['one', 'two', 'three'];
    const calls = Array.from({ length: 200 }, async (_, n) => {
      const target = order[n % 3]!;
      if (n % 4 === 0) expect(names(right(await host.call('list_sessions')))).toEqual(order);
      else if (n % 4 === 1)
        expect(right(await host.call('capture_pane', { target, lines: 500 })).text).toContain(`I am ${target}`);
      else right(await host.call('send_keys', { target, text: `<${String(n)}>`, keys: ['Enter'] }));
    });
    await Promise.all(calls);
    const texts = await until('the last text', async () => {
      const all = await Promise.all(order.map(async (target) => right(await host.call('capture_pane', { target, lines: 500 })).text)); // prettier-ignore
      return all.join('\n').split('>').length - 1 === 100 ? all : undefined;
    });
    for (let n = 0; n < 200; n++) {
      const times = texts.map((text) => text.split(`<${String(n)}>`).length - 1);
      expect(times).toEqual(n % 4 < 2 ? [0, 0, 0] : order.map((_, index) => (index === n % 3 ? 1 : 0)));
    }
  });

  it('1,000 at once wait for their turn and are all right', async () => {
    const calls = Array.from({ length: 1000 }, () => host.call('list_sessions', {}, { timeout: 120_000 }));
    for (const result of await Promise.all(calls)) expect(names(right(result))).toEqual(['one', 'two', 'three']);
  }, 120_000);
});

describe('more calls at once than may wait', () => {
  let world: World;
  beforeAll(async () => {
    world = createWorld(UNLIMITED);
    await world.tmux('new-session', '-d', '-s', 'one', 'cat');
  });
  afterAll(() => world.close());

  it('those beyond the queue are RATE_LIMITED with a time to wait, the others are right', async () => {
    const server = await openedServer(world);
    try {
      const ids = Array.from({ length: 5000 }, (_, n) => `c${String(n)}`);
      const call = toolCall('list_sessions');
      server.write(ids.map((id) => `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: call })}\n`).join('')); // prettier-ignore
      const [places, queue] = [10, 2048];
      await until('all answers', () => server.frames().length >= ids.length + 1, 120_000);
      const frames = new Map(server.frames().map((frame) => [frame.id, frame]));
      const limited = ids.filter((id) => frames.get(id)?.result.isError === true);
      for (const id of limited) {
        const { error } = frames.get(id)!.result.structuredContent;
        expect(error).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
        expect(error.retry_after_ms).toBeGreaterThan(0);
      }
      const limitedIds = new Set(limited);
      const served = ids.filter((id) => !limitedIds.has(id));
      for (const id of served) expect(names(frames.get(id)!.result.structuredContent)).toEqual(['one']);
      // They come as fast as they are read, so a place may have become free meanwhile; none is refused before.
      expect(served.length).toBeGreaterThanOrEqual(places + queue);
      expect(limited.length).toBeGreaterThan(0);
      expect(served.slice(0, places + queue)).toEqual(ids.slice(0, places + queue));
      expect((await server.ask('tools/call', call)).result.isError).not.toBe(true);
      // The queue that is full is told to whoever watches, and nothing else is.
      const told = server.stderr().split('\n').filter((line) => line !== ''); // prettier-ignore
      for (const line of told)
        expect(JSON.parse(line)).toMatchObject({
          message: expect.stringMatching(/^alert: (resource_exhaustion|rate_limit_sustained) /),
        });
    } finally {
      await server.stop();
    }
  }, 180_000);

  it('a small queue is filled in order: exactly the calls beyond it are refused', async () => {
    const settings = {
      TMUX_ORC_SECURITY_MAX_CONCURRENT_EXECUTIONS: '2',
      TMUX_ORC_SECURITY_MAX_QUEUED: '5',
      TMUX_ORC_SECURITY_TIMEOUTS_TMUX_MS: '800',
    };
    const server = await openedServer(world, settings);
    const pid = Number(await world.tmux('display-message', '-p', '#{pid}'));
    process.kill(pid, 'SIGSTOP');
    try {
      const ids = Array.from({ length: 10 }, (_, n) => `c${String(n)}`);
      for (const id of ids)
        server.send({ jsonrpc: '2.0', id, method: 'tools/call', params: toolCall('list_sessions') });
      const codes = await Promise.all(ids.map(async (id) => (await server.answer(id, 60_000)).result.structuredContent.error.code)); // prettier-ignore
      expect(codes).toEqual(ids.map((_, n) => (n < 7 ? 'TMUX_UNAVAILABLE' : 'RATE_LIMITED')));
    } finally {
      process.kill(pid, 'SIGCONT');
      await server.stop();
    }
  }, 90_000);
});

describe('a pane that floods', () => {
  it('with binary noise does not disturb what the others get', async () => {
    const world = createWorld(UNLIMITED);
    const host = await legacyHost(world);
    try {
      // Bounded, so that nothing goes on should the test not reach its end.
      const noise = 'timeout 60 cat /dev/urandom';
      await world.tmux('new-session', '-d', '-s', 'quiet', '-x', '80', '-y', '24', 'stty -echo; echo I am quiet; exec cat'); // prettier-ignore
      await world.tmux('new-session', '-d', '-s', 'noise', '-x', '80', '-y', '24', noise);
      await until('the text', async () => right(await host.call('capture_pane', { target: 'quiet' })).text.includes('I am quiet')); // prettier-ignore
      let seen = 0;
      for (let round = 0; round < 15; round++) {
        const [listed, quiet, noisy, sent] = await Promise.all([
          host.call('list_sessions', { detail: 'panes' }),
          host.call('capture_pane', { target: 'quiet' }),
          host.call('capture_pane', { target: 'noise', lines: 1000, ansi: round % 2 === 0 }),
          host.call('send_keys', { target: 'quiet', text: `<${String(round)}>`, keys: ['Enter'] }),
        ]);
        expect(names(right(listed))).toEqual(['quiet', 'noise']);
        expect(right(quiet).text.startsWith('I am quiet')).toBe(true);
        expect(right(noisy).pane.id).toBe('%1');
        seen += right(noisy).text.length;
        // Nothing of the noise reaches a terminal as control, colours aside.
        expect(right(noisy).text.replaceAll(/\u001b\[[0-9;:]*m/g, '')).not.toMatch(
          /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/,
        );
        right(sent);
      }
      expect(seen).toBeGreaterThan(0);
      const wanted = ['I am quiet', ...Array.from({ length: 15 }, (_, n) => `<${String(n)}>`)].join('\n');
      await until('the last text', async () => right(await host.call('capture_pane', { target: 'quiet' })).text === wanted); // prettier-ignore
      await world.tmux('kill-session', '-t', 'noise');
      expect(names(right(await host.call('list_sessions')))).toEqual(['quiet']);
    } finally {
      await host.close();
      await world.close();
    }
  }, 90_000);
});
