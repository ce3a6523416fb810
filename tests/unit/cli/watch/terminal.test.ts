import { EventEmitter } from 'node:events';
import type { ReadStream, WriteStream } from 'node:tty';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openTerminal, repaint, type Terminal } from '../../../../src/cli/watch/terminal.js';

const TAKE = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[0m\x1b[2J';
const RESTORE = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';

function fake(): { stdin: ReadStream; stdout: WriteStream; written: string[]; modes: boolean[] } {
  const written: string[] = [];
  const modes: boolean[] = [];
  const stdin = Object.assign(new EventEmitter(), {
    setEncoding: () => stdin,
    setRawMode: (on: boolean) => modes.push(on),
    pause: () => stdin,
    resume: () => stdin,
  }) as unknown as ReadStream;
  const write = (text: string): number => written.push(text);
  const stdout = Object.assign(new EventEmitter(), { write, columns: 100, rows: 30 }) as unknown as WriteStream;
  return { stdin, stdout, written, modes };
}

const events = { onInput: vi.fn(), onResize: vi.fn(), onContinue: vi.fn(), onEnd: vi.fn() };
let terminal: Terminal | undefined;
afterEach(() => {
  terminal?.close();
  vi.clearAllMocks();
});

describe('openTerminal', () => {
  it('takes the terminal and gives it back once, however often it is asked to', () => {
    const { stdin, stdout, written, modes } = fake();
    terminal = openTerminal(stdin, stdout, events);
    expect(written).toEqual([]);
    terminal.leave();
    terminal.write('too early');
    terminal.enter();
    terminal.enter();
    terminal.write('a frame');
    terminal.leave();
    terminal.leave();
    terminal.write('too late');
    terminal.close();
    expect(written).toEqual([TAKE, 'a frame', RESTORE]);
    expect(modes).toEqual([true, false]);
  });

  it('gives it back before an error is written, when the process exits, and when the terminal is gone', () => {
    const program: NodeJS.EventEmitter = process;
    const ends = [
      () => program.emit('uncaughtExceptionMonitor', new Error('a mistake')),
      ({ stdout }: ReturnType<typeof fake>) => stdout.emit('error', new Error('EIO')),
      ({ stdin }: ReturnType<typeof fake>) => stdin.emit('end'),
      ({ stdin }: ReturnType<typeof fake>) => stdin.emit('error', new Error('EIO')),
    ];
    for (const end of ends) {
      const all = fake();
      terminal = openTerminal(all.stdin, all.stdout, events);
      terminal.enter();
      end(all);
      expect(all.written).toEqual([TAKE, RESTORE]);
      terminal.close();
    }
    expect(events.onEnd.mock.calls).toEqual([[129], [129], [129]]);
  });

  it('bears a terminal that fails', () => {
    const { stdin, stdout } = fake();
    const fail = (): never => {
      throw new Error('EIO');
    };
    terminal = openTerminal(Object.assign(stdin, { setRawMode: fail }), Object.assign(stdout, { write: fail }), events);
    terminal.enter();
    terminal.write('text');
    terminal.leave();
    expect(stdout.listenerCount('error')).toBe(1);
  });

  it('leaves no listener behind', () => {
    const count = (): number[] =>
      ['exit', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGCONT', 'SIGTSTP', 'uncaughtExceptionMonitor'].map((name) => process.listenerCount(name)); // prettier-ignore
    const before = count();
    const { stdin, stdout } = fake();
    terminal = openTerminal(stdin, stdout, events);
    expect(count()).toEqual(before.map((listeners) => listeners + 1));
    terminal.close();
    expect(count()).toEqual(before);
    expect(stdin.eventNames()).toEqual([]);
    expect(stdout.eventNames()).toEqual([]);
  });

  it('knows a size where the terminal tells none', () => {
    const { stdin, stdout } = fake();
    terminal = openTerminal(stdin, stdout, events);
    expect(terminal.size()).toEqual({ columns: 100, rows: 30 });
    Object.assign(stdout, { columns: 0, rows: undefined });
    expect(terminal.size()).toEqual({ columns: 80, rows: 24 });
  });
});

describe('repaint', () => {
  it('draws all at first, then only the rows that changed', () => {
    expect(repaint(undefined, ['a', 'b'])).toBe('\x1b[0m\x1b[2J\x1b[1;1H\x1b[Ka\x1b[0m\x1b[2;1H\x1b[Kb\x1b[0m');
    expect(repaint(['a', 'b', 'c'], ['a', 'B', 'c'])).toBe('\x1b[2;1H\x1b[KB\x1b[0m');
    expect(repaint(['a', 'b'], ['a', 'b'])).toBe('');
  });
});
