import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compileMatcher } from '../../../../src/security/text/pattern.js';
import { EchoGuard } from '../../../../src/tmux/pane/echo.js';
import { TypedAhead } from '../../../../src/tmux/pane/typed-ahead.js';
import { Collector } from '../../../../src/tmux/pane/wait-collector.js';

const ECHO_MS = 500;

/** A collector that waits for the text which was sent, and the guard against its echo. */
async function collectorAfter(text: string, shown = '', pattern = text): Promise<Collector> {
  const sent = { text, row: 0, cursor: '', enter: true, at: performance.now() };
  const collector = new Collector(await compileMatcher(pattern, false), new EchoGuard(sent, performance.now(), shown));
  return collector;
}

describe('Collector with an echo to be expected', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => vi.useRealTimers());

  it('matches the second appearance, not the first', async () => {
    const collector = await collectorAfter('make it');
    collector.begin('$ make it\r\n');
    expect(collector.match).toBeUndefined();
    collector.add('make it: done\n');
    expect(collector.match).toBe('make it');
  });

  it.each(['make it', ''])(
    'takes what comes late for output, also when it holds the text (shown: %s)',
    async (shown) => {
      const collector = await collectorAfter('make it', shown);
      collector.begin('');
      vi.advanceTimersByTime(ECHO_MS + 1);
      collector.add('+ make it\n');
      expect(collector.match).toBe('make it');
    },
  );

  it('knows the rest of an echo that had begun', async () => {
    const collector = await collectorAfter('make it', '$ make', 'it');
    collector.begin(' it');
    collector.add('\n');
    expect(collector.match).toBeUndefined();
    collector.add('it is made\n');
    expect(collector.match).toBe('it');
  });

  it('decides anew when it begins anew, with the echo before it', async () => {
    const collector = await collectorAfter('make it');
    collector.begin('');
    vi.advanceTimersByTime(ECHO_MS + 1);
    collector.begin('$ make it\n');
    expect(collector.match).toBeUndefined();
    collector.begin('$ make it\nmake it\n');
    expect(collector.match).toBe('make it');
  });

  it('finds what comes with more text than it keeps', async () => {
    const collector = await collectorAfter('make it');
    collector.begin('$ make it\n');
    collector.add(`make it\n${'x'.repeat(600_000)}`);
    expect(collector.match).toBe('make it');
  });
});

describe('Collector with a text that was typed ahead', () => {
  const collecting = async (text: string, pattern = text, line = ''): Promise<Collector> => {
    const sent = { text, row: 0, cursor: '', enter: true, at: 0 };
    return new Collector(await compileMatcher(pattern, false), undefined, new TypedAhead(sent, line));
  };

  it('passes over the prompt and the text, in pieces and drawn twice', async () => {
    const collector = await collecting('sleep 1; echo DONE', 'DONE');
    collector.begin('');
    for (const piece of ['one\n~ # ', 'sleep \r1; ', '\recho \rDO', 'NE', '\rsleep 1; echo DONE\r\n'])
      collector.add(piece);
    expect(collector.match).toBeUndefined();
    collector.add('DONE\n');
    expect(collector.match).toBe('DONE');
  });

  it('knows the line in which the wait began', async () => {
    const collector = await collecting('make it', 'make', '~ $ ');
    collector.begin('make it\n');
    expect(collector.match).toBeUndefined();
    collector.add('make: nothing to do\n');
    expect(collector.match).toBe('make');
  });

  it('passes over it once, and over no other line', async () => {
    const again = await collecting('make it', 'make');
    again.begin('~ $ make it\n~ $ make it\n');
    expect(again.match).toBe('make');
    for (const output of ['make it\n', '+ make it\n', '50% make: done\n', '~ $ make it now\n']) {
      const collector = await collecting('make it', 'make');
      collector.begin(output);
      expect([output, collector.match]).toEqual([output, 'make']);
    }
  });

  it('takes what only begins like it for output, when no more comes', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const collector = await collecting('make it', 'make');
    collector.begin('50% make');
    expect(collector.match).toBeUndefined();
    vi.advanceTimersByTime(201);
    collector.search();
    expect(collector.match).toBe('make');
    vi.useRealTimers();
  });

  it('passes over as many lines as were sent', async () => {
    const collector = await collecting('echo A\necho B', 'echo');
    collector.begin('~ $ echo A\n> echo B\n');
    expect(collector.match).toBeUndefined();
    collector.add('echo\n');
    expect(collector.match).toBe('echo');
  });
});
