import type { Config } from '../config/schema.js';
import { createJsonLogger } from '../kernel/logger.js';
import { createScope } from '../kernel/scope.js';
import { createCreations } from '../security/risk/creations.js';
import type { Listing } from '../tmux/listing.js';
import { createStores } from './stores.js';

/** What of a listing `tmux.scope` shows, for a look that is no call. Nothing is made by looking. */
export async function inScope(
  { tmux, state, security }: Config,
  env: NodeJS.ProcessEnv,
  socketPath: string,
  listing: Listing,
): Promise<Listing> {
  const server = listing.sessions[0]?.windows[0]?.panes[0]?.server;
  if (tmux.scope === 'all' || server === undefined) return listing;
  const scope = createScope();
  try {
    const logger = createJsonLogger(() => undefined, 'error');
    const timeoutMs = (): number => security.timeouts.store_ms;
    const store = createStores({ env, backend: state.backend, timeoutMs, logger, scope }).found(socketPath);
    const ids = listing.sessions.map(({ id }) => id);
    const ours = store === undefined ? new Set<string>() : await createCreations(store).sessionsOf(server, ids);
    return { sessions: listing.sessions.filter(({ id }) => ours.has(id)) };
  } finally {
    await scope.close();
  }
}
