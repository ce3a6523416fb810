import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, legacyHost, okOf } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';
import { callOrder } from './stub/order.js';
import { stringsIn } from './stub/wire.js';
import { CHOSEN, type Place, settle, worldSettings } from './support/driven.js';

/** Each passes work to the next one, and the last one tells the first. */
const TEAM = [
  { name: 'lead', role: 'pm', id: 'claude' },
  { name: 'coder', role: 'developer', id: 'codex' },
  { name: 'tester', role: 'tester', id: 'opencode' },
] as const;
type Name = (typeof TEAM)[number]['name'];
const NAMES = TEAM.map(({ name }) => name);

/** Agents that a person has started reach each other only where that person says so. */
const SETTINGS = {
  security: {
    permissions: { pm: { targets: 'all' }, worker: { targets: 'all' } },
    risk: { rules: [{ operations: ['send_message'], roles: ['pm', 'worker'], risk: 'medium' }] },
  },
};

/** An order to pass a message on, and then to say that it is done. */
const passing = (agent: Name, message: string, text: string): string =>
  callOrder([{ tool: 'send_message', args: { agent, message } }], text);
const TO_LEAD = 'SAY "all green"; thanks, $USER — 日本語';
const TO_TESTER = passing('lead', TO_LEAD, 'tester is done');
const TO_CODER = passing('tester', TO_TESTER, 'coder is done');
const TASK = passing('coder', TO_CODER, 'lead has passed it on');

/** What each gets from another one, and what it has said in the end. */
const GOT = [
  { to: 'coder', from: 'lead (pm)', text: TO_CODER, answer: 'echo: coder is done' },
  { to: 'tester', from: 'coder (developer)', text: TO_TESTER, answer: 'echo: tester is done' },
  { to: 'lead', from: 'tester (tester)', text: TO_LEAD, answer: `echo: ${TO_LEAD.slice(4)}` },
] as const;

/** Claude Code asks before it calls our tool; the other two do not. */
const ALLOW = 'Yes';

const ENVELOPE = /\[message ([0-9a-f]{12}) from agent ([^\]]*), not from your user\]\n([^]*?)\n\[end of message \1\]/g;

const isWhole = TEAM.every(({ id }) => CHOSEN.some((cli) => cli.id === id));

describe.runIf(isWhole)('a team of Claude Code, Codex and OpenCode', () => {
  const places = new Map<Name, Place>();
  let world: World;
  let host: Host;
  const ok = (tool: string, args: Record<string, unknown> = {}): Promise<any> => okOf(host, tool, args);
  const placeOf = (name: Name): Place => places.get(name)!;
  /** All texts of each request of its model. */
  const requestsOf = (name: Name): string[][] =>
    placeOf(name).stub.received.map(({ body }) => stringsIn(JSON.parse(body)));
  /** What other agents have said to it, in the request that has most of that. */
  const envelopesTo = (name: Name): RegExpMatchArray[] =>
    requestsOf(name)
      .map((texts) => texts.flatMap((text) => [...text.matchAll(ENVELOPE)]))
      .reduce((most, one) => (one.length > most.length ? one : most), []);

  beforeAll(async () => {
    for (const { name, id } of TEAM) places.set(name, await settle(CHOSEN.find((cli) => cli.id === id)!));
    world = createWorld(worldSettings(...[...places.values()].map(({ home }) => home)));
    const folder = join(world.env.XDG_CONFIG_HOME!, 'tmux-orchestrator');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.yaml'), JSON.stringify(SETTINGS));
    host = await legacyHost(world);
    for (const { name, role } of TEAM) await ok('spawn_agent', { name, role, ...placeOf(name).start });
  }, 180_000);
  afterAll(async () => {
    await host.close();
    await world.close();
    for (const place of places.values()) await place.close();
  });

  /** Answers what they ask, until all have got what is for them and are idle. @returns whom it has answered */
  async function attend(receipt: any): Promise<Name[]> {
    const answered: Name[] = [];
    const look = async (): Promise<boolean> => {
      const wait = { agents: NAMES, after_seq: { lead: receipt.seq }, timeout_seconds: 20 };
      const { outcome } = await ok('wait_for_agents', wait);
      if (outcome === 'met') return GOT.every(({ to }) => envelopesTo(to).length > 0);
      for (const name of NAMES) {
        const { dialog } = await ok('get_agent_status', { agent: name });
        if (dialog === undefined) continue;
        await ok('answer_prompt', { agent: name, choice: ALLOW, expect_title: dialog.title });
        answered.push(name);
      }
      return false;
    };
    await until('the team to be done', look, 120_000);
    return answered;
  }

  it('has our server, each of them', { timeout: 120_000 }, async () => {
    for (const name of NAMES)
      await until(
        `our tools to be offered to ${name}`,
        async () => {
          const { receipt } = await ok('send_message', { agent: name, message: 'SAY here' });
          await ok('wait_for_agents', { agents: [name], after_seq: receipt.seq, timeout_seconds: 30 });
          return placeOf(name).stub.received.at(-1)?.body.includes('send_message');
        },
        60_000,
      );
  });

  it('passes work on: each message once, to the byte, with its true sender', { timeout: 180_000 }, async () => {
    const { receipt } = await ok('send_message', { agent: 'lead', message: TASK, timeout_seconds: 30 });
    expect(receipt.state).toBe('submitted');
    expect(await attend(receipt)).toEqual(['lead']);
    const tasks = requestsOf('lead').map((texts) => texts.filter((one) => one.includes(TASK)).length);
    expect(Math.max(...tasks)).toBe(1);
    for (const { to, from, text, answer } of GOT) {
      expect(envelopesTo(to).map(([, , ...parts]) => parts)).toEqual([[from, text]]);
      expect(await ok('read_agent', { agent: to })).toMatchObject({ text: answer, complete: true });
    }
  });
});
