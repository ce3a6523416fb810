export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log. Fields are plain data; the sink decides the form. */
export type Logger = Record<LogLevel, (message: string, fields?: LogFields) => void>;

type Clean = (entry: unknown) => unknown;
const asItIs: Clean = (entry) => entry;

function createLogger(
  level: LogLevel,
  clean: Clean,
  write: (name: LogLevel, entry: LogFields & { readonly message: string }) => void,
): Logger {
  const threshold = LOG_LEVELS.indexOf(level);
  const at =
    (name: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(name) < threshold) return;
      write(name, clean({ message, ...fields }) as LogFields & { readonly message: string });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/**
 * Writes one JSON line per entry at or above `level`. stdout belongs to the protocol, so the sink is stderr or a file.
 * @param clean takes out of an entry what must not be written down.
 */
export function createJsonLogger(write: (line: string) => void, level: LogLevel, clean: Clean = asItIs): Logger {
  return createLogger(level, clean, (name, entry) => {
    write(`${JSON.stringify({ time: new Date().toISOString(), level: name, ...entry })}\n`);
  });
}

/** Writes lines for a person: `warn: message`, without the fields. */
export function createTextLogger(write: (line: string) => void, level: LogLevel, clean: Clean = asItIs): Logger {
  return createLogger(level, clean, (name, { message }) => {
    write(`${name}: ${message}\n`);
  });
}
