import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { until } from '../support/world.js';
import { CHOSEN, drive, type Driven } from './support/driven.js';

/** Those whose limit is known for one. Where no end is told, it is tried again after five minutes. */
const LIMITED = ['claude', 'codex', 'gemini'];
const GUESSED_MS = 420_000;
/** Its end is told to the minute. */
const SECONDS = 70;

const pidOf = async ({ ok }: Driven, pane: string): Promise<number> => {
  const { sessions } = await ok('list_sessions', { detail: 'panes' });
  const panes = sessions.flatMap((session: any) => session.windows.flatMap((window: any) => window.panes));
  return panes.find(({ id }: any) => id === pane).pid;
};

describe.each(CHOSEN)('$id, left to the monitor', (cli) => {
  it('is started again with its conversation where it crashes', { timeout: 240_000 }, async () => {
    const driven = await drive(cli);
    const { stub, ok } = driven;
    const about = async (): Promise<any> => (await ok('get_agent_status', { agent: 'worker' })).agent;
    try {
      const { agent } = await driven.spawn('worker', { briefing: 'SLOW 2 heliotrope', auto_restart: true });
      await until('the briefing', () => stub.received.some(({ endedAt }) => endedAt !== undefined), 60_000);
      await driven.becomes('worker', 'idle', 60_000);
      const killed = Date.now();
      process.kill(await pidOf(driven, agent.pane), 'SIGKILL');
      await until('another pane', async () => (await about()).pane !== agent.pane, 60_000);
      await driven.becomes('worker', 'idle', 60_000);
      process.stdout.write(`${cli.id}: back after ${String(Date.now() - killed)} ms\n`);
      const count = stub.received.length;
      const { receipt } = await ok('send_message', { agent: 'worker', message: 'SAY onward', timeout_seconds: 30 });
      expect(receipt.state).toBe('submitted');
      const request = await until('the next request', () => stub.received[count], 60_000);
      expect(request.body).toContain('heliotrope');
      expect(request.body).toContain('onward');
    } finally {
      await driven.close();
    }
  });

  it.runIf(LIMITED.includes(cli.id))(
    'waits for the end of a limit, and is given once more what that cut',
    { timeout: GUESSED_MS + 300_000 },
    async () => {
      const driven = await drive(cli);
      const { stub, ok } = driven;
      const asked = (text: string): number => stub.received.filter(({ turn }) => turn.text.includes(text)).length;
      try {
        await driven.spawn('worker', { briefing: 'SAY briefed' });
        await driven.becomes('worker', 'idle', 60_000);
        await ok('send_message', {
          agent: 'worker',
          message: `heliotrope LIMIT ${String(SECONDS)}`,
          timeout_seconds: 30,
        });
        await driven.becomes('worker', 'rate_limited', 30_000);
        const [block] = await until('the block', async () => {
          const { blocked } = await ok('get_system_status');
          return blocked.length > 0 ? blocked : undefined;
        }, 20_000); // prettier-ignore
        process.stdout.write(`${cli.id}: ${JSON.stringify(block)}\n`);
        const { dialog } = await ok('get_agent_status', { agent: 'worker' });
        // One that asks what to do about its limit is not answered by the monitor.
        if (dialog !== undefined) {
          process.stdout.write(`${cli.id}: ${JSON.stringify(dialog)}\n`);
          await ok('answer_prompt', { agent: 'worker', choice: 'Stop' });
        }
        const held = await ok('send_message', { agent: 'worker', message: 'SAY later', timeout_seconds: 1 });
        expect(held.receipt).toMatchObject({ state: 'held', reason: 'rate_limited' });
        const cut = asked('heliotrope');
        await until('what was cut', () => asked('heliotrope') > cut, GUESSED_MS);
        await until('what waited', () => asked('SAY later') > 0, 60_000);
        await driven.becomes('worker', 'idle', 60_000);
        expect(asked('heliotrope')).toBe(cut + 1);
        expect(asked('SAY later')).toBe(1);
        expect((await ok('get_system_status')).blocked).toEqual([]);
      } finally {
        await driven.close();
      }
    },
  );
});
