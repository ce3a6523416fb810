import { stateFolder } from '../config/folders.js';
import type { LoadedConfig } from '../config/load.js';
import type { Logger } from '../kernel/logger.js';
import type { BudgetStanding, RateStanding } from '../operations/program-status.js';
import { createFallbackStore, type FallbackStore } from '../security/limits/fallback-store.js';
import { rateLeft } from '../security/limits/rate-limit.js';
import { rateScopes } from '../security/limits/rate-scopes.js';
import { createLockdown, type Lockdown } from '../security/lockdown.js';
import { budget, budgetOf, type BudgetOptions } from '../security/outer/budget.js';
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
  readonly server: BudgetOptions['server'];
  readonly onNearBudget: BudgetOptions['onNear'];
}

/** Each is undefined when it does not limit the caller. */
export interface Standing {
  readonly rate: () => Promise<RateStanding | undefined>;
  readonly budget: () => Promise<BudgetStanding | undefined>;
}

/** What holds for all processes of the user together. */
export interface Limits<Context extends Call> {
  /** For what must stop at once when it is on, as writes to tmux do. */
  readonly lockdown: Lockdown;
  /** For the outer ring, first is outermost. */
  readonly layers: readonly Layer<Context>[];
  /** How the caller stands. */
  readonly standing: (call: Call) => Standing;
  /** Where it is counted; it always answers. */
  readonly store: FallbackStore;
}

export function createLimits<Context extends Call>(options: LimitsOptions): Limits<Context> {
  const { stores, env, config, logger, server, onNearBudget: onNear } = options;
  const store = createFallbackStore(stores.user, logger);
  const rates = (): LoadedConfig['config']['security']['rate_limit'] => config().security.rate_limit;
  const budgets = { store, settings: () => config().security.budget, server };
  const shared = <Left extends object>(left: Left | undefined): (Left & { shared: boolean }) | undefined =>
    left === undefined ? undefined : { ...left, shared: !store.degraded() };
  const lockdown = createLockdown({ root: stateFolder(env), store: stores.user });
  return {
    store,
    lockdown,
    layers: [
      lockdownGate(lockdown),
      unknownTools({ store, settings: () => config().security.unknown_tools, logger }),
      budget({ ...budgets, onNear }),
      rateLimiter({ store, settings: rates, logger }),
    ],
    standing: (call) => ({
      rate: async () => shared(await store.read((view) => rateLeft(view, rateScopes(rates(), call)))),
      budget: async () => shared(await budgetOf(budgets, call)),
    }),
  };
}
