import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, modernHost } from '../support/program.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let host: Host;
beforeAll(async () => {
  world = createWorld();
  host = await modernHost(world);
  await host.call('spawn_agent', { name: 'sh', provider: 'shell' });
});
afterAll(async () => {
  await host.close();
  await world.close();
});

/** Gemini CLI gives its model only the text of a result, Claude Code and Codex only the data. */
describe('the text of a result', () => {
  it('holds the seq of a receipt, for after_seq', async () => {
    const { content, structuredContent } = await host.call('send_message', { agent: 'sh', message: 'true' });
    const { message_id: id, seq } = structuredContent.receipt;
    expect(content[0]?.text).toBe(`submitted (job_started), message ${String(id)}, seq ${String(seq)}`);
    const all = await host.call('broadcast_message', { agents: ['sh'], message: 'true' });
    expect(all.content[0]?.text).toMatch(/SEQ\n.* [0-9]+$/);
  });

  it.each([
    ['capture_pane', { target: 'agents', lines: 5 }],
    ['wait_for_output', { target: 'agents', idle_seconds: 0.1 }],
    ['wait_for_agents', { agents: ['sh'] }],
  ])('holds the cursor of %s behind what a program printed', async (name, args) => {
    const { content, structuredContent } = await host.call(name, args);
    expect(content[0]?.text).toMatch(new RegExp(`\\ncursor: ${String(structuredContent.cursor)}$`));
  });

  it('holds the cursor of a list that goes on, and of no other', async () => {
    await host.call('create_session', { name: 'more', command: ['cat'] });
    const { content, structuredContent } = await host.call('list_sessions', { limit: 1 });
    expect(content[0]?.text.endsWith(`\nnext_cursor: ${String(structuredContent.next_cursor)}`)).toBe(true);
    expect((await host.call('list_sessions')).content[0]?.text).not.toContain('cursor');
  });
});
