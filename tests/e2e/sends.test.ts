import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeFleet, type Faults, openFakeFleet } from '../support/fake-fleet.js';
import { legacyHost, okOf } from '../support/program.js';
import { type Counts, count, manyTexts, sendMany, type Sent } from '../support/sends.js';
import { until } from '../support/world.js';

/** SENDS=2000 npx vitest run tests/e2e/sends.test.ts is the gate beside the suite. */
const SENDS = Number(process.env.SENDS ?? 80);
const AGENTS = 4;
/** One takes 0.3 to 4 s, by its fault; four go on at once. */
const LONGEST_MS = 300_000 + SENDS * 2000;
const names = Array.from({ length: AGENTS }, (_, n) => `agent-${String(n)}`);

let fleet: FakeFleet;
beforeAll(async () => {
  fleet = await openFakeFleet();
  for (const name of names) await fleet.spawn(name);
}, 120_000);
afterAll(() => fleet.close());

const send = async (agent: string, message: string, more: object = {}): Promise<any> =>
  (await fleet.ok('send_message', { agent, message, timeout_seconds: 15, ...more })).receipt;
/** Behind some words a blank is sent. */
const times = (agent: string, text: string): number =>
  fleet.taken(agent).filter((taken) => taken === text || taken === `${text} `).length;

const FAULTS: readonly (readonly [string, Faults])[] = [
  ['nothing', {}],
  ['an Enter that is swallowed', { swallow_enter: 1 }],
  ['two of them', { swallow_enter: 2 }],
  ['a slow echo', { slow_echo_ms: 300 }],
  ['a list of completions', { picker: true }],
  ['one below the composer', { picker: 'below' }],
  ['a slow start of the turn', { slow_submit_ms: 700 }],
  ['repaints all the time', { repaint_storm: true }],
  ['no hooks', { no_hooks: true }],
  ['vim', { vim: true }],
];

describe('sends to agents that make trouble', () => {
  it(`are taken once each, or said to be unknown (${String(SENDS)})`, { timeout: LONGEST_MS }, async () => {
    const each = Math.ceil(SENDS / AGENTS);
    const sent: Sent[] = [];
    const run = async (name: string, seed: number): Promise<void> => {
      const texts = manyTexts(name, each, seed);
      for (const [index, text] of texts.entries()) {
        const [what, faults] = FAULTS[Math.floor(index / 8 + seed) % FAULTS.length]!;
        if (index % 8 === 0) await fleet.fault(name, faults);
        sent.push(...(await sendMany([text], what, (body) => send(name, body))));
      }
      await fleet.fault(name, {});
    };
    await Promise.all(names.map(run));
    const counts: Counts = count(sent, (text) => names.map((name) => times(name, text)).reduce((a, b) => a + b, 0));
    process.stdout.write(`${JSON.stringify(counts)}\n`);
    expect(counts).toMatchObject({ sends: each * AGENTS, doubled: 0, lost: 0, falselySubmitted: 0 });
    expect(counts.submitted).toBeGreaterThanOrEqual(Math.floor(each * AGENTS * 0.99));
  });
});

describe('a message is not typed', () => {
  const [first] = names;
  const refuses = async (faults: Faults, reason: string, mode: string): Promise<any> => {
    await fleet.fault(first!, faults);
    return send(first!, `not ${reason} ${mode}`, { mode, timeout_seconds: 0.5 });
  };

  it("into a person's draft, which stays", async () => {
    expect(await refuses({ draft: 'half a thou' }, 'draft', 'now')).toMatchObject({
      state: 'refused',
      reason: 'draft',
    });
    const held = await refuses({}, 'draft', 'when_idle');
    expect(held).toMatchObject({ state: 'held', reason: 'draft', evidence: [] });
    const { agents } = await fleet.ok('list_agents');
    expect(agents.find(({ name }: { name: string }) => name === first)).toMatchObject({ unread: 1 });
    expect((await fleet.ok('read_inbox', { agent: first, unread: true })).messages).toMatchObject([
      { id: held.message_id, state: 'held' },
    ]);
    // The person sends the draft; the message follows when the agent is idle again.
    const { pane } = (await fleet.ok('get_agent_status', { agent: first })).agent;
    await fleet.ok('send_keys', { target: pane, keys: ['Enter'] });
    await until('the message', () => times(first!, 'not draft when_idle') === 1, 10_000);
    expect(times(first!, 'half a thou')).toBe(1);
  });

  it('into copy mode, a dead program, or what is no agent any more', async () => {
    const name = 'short';
    await fleet.spawn(name);
    const { pane } = (await fleet.ok('get_agent_status', { agent: name })).agent;
    await fleet.world.tmux('copy-mode', '-t', pane);
    expect(await send(name, 'x', { timeout_seconds: 0.3 })).toMatchObject({ state: 'held', reason: 'copy_mode' });
    await fleet.world.tmux('send-keys', '-t', pane, '-X', 'cancel');
    await until('the message', () => times(name, 'x') === 1, 10_000);
    await fleet.ok('wait_for_agents', { agents: [name] });
    await fleet.fault(name, { exit_mid_send: 'paste' });
    expect(await send(name, 'y')).toMatchObject({ state: 'refused', reason: 'agent_ended' });
    expect(await send(name, 'z')).toMatchObject({ state: 'refused', reason: 'agent_ended' });
    expect([times(name, 'y'), times(name, 'z')]).toEqual([0, 0]);
  });

  it('twice when the agent ends at Enter: that is unknown', async () => {
    const name = 'shorter';
    await fleet.spawn(name);
    await fleet.fault(name, { exit_mid_send: 'enter' });
    expect(await send(name, 'y')).toMatchObject({ state: 'unknown', reason: 'agent_ended' });
  });

  it('into a dialog, and follows once that is answered', async () => {
    const name = names[1]!;
    await fleet.fault(name, {});
    await send(name, 'ASK something');
    await until('the dialog', async () => (await fleet.ok('get_agent_status', { agent: name })).dialog !== undefined);
    expect(await send(name, 'over the dialog', { mode: 'now' })).toMatchObject({ state: 'refused', reason: 'dialog' });
    expect(await send(name, 'after the dialog', { timeout_seconds: 0.5 })).toMatchObject({
      state: 'held',
      reason: 'dialog',
    });
    const { pane } = (await fleet.ok('get_agent_status', { agent: name })).agent;
    await fleet.ok('send_keys', { target: pane, keys: ['Escape'] });
    await until('the message', () => times(name, 'after the dialog') === 1, 10_000);
    expect(times(name, 'over the dialog')).toBe(0);
  });
});

it('waits for a turn, or goes into it, as it is told', async () => {
  const name = names[2]!;
  await fleet.fault(name, {});
  await send(name, 'SLOW 6');
  const queued = await send(name, 'after the turn', { timeout_seconds: 0.3 });
  expect(queued).toMatchObject({ state: 'queued', reason: 'working' });
  expect(await send(name, 'during the turn', { mode: 'now' })).toMatchObject({ state: 'submitted' });
  expect(await fleet.ok('wait_for_agents', { agents: [name], after_seq: queued.seq })).toMatchObject({
    outcome: 'met',
  });
  const truth = fleet.truth(name).filter(({ taken }) => taken?.endsWith('the turn'));
  expect(truth.map(({ taken, during }) => [taken, during])).toEqual([['during the turn', 'turn'], ['after the turn', 'idle']]); // prettier-ignore
});

it('is sent once for one key, whatever it is repeated by', async () => {
  const name = names[3]!;
  await fleet.fault(name, {});
  const other = await legacyHost(fleet.world);
  const once = { idempotency_key: 'k1' };
  const first = await send(name, 'only once', once);
  expect((await send(name, 'only once', once)).message_id).toBe(first.message_id);
  const again = await fleet.host.call('send_message', { agent: name, message: 'something else', ...once });
  expect(again.structuredContent.error).toMatchObject({ code: 'CONFLICT' });
  // Two processes at one moment, each with messages of its own.
  const texts = Array.from({ length: 10 }, (_, n) => `two processes ${String(n)}`);
  const receipts = await Promise.all(
    texts.map((message, n) =>
      okOf(n % 2 === 0 ? fleet.host : other, 'send_message', { agent: name, message, timeout_seconds: 30 }),
    ),
  );
  await other.close();
  expect(receipts.map(({ receipt }) => receipt.state)).toEqual(texts.map(() => 'submitted'));
  expect(texts.map((text) => times(name, text))).toEqual(texts.map(() => 1));
  expect(times(name, 'only once')).toBe(1);
});

it('waits for an agent that is started once more, and is delivered to that', async () => {
  const name = 'again';
  await fleet.spawn(name);
  await send(name, 'SLOW 30');
  const queued = await send(name, 'for the next start', { timeout_seconds: 0.3 });
  expect(queued).toMatchObject({ state: 'queued', reason: 'working' });
  await fleet.ok('restart_agent', { agent: name, resume: false });
  await until('the message', () => times(name, 'for the next start') === 1, 20_000);
}, 60_000); // prettier-ignore
