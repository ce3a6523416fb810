import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CHOSEN, drive } from './support/driven.js';

/** What each says when its plan is used up; the others try again, and say so or say only that they work. */
const STATES: Readonly<Record<string, string>> = {
  ...{ claude: 'rate_limited', codex: 'rate_limited', gemini: 'rate_limited' },
  ...{ opencode: 'error', qwen: 'working', pi: 'error' },
};
/** Those that tell when it ends, to the minute. */
const TELLS_END = ['codex'];
const LIMIT_MS = 7_200_000;

it.each(CHOSEN)('$id tells a limit as far as it says so', { timeout: 180_000 }, async (cli) => {
  const driven = await drive(cli);
  try {
    const { agent } = await driven.spawn('worker', { briefing: 'SAY briefed' });
    await driven.becomes('worker', 'idle', 60_000);
    await sleep(3000);
    const before = Date.now();
    await driven.say(agent.pane, 'LIMIT');
    await driven.becomes('worker', STATES[cli.id]!, 10_000);
    const { rate_limit: limit, text } = await driven.ok('get_agent_status', { agent: 'worker' });
    process.stdout.write(`${cli.id}: ${String(text)} ${JSON.stringify(limit)}\n`);
    if (!TELLS_END.includes(cli.id)) return;
    expect(Math.abs(Date.parse(limit.resets_at) - before - LIMIT_MS)).toBeLessThan(120_000);
  } finally {
    await driven.close();
  }
});
