import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compileMatcher } from '../../../../src/security/text/pattern.js';
import { EchoGuard } from '../../../../src/tmux/pane/echo.js';
import { Collector } from '../../../../src/tmux/pane/wait-collector.js';

const ECHO_MS = 500;

/** A collector that waits for the text which was sent, and the guard against its echo. */
async function collectorAfter(text: string, shown: boolean): Promise<Collector> {
  const sent = { text, row: 0, cursor: '', enter: true, at: performance.now() };
  const collector = new Collector(await compileMatcher(text, false), new EchoGuard(sent, performance.now(), shown));
  return collector;
}

describe('Collector with an echo to be expected', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => vi.useRealTimers());

  it('matches the second appearance, not the first', async () => {
    const collector = await collectorAfter('make it', false);
    collector.begin('$ make it\r\n');
    expect(collector.match).toBeUndefined();
    collector.add('make it: done\n');
    expect(collector.match).toBe('make it');
  });

  it.each([true, false])('takes what comes late for output, also when it holds the text (shown: %s)', async (shown) => {
    const collector = await collectorAfter('make it', shown);
    collector.begin('');
    vi.advanceTimersByTime(ECHO_MS + 1);
    collector.add('+ make it\n');
    expect(collector.match).toBe('make it');
  });

  it('decides anew when it begins anew, with the echo before it', async () => {
    const collector = await collectorAfter('make it', false);
    collector.begin('');
    vi.advanceTimersByTime(ECHO_MS + 1);
    collector.begin('$ make it\n');
    expect(collector.match).toBeUndefined();
    collector.begin('$ make it\nmake it\n');
    expect(collector.match).toBe('make it');
  });

  it('finds what comes with more text than it keeps', async () => {
    const collector = await collectorAfter('make it', false);
    collector.begin('$ make it\n');
    collector.add(`make it\n${'x'.repeat(600_000)}`);
    expect(collector.match).toBe('make it');
  });
});
