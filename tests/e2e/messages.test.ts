import { describe, expect, it } from 'vitest';
import { hosted } from '../support/hosted.js';
import { okOf } from '../support/program.js';

const here = hosted();

const ok = (name: string, args: Record<string, unknown> = {}): Promise<any> => okOf(here.host, name, args);
const send = async (agent: string, message: string, more: object = {}): Promise<any> =>
  (await ok('send_message', { agent, message, ...more })).receipt;

describe('a message to a shell agent', () => {
  it('is a command, which runs once, and is waited for', async () => {
    await ok('spawn_agent', { name: 'sh', provider: 'shell' });
    const receipt = await send('sh', 'sleep 2; echo "it is $((40+2))"');
    expect(receipt).toMatchObject({ state: 'submitted', method: 'job', evidence: ['job_started'] });
    const wait = { agents: ['sh'], after_seq: receipt.seq };
    expect(await ok('wait_for_agents', { ...wait, timeout_seconds: 0.2 })).toMatchObject({
      outcome: 'timeout',
      pending: ['sh'],
    });
    expect(await ok('wait_for_agents', wait)).toMatchObject({
      outcome: 'met',
      agents: [{ name: 'sh', state: 'idle', answer: 'it is 42\n' }],
      pending: [],
    });
  });
});
