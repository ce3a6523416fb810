import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../../src/agents/status/evidence.js';
import { fuse } from '../../../../src/agents/status/fuse.js';
import type { AgentState, EvidenceSource } from '../../../../src/kernel/agent-words.js';

const NOW = 100_000;
const seen = (source: EvidenceSource, says: AgentState, agoMs = 0): Evidence => ({ source, says, rule: `${source}.${says}`, at: NOW - agoMs }); // prettier-ignore
/** Of a source that tells since when. */
const since = (item: Evidence, agoMs: number): Evidence => ({ ...item, since: NOW - agoMs });
const stateOf = (...evidence: Evidence[]): AgentState => fuse(evidence, NOW).state;

describe('what all evidence says', () => {
  it('is unknown where nothing is known, or nothing that is fresh', () => {
    expect(fuse([], NOW)).toEqual({ state: 'unknown', confidence: 0, winner: undefined, runnerUp: undefined });
    expect(stateOf(seen('screen', 'unknown'))).toBe('unknown');
    expect(stateOf(seen('hook', 'working', 600_000))).toBe('unknown');
    expect(stateOf(seen('activity', 'working', 10_000))).toBe('unknown');
  });

  it.each<[AgentState, string, Evidence[]]>([
    ['crashed', 'the process is gone, whatever its last file and screen say', [seen('process', 'crashed'), seen('registry', 'working'), seen('screen', 'idle')]],
    ['exited', 'it ended by itself', [seen('process', 'exited'), seen('hook', 'idle'), seen('title', 'working')]],
    ['working', 'the title over a screen that shows no sign of work', [seen('title', 'working'), seen('screen', 'idle')]],
    ['working', 'its own file over the screen', [seen('registry', 'working'), seen('screen', 'idle')]],
    ['idle', 'its own file over an old hook: an interrupt fires none', [seen('hook', 'working', 30_000), seen('registry', 'idle')]],
    ['idle', 'the screen over a hook that has worn off', [seen('hook', 'working', 120_000), seen('screen', 'idle')]],
    ['error', 'it retries, while its file says that a turn is open', [seen('registry', 'working'), seen('screen', 'error')]],
    ['error', 'its last turn failed and is over', [seen('title', 'idle'), seen('screen', 'error')]],
    ['rate_limited', 'the same of a limit, with a title', [seen('title', 'working'), seen('screen', 'rate_limited')]],
    ['waiting_permission', 'a dialog is up while the turn is open', [seen('hook', 'working'), seen('screen', 'waiting_permission')]],
    ['waiting_permission', 'its own file says that it waits', [seen('registry', 'waiting_permission'), seen('screen', 'idle')]],
    ['waiting_input', 'it asks something before its first turn, of which its title knows nothing', [seen('title', 'idle'), seen('screen', 'waiting_input')]],
    ['idle', 'a quoted dialog on the screen of one that says it is idle', [seen('registry', 'idle'), seen('screen', 'waiting_permission')]],
    ['working', 'something moves and nothing else is known', [seen('activity', 'working')]],
    ['idle', 'the screen over mere movement', [seen('activity', 'working'), seen('screen', 'idle')]],
  ])('is %s: %s', (state, _, evidence) => {
    expect(stateOf(...evidence)).toBe(state);
    expect(stateOf(...evidence.toReversed())).toBe(state);
  }); // prettier-ignore

  it.each<[AgentState, string, Evidence[]]>([
    ['working', 'a hook of just now over file, title and screen, which come after it', [seen('hook', 'working', 200), seen('registry', 'idle'), seen('title', 'idle'), seen('screen', 'idle')]],
    ['working', 'also over a file that was as it is before the hook', [seen('hook', 'working', 200), since(seen('registry', 'idle'), 5000)]],
    ['idle', 'its file settles what it says after the hook', [seen('hook', 'working', 200), since(seen('registry', 'idle'), 100), seen('screen', 'working')]],
    ['working', 'a file of the same moment settles nothing', [seen('hook', 'working', 200), since(seen('registry', 'idle'), 200)]],
    ['idle', 'its file over a hook that is no longer of just now', [seen('hook', 'working', 1600), seen('registry', 'idle')]],
    ['idle', 'a turn that was interrupted, of which no hook tells: the screen shows no work', [seen('hook', 'working', 30_000), seen('screen', 'idle')]],
    ['idle', 'the same where the title tells', [seen('hook', 'working', 2000), seen('title', 'idle'), seen('screen', 'idle')]],
    ['working', 'a long turn at work', [seen('hook', 'working', 60_000), seen('screen', 'working')]],
    ['working', 'a turn in a UI that nobody knows', [seen('hook', 'working', 120_000)]],
    ['waiting_permission', 'a dialog in a turn that another hook has let go on', [seen('hook', 'idle', 10_000), seen('screen', 'waiting_permission')]],
    ['error', 'its turn has failed, while the screen shows a prompt', [seen('hook', 'error', 5000), seen('screen', 'idle')]],
    ['error', 'its turn has failed, and its file says after it that it is idle', [seen('hook', 'error', 5000), since(seen('registry', 'idle'), 4000)]],
    ['idle', 'a failure that was long ago', [seen('hook', 'error', 600_000), since(seen('registry', 'idle'), 599_000), seen('screen', 'idle')]],
    ['rate_limited', 'its turn has failed, and the screen tells why', [seen('hook', 'error', 200), seen('screen', 'rate_limited')]],
    ['error', 'the same, where the screen tells of nothing but an error', [seen('hook', 'error', 200), seen('screen', 'error')]],
    ['rate_limited', 'it is over, and what failed stands on the screen', [seen('hook', 'idle', 200), seen('screen', 'rate_limited')]],
    ['waiting_permission', 'a dialog while a hook of just now tells of the turn', [seen('hook', 'working', 100), seen('screen', 'waiting_permission')]],
    ['crashed', 'it has ended, whatever was told just now', [seen('process', 'crashed'), seen('hook', 'working', 0), seen('api', 'working')]],
    ['working', 'its own server over a screen that shows nothing of it', [seen('api', 'working'), seen('screen', 'idle')]],
    ['idle', 'its own server over a screen that quotes', [seen('api', 'idle'), seen('screen', 'waiting_permission')]],
    ['waiting_permission', 'its own server before anything is drawn', [seen('api', 'waiting_permission'), seen('screen', 'working'), seen('title', 'working')]],
    ['waiting_input', 'a dialog of which its server knows nothing but the open turn', [seen('api', 'working'), seen('screen', 'waiting_input')]],
    ['rate_limited', 'its server tells of an error, and the screen of which', [seen('api', 'error'), seen('screen', 'rate_limited')]],
    ['working', 'what its server tells does not wear off', [seen('api', 'working', 3_600_000), seen('screen', 'idle')]],
  ])('is %s by what it tells: %s', (state, _, evidence) => {
    expect(stateOf(...evidence)).toBe(state);
    expect(stateOf(...evidence.toReversed())).toBe(state);
  }); // prettier-ignore

  it('is known at any age of a failure, as long as its file tells anything', () => {
    for (let agoMs = 0; agoMs < 3_600_000; agoMs += 10_000)
      expect(stateOf(seen('hook', 'error', agoMs), since(seen('registry', 'idle'), 0))).toMatch(/^(?:error|idle)$/);
  });

  it('is surer with more that agrees, and less sure with what contradicts', () => {
    const alone = fuse([seen('screen', 'idle')], NOW).confidence;
    const agreed = fuse([seen('screen', 'idle'), seen('title', 'idle')], NOW).confidence;
    const contradicted = fuse([seen('registry', 'idle'), seen('title', 'working')], NOW);
    expect(alone).toBe(0.75);
    expect(agreed).toBeGreaterThan(0.95);
    expect(contradicted).toMatchObject({ state: 'idle', runnerUp: { source: 'title' } });
    expect(contradicted.confidence).toBeLessThan(0.7);
  });

  it('is not doubted where the open turn explains the trouble', () => {
    expect(fuse([seen('registry', 'working'), seen('screen', 'error')], NOW).confidence).toBe(0.75);
    expect(fuse([seen('process', 'crashed'), seen('registry', 'working')], NOW).confidence).toBe(1);
  });

  it('names what decided and the next best', () => {
    expect(fuse([seen('screen', 'idle'), seen('registry', 'working')], NOW)).toMatchObject({
      winner: { rule: 'registry.working' },
      runnerUp: { rule: 'screen.idle' },
    });
  });
});
