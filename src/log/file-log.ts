import { ForeignFileError } from '../config/private-files.js';
import type { LogSink } from '../kernel/logger.js';
import { createLogFolder, type LogFolderOptions } from './log-folder.js';
import type { Dated } from './pino-lines.js';

export interface FileLogOptions extends LogFolderOptions {
  /** Told once why lines are lost, until one is written again. In words without folders. */
  readonly onProblem: (reason: string) => void;
}

export interface FileLog {
  /** Never throws. */
  readonly write: LogSink;
  /** Writes what waits. */
  readonly close: () => Promise<void>;
}

const MAX_WAITING = 1000;
const LOAD_AFTER_MS = 1000;

function reasonOf(error: unknown): string {
  if (error instanceof ForeignFileError) return error.message;
  return `The system says ${(error as NodeJS.ErrnoException).code ?? 'nothing of use'}.`;
}

/**
 * The log that can be read afterwards. Most processes log nothing, and those that do often begin with a warning about
 * the config, while a host waits for the first answer; loading pino then would add to that wait. So nothing is
 * loaded, made or opened before there is an entry, and the first ones wait a moment.
 */
export function createFileLog({ onProblem, ...place }: FileLogOptions): FileLog {
  const folder = createLogFolder(place);
  const waiting: Dated[] = [];
  let lineOf: ((dated: Dated) => string) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failing = false;

  const attempt = (work: () => void): void => {
    try {
      work();
      failing = false;
    } catch (error) {
      if (!failing) onProblem(reasonOf(error));
      failing = true;
    }
  };
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    if (waiting.length === 0) return;
    const { createPinoLines } = await import('./pino-lines.js');
    const encode = (lineOf ??= createPinoLines());
    for (const dated of waiting.splice(0)) attempt(() => { folder.append(encode(dated)); }); // prettier-ignore
  };

  return {
    write: (level, entry) => {
      const encode = lineOf;
      const dated = { time: new Date().toISOString(), level, entry };
      if (encode !== undefined) {
        attempt(() => { folder.append(encode(dated)); }); // prettier-ignore
        return;
      }
      if (waiting.length < MAX_WAITING) waiting.push(dated);
      timer ??= setTimeout(() => {
        flush().catch(() => undefined);
      }, LOAD_AFTER_MS).unref();
    },
    close: async () => {
      await flush();
      folder.close();
    },
  };
}
