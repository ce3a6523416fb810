import { describe, expect, it } from 'vitest';
import { type Claims, identify } from '../../../src/security/identity/identify.js';
import type { ManagedAgent } from '../../../src/store/managed-agents.js';

const agent = (name: string, role: string): ManagedAgent => ({
  ...{ name, role, owner: 'operator', team: null, pane: '%1', panePid: 20, server: { pid: 10, startedAt: 1 } },
  ...{ depth: 0, token: null, since: 0 },
});
const [worker, pm] = [agent('w', 'developer'), agent('p', 'PM')];
const NO_SIGN: Claims = { ancestry: undefined, environment: undefined, otherPane: false, token: undefined };
const who = (claims: Partial<Claims>): unknown[] => {
  const { caller, doubt } = identify({ ...NO_SIGN, ...claims });
  return [caller?.id, caller?.role, doubt];
};

describe('who a process is, by its signs', () => {
  it.each<[string, Partial<Claims>, unknown[]]>([
    ['no sign', {}, [undefined, undefined, undefined]],
    ['a pane without an agent', { otherPane: true }, [undefined, undefined, undefined]],
    ['descent', { ancestry: worker }, ['agent:w', 'worker', undefined]],
    ['descent of one that leads', { ancestry: pm }, ['agent:p', 'pm', undefined]],
    ['descent and environment', { ancestry: pm, environment: pm }, ['agent:p', 'pm', undefined]],
    ['all three', { ancestry: pm, environment: pm, token: pm }, ['agent:p', 'pm', undefined]],
    ['environment and token', { environment: pm, token: pm }, ['agent:p', 'pm', undefined]],
    ['the environment alone', { environment: pm }, ['agent:p', 'guest', 'unproven']],
    ['the environment of a worker alone', { environment: worker }, ['agent:w', 'guest', 'unproven']],
    ['a token alone', { token: pm }, ['agent:p', 'guest', 'unproven']],
    ['a token in a pane without an agent', { token: pm, otherPane: true }, ['agent:p', 'guest', 'signs_differ']],
    ['a token of another pane', { environment: worker, token: pm }, ['agent:p', 'guest', 'signs_differ']],
    ['a leading pane told by the environment', { ancestry: worker, environment: pm }, ['agent:w', 'worker', 'signs_differ']],
    ['a leading token', { ancestry: worker, token: pm }, ['agent:w', 'worker', 'signs_differ']],
    ['a leading pane and its token', { ancestry: worker, environment: pm, token: pm }, ['agent:w', 'worker', 'signs_differ']],
    ['descent of one that leads, environment of one that does not', { ancestry: pm, environment: worker }, ['agent:p', 'worker', 'signs_differ']],
    ['descent, and a pane without an agent', { ancestry: pm, otherPane: true }, ['agent:p', 'pm', 'signs_differ']],
    ['a token that nobody has', { token: 'unknown' }, ['agent:unknown', 'guest', 'unknown_token']],
    ['descent and a token that nobody has', { ancestry: pm, token: 'unknown' }, ['agent:p', 'guest', 'unknown_token']],
  ])('%s', (_what, claims, wanted) => {
    expect(who(claims)).toEqual(wanted);
  }); // prettier-ignore
});
