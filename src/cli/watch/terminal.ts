import type { ReadStream, WriteStream } from 'node:tty';

export interface TerminalEvents {
  readonly onInput: (text: string) => void;
  readonly onResize: () => void;
  /** The program was stopped and goes on: what the screen shows is unknown. */
  readonly onContinue: () => void;
  /** A signal asks to end, or the terminal is gone. `exitCode` is as a shell tells it. */
  readonly onEnd: (exitCode: number) => void;
}

/** A person's terminal, taken over as a whole and given back as it was. */
export interface Terminal {
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Does nothing while the terminal is not taken: a late frame would stay on the person's own screen. */
  readonly write: (text: string) => void;
  /** Takes the terminal; safe to call twice. */
  readonly enter: () => void;
  /** Gives it back as it was; safe to call twice, and at any moment. */
  readonly leave: () => void;
  /** Gives it back and stops the program until it is continued. */
  readonly suspend: () => void;
  /** Gives it back for good. */
  readonly close: () => void;
}

// xterm, Control Sequences: 1049 other screen and the cursor's place, 25 cursor, 7 wrapping. Without wrapping a line
// that is wider than we think stays in its row.
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[0m\x1b[2J';
const LEAVE = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';

const ENDINGS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
/** Used when a terminal tells no size. */
const USUAL = { columns: 80, rows: 24 };

type Listener = Parameters<NodeJS.EventEmitter['on']>[1];

/** Listens to everything of a table; the returned function stops it. */
function listen(...tables: readonly (readonly [NodeJS.EventEmitter, Record<string, Listener>])[]): () => void {
  const all = tables.flatMap(([source, listeners]) =>
    Object.entries(listeners).map(([event, listener]) => ({ source, event, listener })),
  );
  for (const { source, event, listener } of all) source.on(event, listener);
  return () => {
    for (const { source, event, listener } of all) source.off(event, listener);
  };
}

/** The terminal may go at any moment, and then nobody is left who could see that it did. */
function quietly(act: () => unknown): void {
  try {
    act();
  } catch {
    // As said.
  }
}

export function openTerminal(stdin: ReadStream, stdout: WriteStream, events: TerminalEvents): Terminal {
  let entered = false;
  // To a terminal this is synchronous, so it also works while the process exits.
  const write = (text: string): void => {
    quietly(() => stdout.write(text));
  };
  const enter = (): void => {
    if (entered) return;
    entered = true;
    quietly(() => stdin.setRawMode(true));
    stdin.resume();
    write(ENTER);
  };
  const leave = (): void => {
    if (!entered) return;
    entered = false;
    write(LEAVE);
    stdin.pause();
    quietly(() => stdin.setRawMode(false));
  };
  const suspend = (): void => {
    leave();
    process.kill(process.pid, 'SIGSTOP');
  };
  const ends = (exitCode: number) => (): void => {
    leave();
    events.onEnd(exitCode);
  };
  const gone = ends(ENDINGS.SIGHUP);
  stdin.setEncoding('utf8');
  const stop = listen(
    [process, Object.fromEntries(Object.entries(ENDINGS).map(([signal, code]) => [signal, ends(code)]))],
    [process, { exit: leave, uncaughtExceptionMonitor: leave, SIGTSTP: suspend, SIGCONT: events.onContinue }],
    [stdout, { resize: events.onResize, error: gone }],
    [stdin, { data: events.onInput, end: gone, error: gone }],
  );
  stdin.pause();
  return {
    size: () => ({ columns: stdout.columns || USUAL.columns, rows: stdout.rows || USUAL.rows }),
    write: (text) => {
      if (entered) write(text);
    },
    ...{ enter, leave, suspend },
    close: () => {
      leave();
      stop();
    },
  };
}

/** What changes one screen into the next. Without `shown` everything is drawn. */
export function repaint(shown: readonly string[] | undefined, wanted: readonly string[]): string {
  const rows = wanted
    .map((line, row) => (shown?.[row] === line ? '' : `\x1b[${String(row + 1)};1H\x1b[K${line}\x1b[0m`))
    .join('');
  return shown === undefined ? `\x1b[0m\x1b[2J${rows}` : rows;
}
