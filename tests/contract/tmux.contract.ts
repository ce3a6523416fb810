import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PaneId, SessionId } from '../../src/kernel/ids.js';
import { sessionName, windowName } from '../../src/security/text/names.js';
import type { CreatedSession, SessionSpec } from '../../src/tmux/model.js';
import type { Tmux } from '../../src/tmux/tmux.js';
import { paneRow, sessionRow, windowRow } from './rows.js';
import { type Opened, PATIENCE_MS, type Subject } from './subject.js';

const notFound = { name: 'OrcError', code: 'NOT_FOUND' };
const conflict = { name: 'OrcError', code: 'CONFLICT' };
/** A program that does nothing and stays. */
const IDLE = ['sleep', '1000'] as const;

/** Sessions, windows and panes: how they are listed, made, named, read and ended. */
export function tmuxContract(subject: Subject): void {
  describe(`the tmux port over ${subject.name}`, () => {
    let opened: Opened;
    let tmux: Tmux;
    beforeEach(async () => {
      opened = await subject.open();
      tmux = opened.tmux;
    });
    afterEach(() => opened.close());

    const create = (name: string, more: Partial<SessionSpec> = {}): Promise<CreatedSession> =>
      tmux.createSession({ name: sessionName(name), cwd: opened.folder, command: IDLE, ...more });
    const names = async (): Promise<string[]> => (await tmux.list()).sessions.map(({ name }) => name).sort();

    it('lists nothing, finds nothing and starts nothing where no server runs', async () => {
      expect(await tmux.list()).toEqual({ sessions: [] });
      await expect(tmux.renameSession('$0' as SessionId, sessionName('x'))).rejects.toMatchObject(notFound);
      await expect(tmux.capture('%0' as PaneId, { lines: 1, ansi: false })).rejects.toMatchObject(notFound);
      await expect(tmux.lastLines('%0' as PaneId, 1)).rejects.toMatchObject(notFound);
      expect(await tmux.list()).toEqual({ sessions: [] });
      expect(await opened.outside.isServerRunning()).toBe(false);
    });

    it('creates a session with its names, size and folder', async () => {
      const windowTitle = windowName('Claude PM.1');
      const made = await create('my.app', { windowName: windowTitle, width: 100, height: 30, cwd: opened.other });
      expect(made).toEqual({
        session: { id: '$0', name: 'my_app' },
        window: { id: '@0', index: 0, name: windowTitle },
        pane: { id: '%0', pid: expect.any(Number), server: expect.any(Object) },
      });
      const { pid, server } = await paneRow(tmux, '%0');
      expect(made.pane).toEqual({ id: '%0', pid, server });
      const session = await sessionRow(tmux, '$0');
      expect(session).toMatchObject({ name: 'my_app', cwd: opened.other, attachedClients: 0 });
      expect(session.windows).toMatchObject([{ id: '@0', index: 0, name: windowTitle, active: true }]);
      expect(session.windows[0]?.panes).toMatchObject([
        { id: '%0', index: 0, active: true, dead: false, width: 100, height: 30, mode: '', inputOff: false },
      ]);
      await expect.poll(() => paneRow(tmux, '%0'), { timeout: PATIENCE_MS }).toMatchObject({ cwd: opened.other });
    });

    it('runs a command as the argv it is, one element included, with its variables', async () => {
      const odd = ['$HOME `id` #{pid} "x"; ', '', '-n', ';', 'a;', '日本', 'line\nbreak\ttab', '~', '%1'];
      const argv = ['sh', '-c', 'while :; do sleep 1000; done', 'sh', ...odd] as const;
      const value = 'a b;c "d" #{pid} \\ \n\té;';
      const made = await create('argv', { command: argv, env: [['GREETING', value]] });
      const session = await sessionRow(tmux, made.session.id);
      const { window, pane } = await tmux.createWindow({ session, command: ['cat'], env: [['A', '']] });
      expect([made.window.name, window.name]).toEqual(['sh', 'cat']);
      const started = async (id: string): Promise<unknown> => opened.outside.started(await paneRow(tmux, id));
      await expect
        .poll(() => started(made.pane.id), { timeout: PATIENCE_MS })
        .toMatchObject({ argv, env: { GREETING: value } });
      await expect
        .poll(() => started(pane.id), { timeout: PATIENCE_MS })
        .toMatchObject({ argv: ['cat'], env: { A: '' } });
    });

    it('starts the shell of the user with variables when there is no command', async () => {
      const { session } = await create('shell');
      const row = await sessionRow(tmux, session.id);
      const { pane } = await tmux.createWindow({ session: row, env: [['A', '1;']] });
      const started = async (): Promise<unknown> => opened.outside.started(await paneRow(tmux, pane.id));
      await expect.poll(started, { timeout: PATIENCE_MS }).toMatchObject({ env: { A: '1;' } });
    });

    it('refuses a name that is taken, and changes nothing then', async () => {
      const first = await create('one');
      const second = await create('two');
      await expect(create('one')).rejects.toMatchObject(conflict);
      await expect(create('t.w')).resolves.toMatchObject({ session: { name: 't_w' } });
      await expect(create('t_w')).rejects.toMatchObject(conflict);
      await expect(tmux.renameSession(second.session.id, sessionName('one'))).rejects.toMatchObject(conflict);
      expect(await names()).toEqual(['one', 't_w', 'two']);
      // Its own name is free for a session.
      await tmux.renameSession(first.session.id, sessionName('one'));
    });

    it('adds windows at the next free index, in the folder of the session or their own, without switching', async () => {
      const { session, window } = await create('s');
      const add = async (name?: string): ReturnType<Tmux['createWindow']> =>
        tmux.createWindow({
          session: await sessionRow(tmux, session.id),
          command: IDLE,
          ...(name === undefined ? {} : { name: windowName(name), cwd: opened.other }),
        });
      const [second, third] = [await add(), await add('named one')];
      expect(second.window).toMatchObject({ index: 1, name: 'sleep' });
      expect(third.window).toMatchObject({ index: 2, name: 'named one' });
      await tmux.killWindow(second.window.id);
      expect((await add('again')).window).toMatchObject({ index: 1, name: 'again' });
      const { windows } = await sessionRow(tmux, session.id);
      expect(windows.map(({ index, name, active }) => [index, name, active])).toEqual([
        [0, window.name, true],
        [1, 'again', false],
        [2, 'named one', false],
      ]);
      const folders = async (): Promise<string[]> =>
        (await sessionRow(tmux, session.id)).windows.map(({ panes }) => panes[0]?.cwd ?? '');
      await expect.poll(folders, { timeout: PATIENCE_MS }).toEqual([opened.folder, opened.other, opened.other]);
    });

    it('splits a pane by direction, size and folder, without switching', async () => {
      const { session, pane, window } = await create('s', { width: 80, height: 24 });
      const split = async (more: object): Promise<string> => {
        const spec = { session: await sessionRow(tmux, session.id), pane: await paneRow(tmux, pane.id), command: IDLE };
        return (await tmux.splitPane({ direction: 'right', ...spec, ...more })).id;
      };
      const right = await split({ sizePercent: 25, cwd: opened.other });
      const down = await split({ direction: 'down', sizePercent: 50 });
      const { panes } = await windowRow(tmux, window.id);
      expect(panes.map(({ id, index, active, width, height }) => [id, index, active, width, height])).toEqual([
        [pane.id, 0, true, 59, 11],
        [down, 1, false, 59, 12],
        [right, 2, false, 20, 24],
      ]);
      await expect.poll(() => paneRow(tmux, right), { timeout: PATIENCE_MS }).toMatchObject({ cwd: opened.other });
      await expect.poll(() => paneRow(tmux, down), { timeout: PATIENCE_MS }).toMatchObject({ cwd: opened.folder });
    });

    it('shows which agent a pane has, from its beginning or later, and that it has none', async () => {
      const marks = { name: 'ann', role: 'qa', provider: 'shell' };
      await create('marked', { agent: marks });
      await create('plain');
      expect(await paneRow(tmux, '%0')).toMatchObject({ agent: 'ann', agentRole: 'qa' });
      expect(await paneRow(tmux, '%1')).toMatchObject({ agent: undefined, agentRole: undefined });
      await tmux.showAgent('%1' as PaneId, { ...marks, name: 'bob' });
      await tmux.endingBy(performance.now() + PATIENCE_MS).showAgent('%0' as PaneId, undefined);
      expect(await paneRow(tmux, '%1')).toMatchObject({ agent: 'bob', agentRole: 'qa' });
      expect(await paneRow(tmux, '%0')).toMatchObject({ agent: undefined, agentRole: undefined });
      await expect(tmux.showAgent('%9' as PaneId, marks)).rejects.toMatchObject(notFound);
    });

    it('renames sessions and windows, whose ids stay', async () => {
      const { session, window } = await create('old');
      await tmux.renameSession(session.id, sessionName('n.ew'));
      await tmux.renameWindow(window.id, windowName('a b.c-d'));
      const row = await sessionRow(tmux, session.id);
      expect(row).toMatchObject({ name: 'n_ew', windows: [{ id: window.id, name: 'a b.c-d' }] });
    });

    it('lists again from an earlier listing what a whole one says of panes, whatever has come, gone or moved', async () => {
      const { session } = await create('first');
      let before = await tmux.list();
      const same = async (): Promise<void> => {
        before = await tmux.list(before);
        const now = await tmux.list();
        const shown = ({ sessions }: typeof now): unknown =>
          sessions.map(({ id, name, windows }) => [id, name, windows.map((row) => [row.id, row.panes])]);
        expect(shown(before)).toEqual(shown(now));
      };
      await expect.poll(async () => (await paneRow(tmux, '%0')).command, { timeout: PATIENCE_MS }).toBe('sleep');
      await same();
      const { pane } = await tmux.createWindow({ session: await sessionRow(tmux, session.id), command: IDLE });
      await expect.poll(async () => (await paneRow(tmux, pane.id)).command, { timeout: PATIENCE_MS }).toBe('sleep');
      await same();
      await tmux.renameSession(session.id, sessionName('second'));
      await same();
      await tmux.killPane(pane.id);
      await same();
      await tmux.killSession(session.id);
      await same();
      expect(before).toEqual({ sessions: [] });
    });

    it('kills exactly one pane, window or session, and what is left empty goes with it', async () => {
      const { session, pane, window } = await create('pro');
      await create('prod');
      const row = await sessionRow(tmux, session.id);
      const extra = await tmux.createWindow({ session: row, command: IDLE });
      const split = await tmux.splitPane({
        session: row,
        pane: await paneRow(tmux, pane.id),
        direction: 'down',
        command: IDLE,
      });
      await tmux.killPane(pane.id);
      expect((await windowRow(tmux, window.id)).panes).toMatchObject([{ id: split.id, index: 0, active: true }]);
      await tmux.killPane(split.id);
      expect((await sessionRow(tmux, session.id)).windows.map(({ id }) => id)).toEqual([extra.window.id]);
      await tmux.killWindow(extra.window.id);
      expect(await names()).toEqual(['prod']);
    });

    it('ends the server with its last session, and starts another for the next', async () => {
      const { session } = await create('first');
      const [old] = (await sessionRow(tmux, session.id)).windows[0]?.panes ?? [];
      await tmux.killSession(session.id);
      expect(await tmux.list()).toEqual({ sessions: [] });
      expect(await create('second')).toMatchObject({ session: { id: '$0' }, pane: { id: '%0' } });
      expect((await paneRow(tmux, '%0')).server).not.toEqual(old?.server);
      await tmux.killWindow((await sessionRow(tmux, '$0')).windows[0]!.id);
      await create('third');
      await tmux.killPane((await paneRow(tmux, '%0')).id);
      expect(await tmux.list()).toEqual({ sessions: [] });
    });

    it('says NOT_FOUND for whatever is gone', async () => {
      await create('stays');
      const gone = await create('goes');
      const session = await sessionRow(tmux, gone.session.id);
      const pane = await paneRow(tmux, gone.pane.id);
      await tmux.killSession(gone.session.id);
      const calls: (() => Promise<unknown>)[] = [
        () => tmux.renameSession(session.id, sessionName('x')),
        () => tmux.renameWindow(gone.window.id, windowName('x')),
        () => tmux.createWindow({ session }),
        () => tmux.splitPane({ session, pane, direction: 'right' }),
        () => tmux.capture(pane.id, { lines: 10, ansi: false }),
        () => tmux.lastLines(pane.id, 10),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject(notFound);
      expect(await names()).toEqual(['stays']);
    });

    // The real port takes an id that is gone for killed: only a server that ended with the kill should count so.
    it('says NOT_FOUND for a kill of what is gone', async () => {
      await create('stays');
      const { session, window, pane } = await create('goes');
      await tmux.killSession(session.id);
      await expect(tmux.killSession(session.id)).rejects.toMatchObject(notFound);
      await expect(tmux.killWindow(window.id)).rejects.toMatchObject(notFound);
      await expect(tmux.killPane(pane.id)).rejects.toMatchObject(notFound);
    });

    it('captures the last lines and says when more stands above', async () => {
      const { pane } = await create('s', { command: opened.outside.receiver });
      const row = await paneRow(tmux, pane.id);
      await opened.outside.received(row, 0);
      const read = async (lines: number): ReturnType<Tmux['capture']> => tmux.capture(pane.id, { lines, ansi: false });
      expect(await read(10)).toMatchObject({ lines: [], truncated: false });
      await opened.outside.print(row, 'only  one \n\n');
      await expect
        .poll(() => read(10), { timeout: PATIENCE_MS })
        .toMatchObject({ lines: ['only  one'], truncated: false });
      const lines = Array.from({ length: 199 }, (_, index) => `line ${String(index + 2)} é日本`);
      await opened.outside.print(row, `${lines.join('\r\n')}\r\n`.replace(/^/, subject.real ? '\r' : ''));
      await expect.poll(async () => (await read(1)).lines, { timeout: PATIENCE_MS }).toEqual([lines.at(-1)]);
      expect(await read(4)).toMatchObject({ lines: lines.slice(-4), truncated: true });
      expect(await read(150)).toMatchObject({ lines: lines.slice(-150), truncated: true });
      const all = await read(5000);
      expect(all.truncated).toBe(false);
      expect(all.lines.at(-1)).toBe(lines.at(-1));
      expect(all.lines[0]).toBe('only  one');
      for (const count of [1, 4, 150, 5000])
        expect(await tmux.lastLines(pane.id, count)).toEqual((await read(count)).lines);
    });
  });
}
