export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log. Fields are plain data; the sink decides the form. */
export type Logger = Record<LogLevel, (message: string, fields?: LogFields) => void>;

/** What is left to write down: at or above the level, and cleaned. */
export type LogEntry = LogFields & { readonly message: string };
export type LogSink = (level: LogLevel, entry: LogEntry) => void;

type Clean = (entry: unknown) => unknown;
const asItIs: Clean = (entry) => entry;

export interface LoggerOptions {
  /** The least level that is written; read at each entry. */
  readonly level: () => LogLevel;
  /** Takes out of an entry what must not be written down. */
  readonly clean: Clean;
  readonly sinks: readonly LogSink[];
}

export function createLogger({ level, clean, sinks }: LoggerOptions): Logger {
  const at =
    (name: LogLevel): Logger[LogLevel] =>
    (message, fields = {}) => {
      if (sinks.length === 0 || LOG_LEVELS.indexOf(name) < LOG_LEVELS.indexOf(level())) return;
      const entry = clean({ message, ...fields }) as LogEntry;
      for (const sink of sinks) sink(name, entry);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

type Write = (line: string) => void;

/** One line of JSON for each entry. */
export function jsonLines(write: Write): LogSink {
  return (level, entry) => {
    write(`${JSON.stringify({ time: new Date().toISOString(), level, ...entry })}\n`);
  };
}

/** The same for reading: `2026-01-01T00:00:00.000Z warn: message, field: "value"`. */
export function textLines(write: Write): LogSink {
  return (level, { message, ...fields }) => {
    const more = Object.entries(fields).map(([name, value]) => `, ${name}: ${JSON.stringify(value)}`);
    write(`${new Date().toISOString()} ${level}: ${message}${more.join('')}\n`);
  };
}

/** What a person at a command is told: `warn: message`, without the fields. */
export function shortLines(write: Write): LogSink {
  return (level, { message }) => {
    write(`${level}: ${message}\n`);
  };
}

/** Writes one JSON line per entry. stdout belongs to the protocol, so it goes to stderr. */
export function createJsonLogger(write: Write, level: LogLevel, clean: Clean = asItIs): Logger {
  return createLogger({ level: () => level, clean, sinks: [jsonLines(write)] });
}
