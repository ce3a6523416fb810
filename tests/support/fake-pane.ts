import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claudePack } from '../../src/providers/packs/claude.js';
import { readScreen, type ScreenReading } from '../../src/providers/pack.js';
import { createFakeFiles, FAKE_AGENT, type FakeFiles, type Truth } from './fake-fleet.js';
import { until, type World } from './world.js';

/** One fake agent in a pane, with nothing of ours between it and tmux. */
export interface FakePane extends FakeFiles {
  readonly id: string;
  /** The rows of the screen, without blanks at their ends. */
  readonly lines: () => Promise<string[]>;
  /** What our pack reads on it. */
  readonly reading: () => Promise<ScreenReading>;
  readonly paste: (text: string) => Promise<void>;
  readonly keys: (...keys: string[]) => Promise<void>;
  /** Pastes, waits until it is seen, and presses Enter. */
  readonly submit: (text: string) => Promise<void>;
  /** Waits for a draft that is read in the composer. */
  readonly shows: (draft: string) => Promise<void>;
  readonly becomes: (state: string) => Promise<void>;
  /** Waits until every turn is over. */
  readonly rests: () => Promise<void>;
  /** The last truth that tells of this. */
  readonly last: <Fact extends keyof Truth>(fact: Fact) => Truth[Fact] | undefined;
  /** Texts that were submitted, in order. */
  readonly taken: () => string[];
  /** What hooks have told, in order: the event, and its text. */
  readonly told: () => string[];
}

/** As the lab has it, where the real screens were recorded. */
const SIZE = ['-x', '120', '-y', '40'];
/** Tags around what was pasted begin like this. */
export const SESSION = 'ab12-3';
/** A composer with something in it; behind the prompt stands a blank that does not break. */
const FILLED = /^❯\u00a0(?!Press up to edit queued messages$)./;
let count = 0;

/** @param env besides that of the world */
export async function openFakePane(world: World, env: Readonly<Record<string, string>> = {}): Promise<FakePane> {
  const number = count++;
  const folder = join(world.home, `fake-${String(number)}`);
  const files = createFakeFiles(folder);
  const program = join(folder, 'claude');
  symlinkSync(FAKE_AGENT, program);
  const heard = join(folder, 'hooks');
  writeFileSync(heard, '');
  const command = `cat >>'${heard}'; echo >>'${heard}'`;
  const events = ['SessionStart', 'UserPromptSubmit', 'Stop'];
  const hooks = Object.fromEntries(events.map((event) => [event, [{ hooks: [{ type: 'command', command }] }]]));
  const words = Object.entries({ ...files.env, ...env }).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const argv = [program, '--settings', JSON.stringify({ hooks }), '--session-id', SESSION];
  const id = await world.tmux('new-session', '-d', '-P', '-F', '#{pane_id}', '-s', `fake-${String(number)}`, ...SIZE, ...words, ...argv); // prettier-ignore
  const lines = async (): Promise<string[]> =>
    (await world.tmux('capture-pane', '-p', '-t', id)).split('\n').map((line) => line.trimEnd());
  const reading = async (): Promise<ScreenReading> => readScreen(claudePack, { title: '', lines: await lines() });
  const pane: Omit<FakePane, keyof FakeFiles> = {
    ...{ id, lines, reading },
    paste: async (text) => {
      // By a file: a command of tmux has no more than 16 KB.
      writeFileSync(`${folder}/paste`, text);
      await world.tmux('load-buffer', '-b', 'fake', `${folder}/paste`);
      await world.tmux('paste-buffer', '-p', '-r', '-d', '-b', 'fake', '-t', id);
    },
    keys: async (...keys) => {
      await world.tmux('send-keys', '-t', id, ...keys);
    },
    submit: async (text) => {
      await pane.paste(text);
      // Our own reading takes a text of lines only for none.
      await until('the text to be seen', async () => (await lines()).some((line) => FILLED.test(line)));
      await pane.keys('Enter');
    },
    shows: async (draft) => {
      await until(`the draft ${draft}`, async () => (await reading()).draft === draft);
    },
    becomes: async (state) => {
      await until(`it to be ${state}`, async () => (await reading()).says === state);
    },
    rests: async () => {
      const count = (fact: keyof Truth): number => files.truth().filter((line) => fact in line).length;
      await until('its turns to be over', () => count('began') === count('ended'));
      await pane.becomes('idle');
    },
    last: (fact) => files.truth().findLast((line) => fact in line)?.[fact],
    taken: () => files.truth().flatMap(({ taken }) => (taken === undefined ? [] : [taken])),
    told: () =>
      readFileSync(heard, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, string>)
        .map((told) => [told.hook_event_name, told.prompt ?? told.last_assistant_message ?? told.session_id].join(' ')),
  };
  await pane.becomes('idle');
  return { ...files, ...pane };
}
