// Every message that was sent, what was said of it, and what has really become of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { table } from '../bench/measure.mjs';
import { Unanswered } from './hosts.mjs';

const SETTLED = ['submitted', 'refused', 'unknown'];
const TRIES = 5;
/** Who was ended so soon after a message was taken may not have come to do what it says. */
const ENDED_SOON_MS = 3000;

const stateIn = (error) => (/"code":"([A-Z_]+)"/.exec(error.message)?.[1] ?? 'error').toLowerCase();

/**
 * @param {{call: (name: string, args: object) => Promise<any>}} hosts
 * @param fleet of createFleet
 * @param {import('./random.mjs').Random} random
 */
export function createBooks({ call }, fleet, random) {
  const sent = [];
  /** When agents were ended, by name. */
  const ended = new Map();

  const ask = async (message, timeout) => {
    const { agent, word } = message;
    const args = { agent: agent.name, message: fleet.textFor(agent, word), idempotency_key: word };
    try {
      const { receipt } = await call('send_message', { ...args, timeout_seconds: timeout });
      if (receipt.state === 'submitted') message.takenAt ??= performance.now();
      message.state = receipt.state;
      message.reason = receipt.reason;
      return true;
    } catch (error) {
      // It may have happened: the same key finds out.
      if (error instanceof Unanswered) return false;
      message.state ??= stateIn(error);
      return true;
    }
  };
  const asked = async (message, timeout) => {
    for (let tries = 0; tries < TRIES; tries++) if (await ask(message, timeout)) return;
  };
  return {
    ended: ({ name }) => ended.set(name, performance.now()),
    allEnded: () => {
      for (const { name } of fleet.living()) ended.set(name, performance.now());
    },
    send: async () => {
      const agent = random.one(fleet.living());
      if (agent === undefined) return;
      const message = { agent, word: `w${sent.length}x`, state: undefined };
      sent.push(message);
      // Some are sent by two at once.
      const senders = random.isHit(0.1) ? 2 : 1;
      await Promise.all(Array.from({ length: senders }, () => asked(message, 5)));
    },
    count: () => sent.length,
    /** Waits until nothing waits any more for who is alive, and asks what has become of each. */
    settle: async (until) => {
      const open = () => sent.filter(({ agent, state }) => !SETTLED.includes(state) && !ended.has(agent.name));
      for (; open().length > 0 && performance.now() < until; await sleep(500))
        for (const message of open()) if (performance.now() < until) await asked(message, 1);
    },
    /** @returns a table, and what does not add up */
    balance: () => {
      const sums = new Map();
      const wrong = [];
      for (const { agent, word, state = 'never answered', reason, takenAt } of sent) {
        const got = fleet.got(agent, word);
        const end = ended.get(agent.name);
        const isCut = end !== undefined && (takenAt === undefined || end - takenAt < ENDED_SOON_MS);
        const key = `${state}${end === undefined ? '' : ', agent ended'}`;
        const row = sums.get(key) ?? [0, 0, 0];
        row[Math.min(got, 2)]++;
        sums.set(key, row);
        const tell = (why) => wrong.push(`${word} to ${agent.name} (${state} ${reason ?? ''}): ${why}`);
        if (got > 1) tell(`taken ${got} times`);
        if (state === 'submitted' && got === 0 && !isCut) tell('never taken');
        if (state === 'refused' && got > 0) tell('taken all the same');
        if (!SETTLED.includes(state) && end === undefined) tell('nothing has become of it');
      }
      const rows = [...sums].sort().map(([key, row]) => [key, ...row.map(String)]);
      return { text: table(['what was said of messages', 'not taken', 'once', 'more'], rows), wrong };
    },
  };
}
