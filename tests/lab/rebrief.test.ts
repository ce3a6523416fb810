import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../support/world.js';
import type { Received } from './stub/server.js';
import { CHOSEN, drive } from './support/driven.js';

/** Commands of a CLI after which its conversation begins anew. */
const ANEW: Readonly<Record<string, readonly string[]>> = { claude: ['/clear', '/compact'], qwen: ['/clear'] };
const ROLE = 'You are the agent worker, with the role qa.';
/** How long such a command may take. */
const COMMAND_MS = 6000;

/** How often the model is told. */
const times = (body: string): number => body.split(ROLE).length - 1;

describe.each(CHOSEN.filter(({ id }) => id in ANEW))('$id', (cli) => {
  it('is told its role again when its conversation begins anew, and only then', { timeout: 300_000 }, async () => {
    const driven = await drive(cli);
    const { stub, becomes, ok } = driven;
    try {
      const { agent } = await driven.spawn('worker', { briefing: 'Remember the word heliotrope.', role: 'qa' });
      const answered = async (text: string): Promise<string> => {
        const isIt = ({ turn, endedAt }: Received): boolean => turn.text.includes(text) && endedAt !== undefined;
        const found = await until(`the answer to ${text}`, () => stub.received.find(isIt), 60_000);
        await becomes('worker', 'idle', 60_000);
        return found.body;
      };
      const said = async (text: string): Promise<string> => {
        await driven.say(agent.pane, text);
        return answered(text);
      };
      expect(times(await answered('word heliotrope'))).toBe(0);
      expect(times(await said('SAY before'))).toBe(0);
      for (const command of ANEW[cli.id] ?? []) {
        await driven.say(agent.pane, command);
        await sleep(COMMAND_MS);
        await becomes('worker', 'idle', 60_000);
        const told = times(await said(`SAY after ${command.slice(1)}`));
        process.stdout.write(`${cli.id} after ${command}: told ${String(told)} times\n`);
        expect(told).toBeGreaterThan(0);
        expect(times(await said(`SAY later than ${command.slice(1)}`))).toBe(told);
      }
      expect(await ok('restart_agent', { agent: 'worker' })).toMatchObject({ ready: true, resumed: true });
      const again = times(await said('SAY onward'));
      process.stdout.write(`${cli.id} after a restart: told ${String(again)} times\n`);
      expect(again).toBeGreaterThan(0);
    } finally {
      await driven.close();
    }
  });
});
