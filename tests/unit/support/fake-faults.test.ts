import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type FakePane, openFakePane } from '../../support/fake-pane.js';
import { createWorld, until, type World } from '../../support/world.js';

// Each fault of the fake agent, shown by plain tmux.
let world: World;
let pane: FakePane;
beforeAll(async () => {
  world = createWorld();
  pane = await openFakePane(world);
});
afterAll(() => world.close());
afterEach(async () => {
  await pane.fault({ vim: false });
  await pane.rests();
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const took = (text: string): Promise<unknown> => until(`${text} to be taken`, () => pane.taken().includes(text));
const shows = (line: RegExp): Promise<unknown> => until(String(line), async () => (await pane.lines()).some((row) => line.test(row))); // prettier-ignore

/** Long enough for what is not to happen. */
const LONG_MS = 150;
async function isNotTaken(text: string): Promise<void> {
  await sleep(LONG_MS);
  expect(pane.taken()).not.toContain(text);
}

it('swallows so many Enters', async () => {
  await pane.fault({ swallow_enter: 2 });
  await pane.submit('held back');
  await pane.keys('Enter');
  await isNotTaken('held back');
  await pane.shows('held back');
  await pane.keys('Enter');
  await took('held back');
  expect(pane.truth().filter(({ swallowed }) => swallowed === 'enter')).toHaveLength(2);
});

it('shows a paste late, and an Enter before that is lost', async () => {
  await pane.fault({ slow_echo_ms: 1500 });
  await pane.paste('late');
  await pane.keys('Enter');
  await isNotTaken('late');
  expect((await pane.reading()).draft).toBe('');
  await pane.shows('late');
  await pane.keys('Enter');
  await took('late');
});

it.each([true, 'below'] as const)('opens a list that eats one Enter: %s', async (picker) => {
  await pane.fault({ picker });
  const text = `see @src/${String(picker)}`;
  await pane.submit(text);
  await isNotTaken(text);
  await pane.shows(text);
  await pane.keys('Enter');
  await took(text);
});

it('closes that list by Escape, which leaves the text', async () => {
  await pane.fault({ picker: true });
  await pane.paste('see @src/more');
  await shows(/^ +\+ alpha\.txt$/);
  await pane.keys('Escape');
  await until('the list to be gone', async () => !(await pane.lines()).some((line) => line.includes('alpha.txt')));
  await pane.keys('Enter');
  await took('see @src/more');
});

it('has the draft of a person in its composer', async () => {
  await pane.fault({ draft: 'half a thou' });
  await pane.shows('half a thou');
  expect((await pane.reading()).says).toBe('idle');
  await pane.paste('ght');
  await pane.shows('half a thought');
  await pane.keys('C-u');
  await pane.shows('');
});

it('asks when a paste arrives, and shows it afterwards', async () => {
  await pane.fault({ dialog_mid_paste: 1 });
  await pane.paste('behind it');
  await pane.becomes('waiting_permission');
  expect((await pane.reading()).dialog?.options).toHaveLength(4);
  await pane.keys('Enter');
  await pane.shows('behind it');
  expect(pane.last('answered')).toBe('Yes');
  await pane.keys('Enter');
  await took('behind it');
});

it('asks when a paste arrives, and loses it', async () => {
  await pane.fault({ dialog_mid_paste: true, dialog_loses_paste: true, dialog: 'plain' });
  await pane.paste('gone');
  await pane.becomes('waiting_permission');
  await pane.keys('Enter');
  await pane.becomes('idle');
  await pane.shows('');
  expect(pane.truth().slice(-2)).toMatchObject([{ lost: 'gone' }, { answered: 'No' }]);
});

it('is drawn anew all the time, sometimes by half', async () => {
  await pane.fault({ repaint_storm: true });
  await pane.paste('in the storm');
  const seen = new Set<string>();
  await until('every kind of screen', async () => {
    const { says, draft } = await pane.reading();
    seen.add(`${String(says)} ${String(draft)}`);
    return seen.size > 1 && seen.has('idle in the storm');
  });
  await pane.keys('Enter');
  await took('in the storm');
});

it('shows work for ever, and works', async () => {
  await pane.fault({ endless_spinner: true });
  await pane.becomes('working');
  await pane.submit('as ever');
  await until('it to be told', () => pane.told().at(-1)?.startsWith('Stop') === true);
  await took('as ever');
  expect((await pane.reading()).says).toBe('working');
});

it('tells nothing', async () => {
  const before = pane.told();
  await pane.fault({ no_hooks: true });
  await pane.submit('quietly');
  await shows(/^❯ quietly$/);
  await pane.becomes('idle');
  await sleep(LONG_MS);
  expect(pane.told()).toEqual(before);
});

it('takes its time between Enter and the message, and what arrives meanwhile waits', async () => {
  await pane.fault({ slow_submit_ms: 1500 });
  await pane.submit('slowly');
  await pane.keys('Enter');
  await pane.paste('behind');
  await isNotTaken('slowly');
  await pane.shows('slowly');
  await took('slowly');
  await pane.shows('behind');
  expect(pane.taken().filter((text) => text === 'slowly')).toHaveLength(1);
  await pane.keys('C-u');
});

it('is in the insert mode of vim, where Escape makes commands of typing', async () => {
  await pane.fault({ vim: true });
  await shows(/-- INSERT --/);
  await pane.submit('in vim');
  await took('in vim');
  await pane.becomes('idle');
  await pane.keys('Escape');
  await until('its normal mode', async () => !(await pane.lines()).some((line) => line.includes('INSERT')));
  await pane.keys('d', 'q');
  await pane.paste('a paste stays text');
  await pane.shows('a paste stays text');
  await pane.keys('x', 'A', 'T');
  await pane.shows('a paste stays texT');
  await pane.keys('Enter');
  await took('a paste stays texT');
});

it('drops a paste', async () => {
  await pane.fault({ drop_paste: 1 });
  await pane.paste('never');
  await until('it to be dropped', () => pane.last('dropped') === 'never');
  await pane.keys('Enter');
  await pane.submit('the next');
  await took('the next');
  expect(pane.taken()).not.toContain('never');
});

it('has faults for each message', async () => {
  await pane.fault({ each: [{ swallow_enter: 1 }, {}, { drop_paste: true }] });
  await pane.submit('one');
  await isNotTaken('one');
  await pane.keys('Enter');
  await took('one');
  await pane.submit('two');
  await took('two');
  await pane.paste('three');
  await pane.submit('four');
  await took('four');
  expect(pane.last('dropped')).toBe('three');
});

it('may tell pastes as they are, and queued messages one by one', async () => {
  await pane.fault({ paste_tag: false, queue_alone: true });
  await pane.submit('SLOW 1');
  await pane.becomes('working');
  await pane.submit('1\n2\n3\n4');
  await shows(/Queued/);
  await pane.paste('SAY second');
  await shows(/^❯.SAY second$/);
  await pane.keys('Enter');
  const before = pane.told().length;
  await until('both to be told', () => pane.told().at(-1) === 'Stop second');
  expect(pane.told().slice(before)).toEqual([expect.stringMatching(/^Stop/), 'UserPromptSubmit 1\n2\n3\n4', expect.stringMatching(/^Stop/), 'UserPromptSubmit SAY second', 'Stop second']); // prettier-ignore
});

it.each(['paste', 'enter'] as const)('ends when the %s arrives', async (when) => {
  const other = await openFakePane(world);
  await other.fault({ exit_mid_send: when });
  await other.paste('too late');
  if (when === 'enter') {
    await other.shows('too late');
    await other.keys('Enter');
  }
  await until('its end', () => other.last('exit') === when);
  expect(other.taken()).toEqual([]);
});
