import { expect, it } from 'vitest';
import { tmuxBreaker } from '../../../src/app/breaker.js';
import { configSchema } from '../../../src/config/schema.js';
import { systemClock } from '../../../src/kernel/clock.js';
import { createJsonLogger } from '../../../src/kernel/logger.js';
import type { AuditEvent } from '../../../src/security/audit/record.js';
import { eventOf } from '../../../src/security/events.js';
import { TransportFailure } from '../../../src/tmux/transport.js';

it('a breaker that opens is an event of its own, once', async () => {
  const events: AuditEvent[] = [];
  const audit = { self: { caller: 'system:audit' }, record: (event: AuditEvent) => void events.push(event) };
  const logger = createJsonLogger(() => undefined, 'error');
  const breaker = tmuxBreaker(() => configSchema.parse({}), systemClock, logger, audit);
  const silent = (): Promise<never> => Promise.reject(new TransportFailure('timeout', 'no answer'));
  for (let n = 0; n < 5; n++) {
    expect(events).toEqual([]);
    await breaker.run(silent).catch(() => undefined);
    // A row of failures, not several that meet the same silence.
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await expect(breaker.run(silent)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
  expect(events.map(eventOf)).toEqual([{ class: 'high', word: 'breaker_open' }]);
  expect(events[0]?.action.arguments).toEqual({ failures: 5 });
});
