import { beforeEach, describe, expect, it } from 'vitest';
import { type AlertBench, createAlertBench } from '../../support/alert-bench.js';

let bench: AlertBench;
const MINUTE = 60;
const HOUR_MS = 3_600_000;

beforeEach(() => {
  bench = createAlertBench();
});

describe('an idle agent', () => {
  it('is told of at each step once, and never for no minutes', async () => {
    bench.set('one');
    expect(await bench.pass(2 * MINUTE + 58)).toEqual([]);
    expect(await bench.pass(30 * MINUTE, 5)).toEqual(['idle one 3', 'idle one 5', 'idle one 8']);
    bench.set('one', { state: 'working', seq: 3 });
    expect(await bench.pass(10)).toEqual([]);
    bench.set('one', { state: 'idle', seq: 4 });
    expect(await bench.pass(2 * MINUTE + 58)).toEqual([]);
    expect(await bench.pass(5)).toEqual(['idle one 3']);
  });

  it('is told of by the settings of the moment, in any order, or not at all', async () => {
    bench.settings.idleMinutes = [2, 1, 2];
    bench.set('one');
    expect(await bench.pass(5 * MINUTE, 5)).toEqual(['idle one 1', 'idle one 2']);
    bench.settings.idleMinutes = [];
    bench.set('one', { seq: 4 });
    expect(await bench.pass(60 * MINUTE, 30)).toEqual([]);
  });

  it('counts from when it became idle, with the longest time alone', async () => {
    bench.set('one');
    bench.time.pass(6 * MINUTE * 1000);
    expect(await bench.pass(5)).toEqual(['idle one 5']);
  });

  it('was given no work: nobody is told', async () => {
    bench.set('fresh', { seq: 0 });
    bench.set('prompt', { provider: 'shell' });
    expect(await bench.pass(20 * MINUTE, 5)).toEqual([]);
  });

  it('with a message that does not reach it counts from that message', async () => {
    bench.set('fresh', { seq: 0 });
    await bench.pass(10 * MINUTE, 5);
    await bench.messages.add({ agent: 'fresh', panePid: 100, from: 'operator', at: 0, body: 'x', text: 'x' as never, mode: 'when_idle', seq: 0 }); // prettier-ignore
    expect(await bench.pass(2 * MINUTE, 5)).toEqual([]);
    expect(await bench.pass(2 * MINUTE, 5)).toEqual(['idle fresh 3']);
  });

  it('is seen to be so still where for a while nothing can be seen', async () => {
    bench.set('one');
    await bench.pass(2 * MINUTE);
    bench.set('one', { state: 'unknown' });
    await bench.pass(30);
    bench.set('one', { state: 'idle' });
    expect(await bench.pass(40)).toEqual(['idle one 3']);
  });

  it('waits for others as long as somebody works whom it leads', async () => {
    bench.set('lead', { role: 'pm', team: 'red' });
    bench.set('worker', { team: 'red', state: 'working', seq: 1 });
    expect(await bench.pass(20 * MINUTE, 5)).toEqual([]);
    bench.set('worker', { state: 'idle', seq: 2 });
    expect(await bench.pass(2 * MINUTE + 50, 5)).toEqual([]);
    expect([...(await bench.pass(20, 5))].sort()).toEqual(['idle lead 3', 'idle worker 3', 'team_idle red 3']);
  });

  it('is not told of once it is done, until its next work', async () => {
    bench.set('one');
    await bench.done.mark('one', { panePid: 100, until: 2 });
    expect(await bench.pass(20 * MINUTE, 5)).toEqual([]);
    bench.set('one', { seq: 4 });
    expect(await bench.pass(4 * MINUTE, 5)).toEqual(['idle one 3']);
    await bench.done.mark('one', { panePid: 99, until: 1000 });
    expect(await bench.pass(2 * MINUTE, 5)).toEqual(['idle one 5']);
  });

  it('that is done and gets a message counts anew', async () => {
    bench.set('one');
    await bench.done.mark('one', { panePid: 100, until: 2 });
    await bench.pass(20 * MINUTE, 5);
    await bench.done.clear('one');
    expect(await bench.pass(2 * MINUTE, 5)).toEqual([]);
  });

  it('of a lead that is done is done too', async () => {
    bench.set('lead', { role: 'pm', team: 'red' });
    bench.set('worker', { team: 'red' });
    await bench.done.mark('lead', { panePid: 100, until: 2 });
    expect(await bench.pass(20 * MINUTE, 5)).toEqual([]);
  });
});

describe('trouble', () => {
  it.each([
    ['crashed', 'crashed'],
    ['exited', 'exited'],
    ['waiting_permission', 'waiting'],
    ['waiting_input', 'waiting'],
    ['rate_limited', 'rate_limited'],
    ['error', 'error'],
  ] as const)('%s is told once, a moment later', async (state, kind) => {
    bench.set('one', { state: 'working' });
    await bench.pass(5);
    bench.set('one', { state });
    expect(await bench.pass(3)).toEqual([]);
    expect(await bench.pass(100)).toEqual([`${kind} one`]);
  });

  it('of an agent is not over where another one has its name', async () => {
    bench.set('one', { state: 'crashed', team: 'red', bornAt: 1 });
    expect(await bench.pass(10)).toEqual(['crashed one']);
    bench.set('one', { state: 'working', team: 'blue', bornAt: 5 });
    expect(await bench.pass(10)).toEqual([]);
    bench.set('one', { state: 'crashed' });
    expect(await bench.pass(10)).toEqual(['crashed one']);
    expect((await bench.events()).map(({ team, agentSince }) => [team, agentSince])).toEqual([['red', 1], ['blue', 5]]);
  }); // prettier-ignore

  it('that is over at once is nobody’s news', async () => {
    for (let n = 0; n < 20; n++) {
      bench.set('one', { state: 'waiting_permission' });
      await bench.pass(2);
      bench.set('one', { state: 'working' });
      await bench.pass(2);
    }
    bench.set('killed', { state: 'exited' });
    await bench.pass(2);
    bench.remove('killed');
    expect(await bench.pass(60)).toEqual([]);
    expect(await bench.events()).toEqual([]);
  });

  it('is told to be over, but for a question that was answered', async () => {
    bench.set('one', { state: 'crashed' });
    bench.set('two', { state: 'waiting_input' });
    await bench.pass(10);
    bench.set('one', { state: 'starting', panePid: 101 });
    bench.set('two', { state: 'working' });
    expect(await bench.pass(30)).toEqual([]);
    bench.set('one', { state: 'idle' });
    expect(await bench.pass(30)).toEqual(['recovered one']);
  });

  it('is no news where nothing can be seen', async () => {
    bench.set('one', { state: 'error' });
    await bench.pass(10);
    for (const state of ['unknown', 'error', 'unknown', 'starting', 'error'] as const) {
      bench.set('one', { state });
      expect(await bench.pass(10)).toEqual([]);
    }
  });

  it('of a question that nobody answers is told once more', async () => {
    bench.set('one', { state: 'waiting_permission' });
    expect(await bench.pass(20 * MINUTE, 5)).toEqual(['waiting one', 'waiting one 3']);
    bench.set('one', { state: 'working' });
    await bench.pass(1);
    bench.set('one', { state: 'waiting_permission' });
    expect(await bench.pass(10)).toEqual(['waiting one']);
  });

  it('tells a pane that went by itself, and no pane of what had ended or was ended by a call', async () => {
    bench.set('one', { state: 'working' });
    bench.set('two', { state: 'crashed' });
    bench.set('ended', { state: 'working', isUnwanted: true });
    await bench.pass(10);
    for (const name of ['one', 'two', 'ended']) bench.set(name, { state: 'exited', isPaneGone: true });
    expect(await bench.pass(20)).toEqual(['missing one']);
  });

  it('tells when a limit ends', async () => {
    bench.set('one', { state: 'rate_limited', resetsAt: 1_800_000_000_000 });
    await bench.pass(10);
    expect(await bench.events()).toMatchObject([{ kind: 'rate_limited', resetsAt: 1_800_000_000_000 }]);
  });
});

describe('a team', () => {
  beforeEach(() => {
    bench.set('lead', { role: 'pm', team: 'red' });
    bench.set('one', { team: 'red' });
    bench.set('two', { team: 'red' });
    bench.set('three', { team: 'blue', state: 'working' });
  });
  const ofTeam = (words: readonly string[]): string[] => words.filter((word) => word.startsWith('team'));

  it('is idle when all of it are, and not by itself alone', async () => {
    bench.set('two', { state: 'working', seq: 3 });
    expect(ofTeam(await bench.pass(20 * MINUTE, 5))).toEqual([]);
    bench.set('two', { state: 'idle', seq: 4 });
    expect(ofTeam(await bench.pass(2 * MINUTE + 50, 5))).toEqual([]);
    expect(ofTeam(await bench.pass(20 * MINUTE, 5))).toEqual(['team_idle red 3', 'team_idle red 5', 'team_idle red 8']);
  });

  it('is not woken up by what its lead does about it', async () => {
    const words: string[] = [];
    for (let n = 0; n < 30; n++) {
      words.push(...(await bench.pass(4 * MINUTE, 10)));
      bench.set('lead', { state: 'working', seq: 3 + 2 * n });
      words.push(...(await bench.pass(20, 10)));
      bench.set('lead', { state: 'idle', seq: 4 + 2 * n });
    }
    expect(ofTeam(words)).toEqual(['team_idle red 3']);
    expect(words.filter((word) => word.includes('one'))).toEqual(['idle one 3', 'idle one 5', 'idle one 8']);
    bench.set('one', { seq: 4 });
    expect(ofTeam(await bench.pass(4 * MINUTE, 10))).toEqual(['team_idle red 3']);
  });

  it.each(['waiting_permission', 'unknown', 'rate_limited', 'error'] as const)('is not idle where one is %s', async (state) => {
    bench.set('two', { state });
    expect(ofTeam(await bench.pass(20 * MINUTE, 5))).toEqual([]);
  }); // prettier-ignore

  it('that has ended, or is done, is left alone', async () => {
    bench.set('one', { state: 'exited' });
    await bench.done.mark('two', { panePid: 100, until: 2 });
    expect(ofTeam(await bench.pass(20 * MINUTE, 5))).toEqual([]);
  });
});

describe('time and processes', () => {
  it('come and go: nothing is told twice by who watches next', async () => {
    bench.set('one');
    bench.set('two', { state: 'crashed' });
    bench.set('three', { state: 'waiting_input' });
    const words: string[] = [];
    for (let n = 0; n < 240; n++) {
      words.push(...(await bench.pass(5)));
      bench.handOver();
    }
    expect(words).toEqual([
      'crashed two',
      'waiting three',
      'idle one 3',
      'waiting three 3',
      'idle one 5',
      'idle one 8',
    ]);
  });

  it('of two that watch at once are told once', async () => {
    bench.set('two', { state: 'crashed' });
    await Promise.all([bench.pass(10), bench.pass(10)]);
    expect((await bench.events()).map(({ kind }) => kind)).toEqual(['crashed']);
  });

  it.each([-48 * HOUR_MS, 48 * HOUR_MS])('jump by %d ms on the wall, which changes nothing', async (jump) => {
    bench.set('one');
    bench.set('two', { state: 'crashed' });
    expect(await bench.pass(MINUTE)).toEqual(['crashed two']);
    bench.time.set({ wall: bench.time.clock().wall + jump });
    bench.handOver();
    expect(await bench.pass(MINUTE + 50)).toEqual([]);
    expect(await bench.pass(8 * MINUTE, 5)).toEqual(['idle one 3', 'idle one 5', 'idle one 8']);
  });

  it('stand still in a suspend, which counts', async () => {
    bench.set('one');
    await bench.pass(MINUTE);
    const { wall } = bench.time.clock();
    bench.time.set({ suspended: HOUR_MS, wall: wall + HOUR_MS });
    expect(await bench.pass(5)).toEqual(['idle one 8']);
  });

  it('of a clock that was set back before anybody watched are no time at all', async () => {
    bench.set('one');
    bench.time.set({ wall: bench.time.clock().wall - HOUR_MS });
    expect(await bench.pass(2 * MINUTE + 50)).toEqual([]);
    expect(await bench.pass(20)).toEqual(['idle one 3']);
  });
});
