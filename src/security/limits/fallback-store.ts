import type { Logger } from '../../kernel/logger.js';
import { createMemoryStore } from '../../store/memory-store.js';
import { defineTable, type StateStore, StoreError } from '../../store/store.js';

/** A store for limits: it always answers. */
export interface FallbackStore extends Pick<StateStore, 'transact' | 'read'> {
  /** The shared store does not answer; this process counts alone. */
  readonly degraded: () => boolean;
}

const probes = defineTable<null>('probes', { version: 1, read: () => null });
const PROBE_EVERY_MS = 1000;
const TELL_EVERY_MS = 60_000;

/**
 * Limits are kept in the shared store, and while that does not answer in this process alone, by the same rules: calls
 * go on and are still bounded. Whether it answers again is tried beside the calls, so only those wait for it that are
 * under way when it stops answering.
 */
export function createFallbackStore(
  shared: StateStore,
  logger: Logger,
  now = (): number => performance.now(),
): FallbackStore {
  const alone = createMemoryStore();
  let degraded = false;
  let probing = false;
  let probedAt = Number.NEGATIVE_INFINITY;
  let toldAt = Number.NEGATIVE_INFINITY;

  const degrade = (error: StoreError): void => {
    degraded = true;
    probedAt = now();
    if (error.code === 'closed' || now() - toldAt < TELL_EVERY_MS) return;
    toldAt = now();
    logger.warn(`Limits are degraded, this process counts alone. ${error.message}`, { code: error.code });
  };
  const recovered = (): void => {
    degraded = false;
    toldAt = Number.NEGATIVE_INFINITY;
    logger.info('Limits are shared again.');
  };
  const probe = async (): Promise<void> => {
    probing = true;
    try {
      await shared.transact((tx) => {
        tx.put(probes, 'probe', null, { expiresAt: tx.now.mono });
      });
      recovered();
    } catch (error) {
      if (error instanceof StoreError) degrade(error);
    } finally {
      probing = false;
    }
  };
  const either = async <T>(work: (store: StateStore) => Promise<T>): Promise<T> => {
    if (degraded) {
      if (!probing && now() - probedAt >= PROBE_EVERY_MS) void probe();
      return work(alone);
    }
    try {
      return await work(shared);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      degrade(error);
      return work(alone);
    }
  };
  return {
    degraded: () => degraded,
    transact: (body, options) => either((store) => store.transact(body, options)),
    read: (body, options) => either((store) => store.read(body, options)),
  };
}
