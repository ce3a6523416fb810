import { stateFolder } from '../config/folders.js';
import type { LoadedConfig } from '../config/load.js';
import type { Logger } from '../kernel/logger.js';
import type { RateStanding } from '../operations/program-status.js';
import { createFallbackStore } from '../security/limits/fallback-store.js';
import { rateLeft } from '../security/limits/rate-limit.js';
import { rateScopes } from '../security/limits/rate-scopes.js';
import { createLockdown, type Lockdown } from '../security/lockdown.js';
import { lockdownGate } from '../security/outer/lockdown.js';
import { rateLimiter } from '../security/outer/rate-limiter.js';
import { unknownTools } from '../security/outer/unknown-tools.js';
import type { Call, Layer } from '../security/ring.js';
import type { Stores } from './stores.js';

export interface LimitsOptions {
  readonly stores: Stores;
  readonly env: NodeJS.ProcessEnv;
  readonly config: () => LoadedConfig['config'];
  readonly logger: Logger;
}

/** What holds for all processes of the user together. */
export interface Limits<Context extends Call> {
  /** For what must stop at once when it is on, as writes to tmux do. */
  readonly lockdown: Lockdown;
  /** For the outer ring, first is outermost. */
  readonly layers: readonly Layer<Context>[];
  /** How the caller stands; undefined when nothing limits it. */
  readonly standing: (call: Call) => Promise<RateStanding | undefined>;
}

export function createLimits<Context extends Call>({ stores, env, config, logger }: LimitsOptions): Limits<Context> {
  const store = createFallbackStore(stores.user, logger);
  const rates = (): LoadedConfig['config']['security']['rate_limit'] => config().security.rate_limit;
  const lockdown = createLockdown({ root: stateFolder(env), store: stores.user });
  return {
    lockdown,
    layers: [
      lockdownGate(lockdown),
      unknownTools({ store, settings: () => config().security.unknown_tools, logger }),
      rateLimiter({ store, settings: rates, logger }),
    ],
    standing: async (call) => {
      const left = await store.read((view) => rateLeft(view, rateScopes(rates(), call)));
      return left === undefined ? undefined : { ...left, shared: !store.degraded() };
    },
  };
}
