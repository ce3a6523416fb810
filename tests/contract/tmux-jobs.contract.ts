import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionName } from '../../src/security/text/names.js';
import type { PaneRow } from '../../src/tmux/listing.js';
import { paneRow } from './rows.js';
import type { Opened, Subject } from './subject.js';
import { PATIENCE_MS } from './subject.js';

/** What the port promises of jobs. Shells are beyond the fake: of them it has none. */
export function tmuxJobsContract(subject: Subject): void {
  describe(`jobs over ${subject.name}`, () => {
    let opened: Opened;
    beforeEach(async () => {
      opened = await subject.open();
    });
    afterEach(() => opened.close());
    const wait = { timeoutMs: PATIENCE_MS, signal: new AbortController().signal };
    const shell = async (): Promise<PaneRow> => {
      const { tmux, folder } = opened;
      const { pane } = await tmux.createSession({ name: sessionName('s'), cwd: folder, command: ['bash', '--norc'] });
      return paneRow(tmux, pane.id);
    };

    it('has no last one of a pane in which none was run', async () => {
      expect(await opened.tmux.jobs.lastOf(await shell())).toBeUndefined();
    });

    it.runIf(subject.real)('knows the last one of a pane, of that process and no other', async () => {
      const { tmux } = opened;
      const pane = await shell();
      const session = (await tmux.list()).sessions[0]!.id;
      const run = (command: string): ReturnType<typeof tmux.jobs.run> =>
        tmux.jobs.run({ session, pane: pane.id }, command, wait);
      await run('echo one');
      const { id } = await run('echo two; (exit 4)');
      expect(await tmux.jobs.lastOf(pane)).toBe(id);
      expect(await tmux.jobs.get(id, wait)).toMatchObject({ output: 'two\n', exitCode: 4 });
      expect(await tmux.jobs.lastOf({ ...pane, pid: pane.pid + 1 })).toBeUndefined();
      expect(await tmux.jobs.lastOf({ ...pane, server: { ...pane.server, pid: pane.server.pid + 1 } })).toBeUndefined();
    });

    it.runIf(subject.real)('does not count what was not typed', async () => {
      const { tmux } = opened;
      const pane = await shell();
      const session = (await tmux.list()).sessions[0]!.id;
      const { id } = await tmux.jobs.run({ session, pane: pane.id }, 'exec cat', { ...wait, timeoutMs: 500 });
      expect(await tmux.jobs.run({ session, pane: pane.id }, 'echo no', wait)).toMatchObject({ state: 'refused' });
      expect(await tmux.jobs.lastOf(pane)).toBe(id);
    });
  });
}
