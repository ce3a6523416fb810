export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log. Fields are plain data; the sink decides the form. */
export type Logger = Record<LogLevel, (message: string, fields?: LogFields) => void>;

function createLogger(level: LogLevel, write: (name: LogLevel, message: string, fields: LogFields) => void): Logger {
  const threshold = LOG_LEVELS.indexOf(level);
  const at =
    (name: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(name) >= threshold) write(name, message, fields);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Writes one JSON line per entry at or above `level`. stdout belongs to the protocol, so the sink is stderr or a file. */
export function createJsonLogger(write: (line: string) => void, level: LogLevel): Logger {
  return createLogger(level, (name, message, fields) => {
    write(`${JSON.stringify({ time: new Date().toISOString(), level: name, message, ...fields })}\n`);
  });
}

/** Writes lines for a person: `warn: message`, without the fields. */
export function createTextLogger(write: (line: string) => void, level: LogLevel): Logger {
  return createLogger(level, (name, message) => {
    write(`${name}: ${message}\n`);
  });
}
