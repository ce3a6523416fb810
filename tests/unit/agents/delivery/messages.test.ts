import { beforeEach, describe, expect, it } from 'vitest';
import {
  createMessages,
  MAX_WAITING,
  type Messages,
  type NewMessage,
} from '../../../../src/agents/delivery/messages.js';
import { cleanMessage } from '../../../../src/security/text/message.js';
import { createMemoryStore } from '../../../../src/store/memory-store.js';

let messages: Messages;
beforeEach(() => {
  messages = createMessages(createMemoryStore());
});

const wish = (body: string, more: Partial<NewMessage> = {}): NewMessage => {
  const { text } = cleanMessage(body, 1000);
  return { agent: 'a', panePid: 7, from: 'operator', at: 1, body, text, mode: 'when_idle', seq: 0, ...more };
};
const add = async (body: string, more: Partial<NewMessage> = {}): Promise<string> => {
  const added = await messages.add(wish(body, more));
  if (added.kind !== 'added') throw new Error(added.kind);
  return added.message.id;
};

describe('the messages to agents', () => {
  it('wait in the order in which they came, each agent for itself', async () => {
    const ids = [await add('1'), await add('2'), await add('3')];
    await add('other', { agent: 'a b' });
    expect((await messages.waiting('a')).map(({ id }) => id)).toEqual(ids);
    expect(await messages.counts()).toEqual(new Map([['a', 3], ['a b', 1]])); // prettier-ignore
  });

  it('are changed only by who has their queue, and only until they are settled', async () => {
    const id = await add('1');
    expect(await messages.change(id, 'one', { state: 'sending' })).toBeUndefined();
    expect(await messages.lease('a', 'one')).toBe(true);
    expect(await messages.lease('a', 'other')).toBe(false);
    expect(await messages.change(id, 'other', { state: 'sending' })).toBeUndefined();
    expect(await messages.change(id, 'one', { state: 'sending' })).toMatchObject({ state: 'sending' });
    expect(await messages.change(id, 'one', { state: 'submitted', evidence: ['hook'] })).toMatchObject({
      state: 'submitted',
    });
    expect(await messages.change(id, 'one', { state: 'queued' })).toBeUndefined();
    await messages.release('a', 'one');
    expect(await messages.lease('a', 'other')).toBe(true);
    expect([await messages.waiting('a'), (await messages.of('a')).length]).toEqual([[], 1]);
  });

  it('are sent once for one key, and refused for another text with it', async () => {
    const key = { name: 'operator\na\nk', digest: 'd' };
    const first = await messages.add(wish('1'), key);
    expect(await messages.hasKey(key.name)).toBe(true);
    expect(await messages.add(wish('1'), key)).toEqual({
      kind: 'known',
      message: first.kind === 'added' && first.message,
    });
    expect(await messages.add(wish('2'), { ...key, digest: 'e' })).toEqual({ kind: 'conflict' });
    expect(await messages.waiting('a')).toHaveLength(1);
  });

  it('are bounded', async () => {
    for (let n = 0; n < MAX_WAITING; n++) await add(String(n));
    expect(await messages.add(wish('one more'))).toEqual({ kind: 'full' });
  });

  it('are given to an agent that reads them, but those that are being written', async () => {
    const [writing, waiting, unseen] = [await add('1'), await add('2'), await add('3')];
    await messages.lease('a', 'one');
    await messages.change(writing, 'one', { state: 'sending' });
    expect((await messages.take('a', [writing, waiting])).map(({ id }) => id)).toEqual([waiting]);
    expect(await messages.get(waiting)).toMatchObject({ state: 'submitted', method: 'inbox', evidence: ['read'] });
    expect(await messages.get(writing)).toMatchObject({ state: 'sending' });
    expect(await messages.get(unseen)).toMatchObject({ state: 'queued' });
  });
});
