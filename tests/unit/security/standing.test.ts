import { describe, expect, it } from 'vitest';
import { createStandings } from '../../../src/security/trust/standing.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';

let time = 1000;
const open = (): ReturnType<typeof createStandings> =>
  createStandings(createMemoryStore(() => ({ awake: time, suspended: 0, boot: 'b', wall: time })));

describe('how a caller stands', () => {
  it('is contained for the longest of the times that were given', async () => {
    const standings = open();
    await standings.contain('host:a', 10_000);
    await standings.contain('host:a', 1000);
    time += 5000;
    expect(await standings.of('host:a')).toMatchObject({ contained: true });
    time += 5001;
    expect(await standings.of('host:a')).toMatchObject({ contained: false });
  });

  it('is not what an agent of its name was given that is no longer there', async () => {
    const standings = open();
    await standings.grant('agent:a', 60_000);
    expect(await standings.of('agent:a', time - 1)).toMatchObject({ trust: 'granted' });
    expect(await standings.of('agent:a', time + 1)).toMatchObject({ trust: 'default' });
    await standings.revoke('agent:a');
    expect(await standings.of('agent:a', time + 1)).toMatchObject({ trust: 'revoked' });
  });
});
