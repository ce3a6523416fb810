import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';
import type { Config } from '../config/schema.js';
import { createScope } from '../kernel/scope.js';
import type { Logger } from '../kernel/logger.js';
import { createStandings, type StandingFacts } from '../security/trust/standing.js';
import { createStores } from './stores.js';

/** Grants that hold and were given before a time. Nothing is made to look for them. @throws StoreError */
export async function grantsBefore(
  env: NodeJS.ProcessEnv,
  config: Config,
  logger: Logger,
  before: number,
): Promise<StandingFacts[]> {
  if (!existsSync(join(stateFolder(env), 'user.db'))) return [];
  const scope = createScope();
  const { user } = createStores({
    ...{ env, backend: config.state.backend, logger, scope },
    timeoutMs: () => config.security.timeouts.store_ms,
  });
  try {
    const standings = await createStandings(user).list();
    return standings.filter(({ trust, grantedAt = before }) => trust === 'granted' && grantedAt < before);
  } finally {
    await scope.close();
  }
}
