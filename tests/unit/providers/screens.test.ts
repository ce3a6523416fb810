import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { builtInProviders } from '../../../src/providers/index.js';
import { packFor } from '../../../src/providers/pack.js';
import type { Screen } from '../../../src/providers/screen.js';
import type { AgentState } from '../../../src/kernel/agent-words.js';
import { screenVerdict } from '../../support/screen-verdict.js';

/** Screens of the real programs with the state that was true then; `npm run lab -- --record` makes them. */
const SCREENS = fileURLToPath(new URL('../../fixtures/screens', import.meta.url));

type Recorded = Screen & { readonly state: AgentState };
const recordings = readdirSync(SCREENS).flatMap((provider) =>
  readdirSync(join(SCREENS, provider)).map((version) => ({ provider, version })),
);

describe.each(recordings)('screens of $provider $version', ({ provider, version }) => {
  const folder = join(SCREENS, provider, version);
  const { pack, isCovered } = packFor(builtInProviders.byId(provider)?.packs ?? [], version);

  it('are covered by a pack', () => {
    expect([pack?.provider, isCovered]).toEqual([provider, true]);
  });

  it.each(readdirSync(folder))('%s', (name) => {
    const { state, ...screen } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Recorded;
    expect(screenVerdict(pack!, screen).state).toBe(state);
  });
});

describe('every provider', () => {
  it('has recorded screens of an idle and a working agent', () => {
    for (const { id: provider, packs } of builtInProviders.all) {
      if (packs.length === 0) continue;
      const states = recordings
        .filter((recording) => recording.provider === provider)
        .flatMap(({ version }) => readdirSync(join(SCREENS, provider, version)))
        .map((name) => /-(\w+)\.json$/.exec(name)?.[1]);
      expect(states, provider).toEqual(expect.arrayContaining(['idle', 'working', 'error']));
    }
  });
});
