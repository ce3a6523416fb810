import type { Config } from '../config/schema.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { AuditLog } from '../security/audit/log.js';
import { ownEvent } from '../security/audit/record.js';
import { type CircuitBreaker, createCircuitBreaker } from '../security/inner/circuit-breaker.js';
import { verdictOf } from '../tmux/failover.js';

/** The circuit breaker of the tmux server that this process talks to. */
export function tmuxBreaker(
  config: () => Config,
  clock: Clock,
  logger: Logger,
  audit: Pick<AuditLog, 'record' | 'self'>,
): CircuitBreaker {
  return createCircuitBreaker({
    clock,
    settings: () => {
      const { failure_threshold, recovery_seconds, half_open_max } = config().security.circuit_breaker;
      return { failureThreshold: failure_threshold, recoveryMs: recovery_seconds * 1000, halfOpenMax: half_open_max };
    },
    verdict: verdictOf,
    onOpen: (failures) => {
      logger.warn('tmux does not answer; calls are held back for a while', { failures });
      audit.record(ownEvent(audit.self, 'breaker_open', { failures }, clock.now()));
    },
  });
}
