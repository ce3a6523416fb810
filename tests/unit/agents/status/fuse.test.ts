import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../../src/agents/status/evidence.js';
import { fuse } from '../../../../src/agents/status/fuse.js';
import type { AgentState, EvidenceSource } from '../../../../src/kernel/agent-words.js';

const NOW = 100_000;
const seen = (source: EvidenceSource, says: AgentState, agoMs = 0): Evidence => ({ source, says, rule: `${source}.${says}`, at: NOW - agoMs }); // prettier-ignore
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

  it.each<[AgentState, string, Evidence[]]>([
    ['working', 'a hook of just now over what lags behind it', [seen('hook', 'working', 200), seen('registry', 'idle'), seen('title', 'idle'), seen('screen', 'idle')]],
    ['idle', 'the end that a hook has told of over a title that lags', [seen('hook', 'idle', 300), seen('title', 'working')]],
    ['idle', 'an interrupt, which no hook tells of: its file is newer', [seen('hook', 'working', 900), { ...seen('registry', 'idle'), since: NOW - 100 }]],
    ['idle', 'an interrupt that only the screen shows', [seen('hook', 'working', 5000), seen('screen', 'idle')]],
    ['working', 'a turn in a UI that nobody knows', [seen('hook', 'working', 120_000)]],
    ['working', 'what runs inside it, however long ago it told', [seen('api', 'working', 600_000), seen('screen', 'idle')]],
    ['error', 'a turn that has failed, though it is idle now', [seen('hook', 'error', 5000), { ...seen('registry', 'idle'), since: NOW - 100 }, seen('screen', 'idle')]],
    ['rate_limited', 'the screen knows more of the failure', [seen('hook', 'error', 200), seen('screen', 'rate_limited')]],
    ['waiting_permission', 'a question in a turn that a hook has told of just now', [seen('hook', 'working', 100), seen('screen', 'waiting_permission')]],
    ['crashed', 'processes, whatever it has told', [seen('hook', 'working', 10), seen('api', 'idle'), seen('process', 'crashed')]],
  ])('is %s by what it tells: %s', (state, _, evidence) => {
    expect(stateOf(...evidence)).toBe(state);
    expect(stateOf(...evidence.toReversed())).toBe(state);
  }); // prettier-ignore
});
