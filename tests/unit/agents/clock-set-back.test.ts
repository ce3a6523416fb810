import { describe, expect, it } from 'vitest';
import { obstacleTo } from '../../../src/agents/delivery/obstacle.js';
import type { Message } from '../../../src/agents/delivery/messages.js';
import type { Sight } from '../../../src/agents/sight.js';
import { isLiveSince } from '../../../src/agents/spawn-checks.js';
import { builtInProviders } from '../../../src/providers/index.js';
import type { ManagedAgent } from '../../../src/store/managed-agents.js';

const NOW = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

describe('after the clock was set back by an hour', () => {
  it.each([
    [HOUR_MS - 600_000, undefined],
    [-1000, { state: 'queued', reason: 'starting' }],
    [-4000, undefined],
  ])('an agent that began %d ms from now is in the way of a message: %j', (from, obstacle) => {
    const pane = { dead: false, inputOff: false, synchronized: false, mode: '' };
    const sight = {
      ...{ agent: { since: NOW + from }, record: { isAlone: true }, provider: builtInProviders.byId('claude') },
      ...{ pane, found: { pane }, facts: { state: 'idle', confidence: 0.9 }, look: { draft: '', evidence: [] } },
    } as unknown as Sight;
    const message = { mode: 'when_idle', text: 'x' } as unknown as Message;
    const found = obstacleTo(sight, message, NOW, { isBlocked: false, isFirst: false });
    expect(found).toEqual(obstacle && expect.objectContaining(obstacle));
  });

  it.each([
    [HOUR_MS, false],
    [500, true],
    [-1, false],
  ])('an agent without a pane that began %d ms after the listing is taken for live: %j', (from, isLive) => {
    const agent = {
      pane: '%1',
      panePid: 5,
      server: { pid: 1, startedAt: 1 },
      since: NOW + from,
    } as unknown as ManagedAgent;
    expect(isLiveSince({ now: () => NOW + 1000 }, NOW, { sessions: [] })(agent)).toBe(isLive);
  });
});
