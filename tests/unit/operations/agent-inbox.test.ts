import { describe, expect, it } from 'vitest';
import { agentInboxOperations } from '../../../src/operations/agent-inbox.js';

const [readInbox] = agentInboxOperations;
const message = (order: number, body: string): object => ({
  ...{ id: `m${String(order)}`, agent: 'bob', from: 'operator', at: 0, mode: 'when_idle' },
  ...{ order, body, state: 'queued', seq: 0 },
});

/** Reads the inbox of bob as he himself. @returns ids that he was given, those that count as read, and the cursor */
async function read(bodies: readonly string[], input: object): Promise<any> {
  const taken: string[] = [];
  const inbox = {
    own: 'bob',
    read: () => Promise.resolve(bodies.map((body, order) => message(order, body))),
    take: (ids: readonly string[]) => {
      taken.push(...ids);
      return Promise.resolve(ids.map((id) => ({ id })));
    },
  };
  const context: any = { agents: { inbox }, clean: (text: string) => ({ text }), inspect: () => undefined };
  const settings = { maxResultBytes: 30 };
  const given: any = await readInbox!.handle({ ...context, settings }, readInbox!.input.parse(input));
  return { given: given.messages.map(({ id }: any) => id), taken, cursor: given.next_cursor };
}

describe('an agent that reads its own messages', () => {
  it('has got those that it was given, and no others', async () => {
    const first = await read(['a', 'b', 'c'], { limit: 2 });
    expect(first).toMatchObject({ given: ['m1', 'm2'], taken: ['m1', 'm2'] });
    const second = await read(['a', 'b', 'c'], { limit: 2, cursor: first.cursor });
    expect(second).toEqual({ given: ['m0'], taken: ['m0'], cursor: undefined });
  });

  it('is given as much as a result may hold, and one at least', async () => {
    const long = 'x'.repeat(20);
    expect(await read([long, 'y'.repeat(8), 'z'], {})).toMatchObject({ given: ['m1', 'm2'], taken: ['m1', 'm2'] });
    expect(await read(['a', long], {})).toMatchObject({ given: ['m1'], taken: ['m1'] });
  });
});
