import { pino } from 'pino';
import type { LogEntry, LogLevel } from '../kernel/logger.js';

/** An entry, and when it was made. */
export interface Dated {
  readonly time: string;
  readonly level: LogLevel;
  readonly entry: LogEntry;
}

const MAX_LINE_CHARACTERS = 65_536;
const MAX_CUT_CHARACTERS = 1000;

/** Turns entries into the lines of the file. Only this file loads pino; see `createFileLog`. */
export function createPinoLines(): (dated: Dated) => string {
  let line = '';
  const log = pino(
    {
      level: 'debug',
      messageKey: 'message',
      // Many processes write to one file.
      base: { pid: process.pid },
      // An entry may have waited, and it has the time at which it was made.
      timestamp: false,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (made) => (line = made) },
  );
  return ({ time, level, entry: { message, ...fields } }) => {
    log[level]({ time, ...fields }, message);
    if (line.length > MAX_LINE_CHARACTERS)
      log[level]({ time, cut_from_characters: line.length }, message.slice(0, MAX_CUT_CHARACTERS));
    return line;
  };
}
