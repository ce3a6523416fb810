import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';
import type { Config } from '../config/schema.js';
import {
  createLogger,
  jsonLines,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  shortLines,
  textLines,
} from '../kernel/logger.js';
import { createFileLog } from '../log/file-log.js';

export interface OpenLogOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Where lines go at once; never stdout. Without it they only go to the file. */
  readonly writeLog?: ((line: string) => void) | undefined;
  /** `short` is for a person at a command; without it the config says. */
  readonly logForm?: 'short' | undefined;
  /** Started in a managed pane, whose agent reads what it prints. */
  readonly bound?: boolean | undefined;
  /** Where the file is, below the state folder; without it the one of all processes. */
  readonly logFolder?: string | undefined;
  /** What the config says now. */
  readonly settings: () => Config['log'];
  readonly clean: LoggerOptions['clean'];
}

export interface OpenLog {
  readonly logger: Logger;
  /** For alerts and doubts: an agent is not shown what is noticed about it, so of a managed pane they are only in the file. */
  readonly evidence: Logger;
  readonly closeLog: () => Promise<void>;
}

const FORMS = { json: jsonLines, text: textLines, short: shortLines } as const;

/** The log of the program: lines for whoever started it, and a file to read afterwards. */
export function openLog({ env, writeLog, logForm, bound, logFolder, settings, clean }: OpenLogOptions): OpenLog {
  const told = writeLog === undefined ? [] : [FORMS[logForm ?? settings().format](writeLog)];
  const root = stateFolder(env);
  const file = createFileLog({
    ...{ root, folder: logFolder ?? join(root, 'log') },
    onProblem: (reason) => {
      for (const tell of told) tell('warn', { message: `The log file cannot be written: ${reason}` });
    },
  });
  const level = (): LogLevel => settings().level;
  const logger = createLogger({ level, clean, sinks: [...told, file.write] });
  const evidence = bound === true ? createLogger({ level, clean, sinks: [file.write] }) : logger;
  return { logger, evidence, closeLog: file.close };
}
