import type { Config } from '../config/schema.js';
import { DAY_MS } from '../kernel/clock.js';
import { OrcError } from '../kernel/errors.js';
import type { Logger } from '../kernel/logger.js';
import type { AuditKey } from '../security/audit/key.js';
import type { AuditLog } from '../security/audit/log.js';
import { findPrunable, prune } from '../security/audit/prune.js';

export interface RetentionOptions {
  readonly folder: string;
  readonly settings: () => Config['security']['audit'];
  readonly keys: () => AuditKey[];
  readonly log: AuditLog;
  readonly logger: Logger;
}

/** Removes files of the audit log that are older than the config lets them become. */
export interface Retention {
  /** Looks now; what is under way already is enough. */
  readonly look: () => void;
  /** Looks from time to time. */
  readonly start: () => void;
  /** @param finish waits for what is under way instead of stopping it */
  readonly close: (finish: boolean) => Promise<void>;
}

const FIRST_LOOK_MS = 60_000;
const LOOK_EVERY_MS = 3_600_000;

export function createRetention({ folder, settings, keys, log, logger }: RetentionOptions): Retention {
  const abort = new AbortController();
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const run = async (): Promise<void> => {
    const { retention_days: days } = settings();
    if (days === null) return;
    try {
      const old = findPrunable(folder, Date.now() - days * DAY_MS);
      if (old.length === 0) return;
      await prune(old, { log, keys: keys(), reason: 'retention', damaged: false, signal: abort.signal });
      logger.info('old files of the audit log were removed', { files: old.length });
    } catch (error) {
      const reason = error instanceof OrcError ? error.message : 'they cannot be read or removed';
      logger.error('old files of the audit log stay', { reason });
    }
  };
  const look = (): void => {
    if (!abort.signal.aborted) running ??= run().finally(() => (running = undefined));
  };
  const again = (ms: number): void => {
    timer = setTimeout(() => {
      look();
      again(LOOK_EVERY_MS);
    }, ms).unref();
  };
  return {
    look,
    start: () => {
      again(FIRST_LOOK_MS);
    },
    close: async (finish) => {
      clearTimeout(timer);
      if (!finish) abort.abort();
      await running;
    },
  };
}
