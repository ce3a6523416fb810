import { expect, it } from 'vitest';
import { builtInProviders } from '../../src/providers/index.js';
import { until } from '../support/world.js';
import { CHOSEN, drive } from './support/driven.js';

it.each(CHOSEN)('$id goes on with a conversation of before', { timeout: 180_000 }, async (cli) => {
  const driven = await drive(cli);
  const { stub, ok, becomes } = driven;
  try {
    const { agent } = await driven.spawn('first', { briefing: 'SLOW 2 heliotrope' });
    await until('the briefing', () => stub.received.some(({ endedAt }) => endedAt !== undefined), 60_000);
    await becomes('first', 'idle', 60_000);
    const look = async (): Promise<string | undefined> =>
      (await ok('get_agent_status', { agent: 'first' })).conversation;
    const conversation = await until('its conversation', look, 20_000);
    await ok('kill_pane', { target: agent.pane });
    const count = stub.received.length;
    const silent = builtInProviders.byId(cli.id)?.resumesSilently === true;
    const more = silent ? {} : { briefing: 'SAY onward' };
    const again = await driven.spawn('second', { resume: conversation, ...more });
    expect(again).toMatchObject({ ready: true, briefed: !silent });
    if (silent) await driven.say(again.agent.pane, 'SAY onward');
    const request = await until('the next request', () => stub.received[count], 60_000);
    process.stdout.write(`${cli.id} resumes ${conversation}\n`);
    expect(request.body).toContain('heliotrope');
    expect(request.body).toContain('onward');
  } finally {
    await driven.close();
  }
});
