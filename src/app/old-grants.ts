import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';
import type { Config } from '../config/schema.js';
import { createScope } from '../kernel/scope.js';
import type { Logger } from '../kernel/logger.js';
import { isObject } from '../security/audit/record.js';
import { defineTable } from '../store/store.js';
import { createStores } from './stores.js';

/** Trust that was given to a caller. */
export interface Grant {
  readonly caller: string;
  /** Milliseconds since the epoch. */
  readonly grantedAt: number;
}

function readGrant(value: unknown): Grant | undefined {
  if (!isObject(value)) return undefined;
  const { caller, granted_at: grantedAt } = value;
  return typeof caller === 'string' && typeof grantedAt === 'number' ? { caller, grantedAt } : undefined;
}

/** Rows of any version are looked at, and none is written. */
const grants = defineTable<Grant>('trust', { version: Number.MAX_SAFE_INTEGER, read: readGrant });

/** Grants that were given before a time. Nothing is made to look for them. @throws StoreError */
export async function grantsBefore(
  env: NodeJS.ProcessEnv,
  config: Config,
  logger: Logger,
  before: number,
): Promise<Grant[]> {
  if (!existsSync(join(stateFolder(env), 'user.db'))) return [];
  const scope = createScope();
  const { user } = createStores({
    ...{ env, backend: config.state.backend, logger, scope },
    timeoutMs: () => config.security.timeouts.store_ms,
  });
  try {
    const rows = await user.read((view) => view.list(grants));
    return rows.map(({ row }) => row).filter(({ grantedAt }) => grantedAt < before);
  } finally {
    await scope.close();
  }
}
