import { describe, expect, it } from 'vitest';
import { OrcError } from '../../../src/kernel/errors.js';
import { createApp } from '../../../src/app/create-app.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { Tmux } from '../../../src/tmux/tmux.js';
import { createFakeTmux } from '../../support/fake-tmux.js';

const CWD = process.env.TMUX_TMPDIR ?? '/tmp';

/** Three sessions of one pane each, all of which hold the same line, and what one of them does when it is read. */
async function search(capture: (id: string, whole: Tmux['capture']) => Tmux['capture'], toolSeconds = 60) {
  const [fake, server] = [createFakeTmux(), createMemoryStore()];
  const tmux: Tmux = {
    ...fake,
    capture: (id, options) => capture(id, fake.capture)(id, options),
  };
  const app = await createApp({
    ...{ tmux, cwd: CWD, writeLog: () => undefined, env: { HOME: CWD } },
    flags: {
      'security.rate_limit.enabled': 'false',
      'security.audit.enabled': 'false',
      // It reads panes too.
      'monitoring.enabled': 'false',
      'security.timeouts.tool_seconds': String(toolSeconds),
    },
    stores: { user: createMemoryStore(), server: () => server, found: () => server, all: () => [] },
  });
  const dispatch = (name: string, args: object) => app.dispatcher.dispatch({ name, args, surface: 'cli' });
  for (const name of ['one', 'two', 'three']) {
    await dispatch('create_session', { name });
    await fake.outside.print((await fake.list()).sessions.at(-1)!.windows[0]!.panes[0]!, 'needle');
  }
  return dispatch('search_panes', { query: 'needle' });
}

describe('a search over many panes', () => {
  it('gives what the others hold where one cannot be read', async () => {
    const refused = new OrcError('TMUX_FAILED', 'tmux refused.', { hint: 'x' });
    const result = await search((id, whole) => (id === '%1' ? () => Promise.reject(refused) : whole));
    expect(result).toMatchObject({
      ok: true,
      data: { searched_panes: 2, failed: [{ pane: '%1', code: 'TMUX_FAILED' }], truncated: false },
      view: { summary: '2 matching lines in 2 panes; 1 pane could not be read' },
    });
  });

  it('leaves out a pane that has gone', async () => {
    const gone = new OrcError('NOT_FOUND', 'It is gone.', { hint: 'x' });
    const result = await search((id, whole) => (id === '%1' ? () => Promise.reject(gone) : whole));
    expect(result).toMatchObject({ ok: true, data: { searched_panes: 2, failed: [], truncated: false } });
  });

  it('asks a tmux that does not answer no further', async () => {
    const silent = new OrcError('TMUX_UNAVAILABLE', 'tmux does not answer.', { hint: 'x' });
    const asked: string[] = [];
    const result = await search((id, whole) => {
      asked.push(id);
      return id === '%0' ? whole : () => Promise.reject(silent);
    });
    expect(asked).toEqual(['%0', '%1']);
    expect(result).toMatchObject({
      ok: true,
      data: { searched_panes: 1, failed: [{ pane: '%1', code: 'TMUX_UNAVAILABLE' }], truncated: true },
    });
    expect(await search(() => () => Promise.reject(silent))).toMatchObject({
      ...{ ok: false, error: { code: 'TMUX_UNAVAILABLE' } },
    });
  });

  it('gives a part rather than nothing when its time is nearly over', async () => {
    const slow =
      (whole: Tmux['capture']): Tmux['capture'] =>
      async (id, options) => {
        await new Promise((resolve) => setTimeout(resolve, 4200));
        return whole(id, options);
      };
    const result = await search((_id, whole) => slow(whole), 5);
    expect(result).toMatchObject({ ok: true, data: { searched_panes: 1, truncated: true } });
  });
});
