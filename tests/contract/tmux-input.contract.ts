import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PaneId, WindowId } from '../../src/kernel/ids.js';
import { keyNames } from '../../src/security/text/keys.js';
import { cleanMessage, type MessageText } from '../../src/security/text/message.js';
import { sessionName } from '../../src/security/text/names.js';
import type { PaneRow } from '../../src/tmux/listing.js';
import type { WriteReceipt } from '../../src/tmux/model.js';
import type { Tmux } from '../../src/tmux/tmux.js';
import { paneRow, sessionRow } from './rows.js';
import { type Opened, PATIENCE_MS, type Subject } from './subject.js';

const MAX_BYTES = 1_048_576;
const text = (raw: string): MessageText => cleanMessage(raw, MAX_BYTES).text;
const conflict = { name: 'OrcError', code: 'CONFLICT' };

/** Printable text in several scripts, with everything that tmux, shells and terminals take for syntax. */
const ODD =
  'a;b; #{pid} #(touch X) $HOME `id` "q" \'s\' \\ \\033[31m ~ ~root % %if {x} -n -- Enter C-c 0x41 \t| é 日本 👩‍👩‍👧 \u202e \u00a0;';

/** What comes of typing into panes, whatever state they are in. */
export function tmuxInputContract(subject: Subject): void {
  describe(`typing over ${subject.name}`, () => {
    let opened: Opened;
    let tmux: Tmux;
    let window: WindowId;
    let id: PaneId;
    let marks = 0;
    beforeEach(async () => {
      opened = await subject.open();
      tmux = opened.tmux;
      const { receiver } = opened.outside;
      const made = await tmux.createSession({ name: sessionName('s'), cwd: opened.folder, command: receiver });
      window = made.window.id;
      id = made.pane.id;
      await opened.outside.received(await paneRow(tmux, id), 0);
    });
    afterEach(() => opened.close());

    const row = (): Promise<PaneRow> => paneRow(tmux, id);
    const send = async (raw: string | undefined, keys: string[] = [], pane?: PaneRow): Promise<WriteReceipt> =>
      tmux.send(pane ?? (await row()), {
        keys: keyNames(keys),
        ...(raw === undefined ? {} : { text: text(raw) }),
      });
    /** What the program got, up to a mark that is sent now: nothing can be on its way behind it. */
    const typed = async (pane: PaneRow): Promise<string> => {
      const mark = `<mark ${String(++marks)}>`;
      await send(mark, [], pane);
      let all = await opened.outside.received(pane, mark.length);
      while (!all.includes(mark)) all = await opened.outside.received(pane, all.length + 1);
      return all.toString('utf8').replaceAll(/<mark \d+>/g, '');
    };
    const leavesNoBuffer = async (): Promise<void> => {
      if (subject.real) expect(await opened.world.tmux('list-buffers')).toBe('');
    };
    /** Neither text nor keys nor both are taken, and the same program gets what is sent later. */
    const refuses = async (pane: PaneRow, error: object): Promise<void> => {
      await expect(send('text', [], pane)).rejects.toMatchObject(error);
      await expect(send(undefined, ['Enter'], pane)).rejects.toMatchObject(error);
      await expect(send('text\n', ['x', 'Enter'], pane)).rejects.toMatchObject(error);
      await leavesNoBuffer();
    };

    it('pastes text as it is and then presses the keys', async () => {
      await send(ODD);
      await send(undefined, ['x', 'Enter', 'C-c', 'Escape', 'Tab', 'Space', 'BSpace', 'Up', 'C-u', 'Q']);
      await send('last;', ['Enter']);
      expect(await typed(await row())).toBe(`${ODD}x\r\x03\x1b\t \x7f\x1b[A\x15Qlast;\r`);
      await leavesNoBuffer();
    });

    it('pastes several lines without pressing Enter', async () => {
      const lines = '\n first\n\n\tsecond; \n-\n%end 1 1 1\n';
      await send(lines);
      expect(await typed(await row())).toBe(lines);
    });

    it('keeps the order of what is sent at the same time', async () => {
      const pane = await row();
      const words = Array.from({ length: 20 }, (_, index) => `word ${String(index)};`);
      if (tmux.status().mode === 'control') {
        await Promise.all(words.map((word) => send(word, ['Enter'], pane)));
        expect(await typed(pane)).toBe(words.map((word) => `${word}\r`).join(''));
      } else {
        // Processes of their own arrive in any order, but never mixed.
        await Promise.all(words.map((word) => send(word, ['Enter'], pane)));
        expect((await typed(pane)).split('\r').sort()).toEqual(['', ...words].sort());
      }
    });

    it('types nothing where something else was sent than what was sent last', async () => {
      const first = await row();
      expect(first.lastSent).toBe('');
      const { id: sent } = await tmux.send(first, { text: text('a'), after: '' });
      const second = await row();
      expect(second.lastSent).toBe(sent);
      await expect(tmux.send(first, { text: text('b'), keys: keyNames(['Enter']), after: '' })).rejects.toMatchObject(conflict);
      await tmux.send(second, { text: text('c'), after: sent });
      await leavesNoBuffer();
      expect(await typed(await row())).toBe('ac');
    }); // prettier-ignore

    it('refuses a dead pane', async () => {
      const before = await row();
      await opened.outside.end(before);
      const after = await row();
      expect(after.dead).toBe(true);
      await refuses(after, conflict);
      // It died after it was looked at.
      await refuses(before, conflict);
    });

    it('refuses a pane whose input is off', async () => {
      const before = await row();
      await opened.outside.switchInputOff(before);
      const after = await row();
      expect(after.inputOff).toBe(true);
      await refuses(after, conflict);
      await refuses(before, conflict);
    });

    it('types nothing into a pane that runs another process than the one it was found with', async () => {
      const before = await row();
      await opened.outside.respawn(before);
      const after = await row();
      expect(after).toMatchObject({ id, dead: false });
      expect(after.pid).not.toBe(before.pid);
      await opened.outside.received(after, 0);
      await refuses(before, conflict);
      expect(await typed(after)).toBe('');
    });

    it('says NOT_FOUND when the pane, or the whole server, is gone', async () => {
      const before = await row();
      const { receiver } = opened.outside;
      await tmux.createWindow({ session: await sessionRow(tmux, '$0'), command: receiver });
      await tmux.killPane(id);
      await refuses(before, { code: 'NOT_FOUND' });
      const { sessions } = await tmux.list();
      await tmux.killSession(sessions[0]!.id);
      // Until the end of the connection has been seen, a write over it is lost and its outcome unknown.
      await expect.poll(() => tmux.status().connected, { timeout: PATIENCE_MS }).toBe(false);
      await expect(send('text', [], before)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('types nothing into the same id on another server', async () => {
      const before = await row();
      await tmux.killSession((await tmux.list()).sessions[0]!.id);
      await tmux.createSession({ name: sessionName('s'), cwd: opened.folder, command: opened.outside.receiver });
      const after = await row();
      await opened.outside.received(after, 0);
      await refuses(before, conflict);
      expect(await typed(after)).toBe('');
    });

    it('lets text reach only its pane, and refuses keys, while synchronize-panes is on', async () => {
      const alone = await row();
      const session = await sessionRow(tmux, '$0');
      const command = opened.outside.receiver;
      const sibling = await tmux.splitPane({ session, pane: alone, direction: 'right', command });
      await opened.outside.received(await paneRow(tmux, sibling.id), 0);
      await opened.outside.synchronize(window, true);
      const together = await row();
      expect(together.synchronized).toBe(true);
      await send('only here', [], together);
      await expect(send(undefined, ['Enter'], together)).rejects.toMatchObject(conflict);
      await expect(send('text', ['Enter'], together)).rejects.toMatchObject(conflict);
      // Switched on after the pane was looked at.
      await expect(send('text', ['Enter'], alone)).rejects.toMatchObject(conflict);
      expect(await typed(await row())).toBe('only here');
      expect(await typed(await paneRow(tmux, sibling.id))).toBe('');
      await opened.outside.synchronize(window, false);
      await send('again', ['Enter']);
      expect(await typed(await row())).toBe('only hereagain\r');
      await leavesNoBuffer();
    });

    it('delivers text past copy mode, and leaves the mode for keys', async () => {
      const before = await row();
      await opened.outside.enterMode(before, 'copy-mode');
      const scrolled = await row();
      expect(scrolled.mode).toBe('copy-mode');
      await send('text', [], scrolled);
      expect((await row()).mode).toBe('copy-mode');
      // The mode was entered after the pane was looked at: keys would go to it.
      await expect(send('lost', ['q'], before)).rejects.toMatchObject(conflict);
      expect((await row()).mode).toBe('copy-mode');
      await send('and', ['q', 'Enter'], scrolled);
      expect((await row()).mode).toBe('');
      // And it was left since: there is nothing to cancel.
      await expect(send('lost', ['q'], scrolled)).rejects.toMatchObject(conflict);
      expect(await typed(await row())).toBe('textandq\r');
      await leavesNoBuffer();
    });

    it('presses no keys into a mode that it may not leave', async () => {
      await opened.outside.enterMode(await row(), 'clock-mode');
      const busy = await row();
      await expect(send(undefined, ['Enter'], busy)).rejects.toMatchObject({ code: 'AGENT_UNREADY' });
      await expect(send('text', ['Enter'], busy)).rejects.toMatchObject({ code: 'AGENT_UNREADY' });
      expect((await row()).mode).toBe('clock-mode');
      await send('text', [], busy);
      expect(await typed(busy)).toBe('text');
      await leavesNoBuffer();
    });

    it.runIf(subject.real)('leaves the receipt of the last write in the pane, and none of a refused one', async () => {
      const receipt = (): Promise<string> => opened.world.tmux('show-options', '-pqv', '-t', id, '@orc_last');
      expect(await receipt()).toBe('');
      const first = await send('text');
      expect(first.id).toMatch(/^[0-9a-f-]{36}$/);
      expect(await receipt()).toBe(first.id);
      const pane = await row();
      const second = await send(undefined, ['Enter'], pane);
      expect(await receipt()).toBe(second.id);
      await opened.outside.switchInputOff(pane);
      await refuses(pane, conflict);
      expect(await receipt()).toBe(second.id);
    });

    it.runIf(subject.real)(
      'pastes a mebibyte byte for byte',
      async () => {
        const unit = `${ODD}\n${Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('')}\n`;
        let whole = unit.repeat(Math.floor(MAX_BYTES / Buffer.byteLength(unit)));
        whole += 'x'.repeat(MAX_BYTES - Buffer.byteLength(whole));
        const pane = await row();
        await send(whole, ['Enter'], pane);
        const got = await opened.outside.received(pane, MAX_BYTES + 1);
        expect(got.length).toBe(MAX_BYTES + 1);
        expect(got.equals(Buffer.from(`${whole}\r`))).toBe(true);
        await leavesNoBuffer();
      },
      60_000,
    );
  });
}
