import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, cliJson } from '../support/program.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = createWorld();
  for (const name of ['one', 'two']) await cliJson(world, ['agent', 'spawn', name, '--provider', 'shell']);
});
afterAll(() => world.close());

const agent = async (...argv: string[]): Promise<any> => {
  const { code, ...answer } = await cliJson(world, ['agent', ...argv]);
  return { code, ...('data' in answer ? answer.data : answer) };
};

describe('messages by commands, each a process of its own', () => {
  it('are delivered by the wait for what comes of them', { timeout: 30_000 }, async () => {
    expect((await agent('send', 'one', 'sleep 4')).receipt.state).toBe('submitted');
    const second = await agent('send', 'one', 'echo "it is $((40+2))"', '--timeout-seconds', '0');
    expect(second).toMatchObject({ code: 0, receipt: { state: 'queued' } });
    const wait = await agent('wait', 'one', '--after-seq', String(second.receipt.seq));
    expect(wait).toMatchObject({ code: 0, outcome: 'met', agents: [{ name: 'one', state: 'idle' }] });
    expect(await agent('read', 'one')).toMatchObject({ text: 'it is 42\n', complete: true });
    expect((await agent('inbox', 'one', '--unread')).messages).toEqual([]);
  });

  it('have a seq, for all agents or for each', { timeout: 30_000 }, async () => {
    const { receipts } = await agent('broadcast', 'true', '--agents', 'one', '--agents', 'two');
    const after = receipts.flatMap((one: any) => ['--after-seq', `${String(one.agent)}=${String(one.seq)}`]);
    expect(await agent('wait', 'one', 'two', ...after)).toMatchObject({ code: 0, outcome: 'met' });
    const late = ['--after-seq', 'two=1000', '--timeout-seconds', '0.2'];
    expect(await agent('wait', 'one', 'two', ...late)).toMatchObject({ code: 124, pending: ['two'] });
  });

  it.each([[['3', '4']], [['3', 'one=4']], [['one=4', '3']], [['x']], [['one=x']]])(
    'takes no such seq: %j',
    async (seqs) => {
      const argv = ['agent', 'wait', 'one', ...seqs.flatMap((seq) => ['--after-seq', seq])];
      expect(await cli(world, argv)).toMatchObject({ code: 2 });
    },
  );
});
