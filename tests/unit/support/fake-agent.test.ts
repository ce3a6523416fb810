import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakePane, openFakePane, SESSION } from '../../support/fake-pane.js';
import { createWorld, until, type World } from '../../support/world.js';

// What the real one did when it ran; here it is shown of the fake, by plain tmux.
let world: World;
let pane: FakePane;
beforeAll(() => {
  world = createWorld();
});
afterAll(() => world.close());

const TAG = SESSION.slice(0, 4);
const ackOf = (text: string): string => `ack ${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
const took = (text: string): Promise<unknown> => until(`${text.slice(0, 20)} to be taken`, () => pane.taken().includes(text)); // prettier-ignore
const tells = (line: string): Promise<unknown> => until(`hooks to tell ${line}`, () => pane.told().includes(line));
const shows = (line: RegExp): Promise<unknown> => until(String(line), async () => (await pane.lines()).some((row) => line.test(row))); // prettier-ignore

describe('a message', () => {
  beforeAll(async () => {
    pane = await openFakePane(world);
  });

  it('is taken, told and answered; the screen is read as it is', async () => {
    await pane.shows('');
    expect(await world.tmux('display-message', '-p', '-t', pane.id, '#{pane_current_command} #{pane_title}')).toBe('claude ✳ Claude Code'); // prettier-ignore
    await pane.submit('hello there');
    await took('hello there');
    await tells(`Stop ${ackOf('hello there')}`);
    expect(pane.told()).toEqual([`SessionStart ${SESSION}`, 'UserPromptSubmit hello there', `Stop ${ackOf('hello there')}`]); // prettier-ignore
    await pane.rests();
    expect(pane.truth()).toMatchObject([
      { taken: 'hello there', during: 'idle' },
      { began: ['hello there'] },
      { ended: true },
    ]);
    expect(await pane.lines()).toEqual(expect.arrayContaining(['❯ hello there', `● ${ackOf('hello there')}`]));
  });

  it.each(['tab\tand  blanks ', 'two\nlines', '日本語 👩‍👩‍👧 é', 'שלום world', '─'.repeat(60), 'a; b $HOME `c` "d" \\e'])(
    'is kept to the byte: %j',
    async (text) => {
      await pane.submit(text);
      await took(text);
      await pane.rests();
    },
  );

  it('collapses where it is long, and is told between tags', async () => {
    for (const [text, label] of [
      ['a\nb\nc\nd', /^❯.\[Pasted text #\d +\+3 lines\]$/],
      ['x'.repeat(801), /^❯.\[Pasted text #\d+\]$/],
    ] as const) {
      await pane.paste(text);
      await shows(label);
      await pane.keys('Enter');
      await took(text);
      await tells(`UserPromptSubmit \n\n<pasted_content id="${TAG}">\n${text}\n</pasted_content id="${TAG}">\n`);
      await pane.rests();
    }
    await pane.paste('x'.repeat(800));
    await until(
      'it to stand there',
      async () => (await pane.reading()).draft?.replaceAll('\n', '') === 'x'.repeat(800),
    );
    await pane.keys('Enter');
    await took('x'.repeat(800));
  });

  it('is shown when it is pasted once more', async () => {
    await pane.paste('1\n2\n3\n4');
    await shows(/Pasted text/);
    await pane.paste('1\n2\n3\n4');
    await pane.shows('1\n2\n3\n4');
    await pane.keys('Enter');
    await took('1\n2\n3\n4');
  });

  it('is shown in part where it is tall', async () => {
    const text = Array.from({ length: 30 }, (_, row) => String(row)).join('\n');
    await pane.paste(text);
    await pane.paste(text);
    await shows(/^─── ↑ 15 more ─+$/);
    await pane.keys('Enter');
    await took(text);
  });

  it('may be typed, taken back by Backspace, and cleared row by row', async () => {
    await world.tmux('send-keys', '-t', pane.id, '-l', 'typed!');
    await pane.keys('BSpace');
    await pane.shows('typed');
    await pane.paste(`\n${'word '.repeat(30)}`);
    await until('three rows', async () => (await pane.reading()).draft?.split('\n').length === 3);
    await pane.keys('C-u');
    await until('two rows', async () => (await pane.reading()).draft?.split('\n').length === 2);
    await pane.keys('C-u', 'C-u', 'C-u');
    await pane.shows('');
    expect(pane.last('cleared')).toBe('typed');
  });

  it('is cleared by two Escapes', async () => {
    await pane.paste('a draft');
    await pane.shows('a draft');
    await pane.keys('Escape');
    await pane.keys('Escape');
    await pane.shows('');
    expect(pane.last('cleared')).toBe('a draft');
  });

  it('of two hundred kilobytes is kept to the byte', async () => {
    const text = Array.from({ length: 12_000 }, (_, row) => `line of it ${String(row)}`).join('\n');
    await pane.paste(text);
    await shows(/Pasted text #\d+ \+11999 lines/);
    await pane.keys('Enter');
    await until('it to be taken', () => pane.taken().at(-1) === text);
  });
});

describe('a turn', () => {
  beforeAll(async () => {
    pane = await openFakePane(world);
  });

  it('says what it is told to say', async () => {
    await pane.submit('please\nSAY all is well');
    await tells('Stop all is well');
    await shows(/^● all is well$/);
    await pane.rests();
  });

  it('is seen, and messages of meanwhile are told at once and taken together', async () => {
    await pane.submit('SLOW 2');
    await pane.becomes('working');
    await pane.submit('first');
    await tells('UserPromptSubmit first');
    await shows(/Queued/);
    await pane.paste('second');
    await shows(/^❯.second$/);
    await pane.keys('Enter');
    await tells('UserPromptSubmit second');
    expect((await pane.reading()).says).toBe('working');
    expect(pane.truth().filter(({ taken }) => taken !== undefined).slice(-2)).toMatchObject([{ taken: 'first', during: 'turn' }, { taken: 'second', during: 'turn' }]); // prettier-ignore
    await tells(`Stop ${ackOf('first')}\n${ackOf('second')}`);
    expect(pane.last('began')).toEqual(['first', 'second']);
    await pane.rests();
  });

  it('ends by Escape, of which no hook tells, and what is queued begins', async () => {
    await pane.submit('SLOW 60');
    await pane.becomes('working');
    await pane.submit('SLOW 61');
    await shows(/Queued/);
    await tells('UserPromptSubmit SLOW 61');
    const told = pane.told().length;
    await pane.keys('Escape');
    await until('the next to begin', () => pane.last('began')?.[0] === 'SLOW 61');
    await pane.keys('Escape');
    await pane.becomes('idle');
    expect(pane.told().length).toBe(told);
    expect(pane.truth().filter(({ interrupted }) => interrupted === true)).toHaveLength(2);
    await shows(/What should Claude do instead/);
  });

  it('gives queued messages back by Up', async () => {
    await pane.submit('SLOW 60');
    await pane.becomes('working');
    await pane.submit('not yet');
    await shows(/Queued/);
    await pane.keys('Up');
    await pane.shows('not yet');
    expect(pane.last('withdrawn')).toEqual(['not yet']);
    await pane.keys('C-u', 'Escape');
    await pane.becomes('idle');
  });

  it('asks, with No chosen beforehand', async () => {
    await pane.submit('ASK');
    await pane.becomes('waiting_permission');
    expect((await pane.reading()).dialog).toMatchObject({
      title: ' Do you want to proceed?'.trim(),
      options: [{ label: 'No', selected: true }, { label: 'Yes', selected: false }],
    }); // prettier-ignore
    await pane.paste('lost on it');
    await pane.keys('Down', 'Enter');
    await tells(`Stop ${ackOf('ASK')}`);
    expect([pane.last('lost'), pane.last('answered')]).toEqual(['lost on it', 'Yes']);
    await pane.rests();
  });

  it('asks with numbers, and takes a digit; No and Escape end it without a word', async () => {
    for (const [keys, answered] of [
      [['4'], 'No'],
      [['Escape'], null],
      [['Enter'], 'Yes'],
    ] as const) {
      await pane.submit('ASK NUMBERED');
      await pane.becomes('waiting_permission');
      expect((await pane.reading()).dialog?.options.map(({ selected }) => selected)).toEqual([true, false, false, false]); // prettier-ignore
      const stops = pane.told().filter((line) => line.startsWith('Stop')).length;
      await pane.keys(...keys);
      await pane.rests();
      expect(pane.last('answered')).toBe(answered);
      const more = answered === 'Yes' ? 1 : 0;
      await until('its end to be told', () => pane.told().filter((line) => line.startsWith('Stop')).length === stops + more); // prettier-ignore
    }
  });

  it('of a command that is none is no message', async () => {
    await pane.submit('/nothing');
    await shows(/^● Unknown command: \/nothing$/);
    expect(pane.last('command')).toBe('/nothing');
    expect(pane.told().some((line) => line.includes('/nothing'))).toBe(false);
  });

  it('is the last when Ctrl-C is pressed twice', async () => {
    await pane.keys('C-c', 'C-c');
    await until('its end', () => pane.last('exit') === 'ctrl-c');
  });
});
