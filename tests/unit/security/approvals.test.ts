import { beforeEach, describe, expect, it } from 'vitest';
import { type Approvals, createApprovals, type Question } from '../../../src/security/risk/approvals.js';
import { type Creations, createCreations } from '../../../src/security/risk/creations.js';
import type { RiskTarget } from '../../../src/security/risk/target.js';
import { relationOf } from '../../../src/security/policy/relation.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';

const SERVER = { pid: 7, startedAt: 1000 };
const WORK: RiskTarget = {
  ...{ kind: 'pane', id: '%1', server: SERVER, sessions: [{ id: '$1', name: 'work' }] },
  window: { id: '@1', name: 'sh' },
  panes: [{ id: '%1', pid: 50, command: 'sh' }],
  isAll: false,
};
const QUESTION: Question = {
  ...{ caller: 'host:a', operation: 'send_keys', args: { target: '%1', text: 'x' }, target: WORK },
  ...{ destroys: false, risk: 'high', text: 'Type "x"?', isForOnce: false },
};

let time: number;
let approvals: Approvals;
beforeEach(() => {
  time = 1000;
  approvals = createApprovals(createMemoryStore(() => ({ awake: time, suspended: 0, boot: 'b', wall: 0 })));
});

const ask = async (more: Partial<Question> = {}): Promise<string> =>
  (await approvals.ask({ ...QUESTION, ...more })).state;
async function open(): Promise<string> {
  const answer = await approvals.ask(QUESTION);
  return answer.state === 'open' ? answer.id : '';
}

describe('an approval', () => {
  it('lets exactly this call through, once', async () => {
    const id = await open();
    expect(await approvals.list()).toEqual([
      { id, caller: 'host:a', operation: 'send_keys', risk: 'high', text: 'Type "x"?', seconds: 120, scopes: ['once', 'pane', 'session'] },
    ]); // prettier-ignore
    expect(await approvals.ask(QUESTION)).toEqual({ state: 'open', id, seconds: 120 });
    await approvals.approve(id, 'once');
    expect(await approvals.list()).toEqual([]);
    expect([await ask(), await ask()]).toEqual(['once', 'open']);
  });

  const renamed = { ...WORK, sessions: [{ id: '$1', name: 'other' }] };
  it.each<[string, Partial<Question>, string]>([
    ['another caller', { caller: 'host:b' }, 'open'],
    ['another operation', { operation: 'run_command' }, 'open'],
    ['other arguments', { args: { target: '%1', text: 'y' } }, 'open'],
    ['more arguments', { args: { target: '%1', text: 'x', keys: ['Enter'] } }, 'open'],
    ['another pane', { target: { ...WORK, id: '%2' } }, 'open'],
    ['another process', { target: { ...WORK, panes: [{ id: '%1', pid: 51, command: 'sh' }] } }, 'open'],
    ['another life of the server', { target: { ...WORK, server: { pid: 7, startedAt: 1001 } } }, 'open'],
    ['the arguments in another order', { args: { text: 'x', target: '%1' } }, 'once'],
    ['a session of another name', { target: renamed }, 'once'],
  ])('is asked for by %s', async (_, more, wanted) => {
    await approvals.approve(await open(), 'once');
    expect(await ask(more)).toBe(wanted);
  });

  it('ends after 120 s, before it is given and after', async () => {
    const id = await open();
    time += 120_001;
    expect(await approvals.approve(id, 'once')).toBeUndefined();
    const again = await open();
    expect(again).not.toBe(id);
    await approvals.approve(again, 'once');
    time += 120_001;
    expect(await ask()).toBe('open');
  });

  it('is given once, and to what there is', async () => {
    const id = await open();
    expect(await approvals.approve('nothing', 'once')).toBeUndefined();
    expect(await approvals.approve(id, 'once')).toMatchObject({ id });
    expect(await approvals.approve(id, 'once')).toBeUndefined();
    expect(await approvals.deny(id)).toBeUndefined();
  });

  it('can be a no, which holds for this call only', async () => {
    await approvals.deny(await open());
    expect([await ask(), await ask({ args: {} })]).toEqual(['denied', 'open']);
  });

  it('does not fill the store', async () => {
    for (let n = 0; n < 20; n++) expect(await ask({ args: { n } })).toBe('open');
    expect([await ask({ args: { n: 20 } }), await ask({ caller: 'host:b' })]).toEqual(['full', 'open']);
  });
});

describe('an approval for a pane or session', () => {
  it('holds for its caller there, for 60 minutes, and for nothing graver', async () => {
    await approvals.approve(await open(), 'pane');
    const other = { args: { target: '%1', text: 'other' } };
    expect([await ask(), await ask(other)]).toEqual(['granted', 'granted']);
    expect(await ask({ caller: 'host:b' })).toBe('open');
    expect(await ask({ target: { ...WORK, id: '%2' } })).toBe('open');
    expect(await ask({ destroys: true })).toBe('open');
    expect(await ask({ risk: 'critical' })).toBe('open');
    expect(await ask({ target: { ...WORK, server: { pid: 8, startedAt: 1000 } } })).toBe('open');
    time += 3_600_001;
    expect(await ask(other)).toBe('open');
  });

  it('is not for a later agent of the same name', async () => {
    const agent = { caller: 'agent:a', since: -1000 };
    const answer = await approvals.ask({ ...QUESTION, ...agent });
    await approvals.approve(answer.state === 'open' ? answer.id : '', 'pane');
    expect([await ask(agent), await ask({ ...agent, since: 1000 })]).toEqual(['granted', 'open']);
  });

  it('of a session holds for its panes, but not for a window that others share', async () => {
    await approvals.approve(await open(), 'session');
    const target = { ...WORK, id: '%2', panes: [{ id: '%2', pid: 9, command: 'sh' }] };
    expect(await ask({ target })).toBe('granted');
    expect(await ask({ target: { ...target, sessions: [...WORK.sessions, { id: '$2', name: 'b' }] } })).toBe('open');
  });

  it('does not hold for a call that speaks against itself, which is approved once only', async () => {
    await approvals.approve(await open(), 'pane');
    const doubtful = { ...QUESTION, args: { target: '%1', text: 'doubtful' }, isForOnce: true };
    const answer = await approvals.ask(doubtful);
    const id = answer.state === 'open' ? answer.id : '';
    expect(await approvals.approve(id, 'pane')).toBeUndefined();
    expect(await approvals.approve(id, 'once')).toMatchObject({ scopes: ['once'] });
    expect((await approvals.ask(doubtful)).state).toBe('once');
  });

  it('is not there for what has neither', async () => {
    const answer = await approvals.ask({ ...QUESTION, target: undefined });
    const id = answer.state === 'open' ? answer.id : '';
    expect(await approvals.approve(id, 'pane')).toBeUndefined();
    expect(await approvals.approve(id, 'once')).toMatchObject({ scopes: ['once'] });
  });
});

describe('who created what', () => {
  const open = (): {
    add: Creations['add'];
    forget: Creations['forget'];
    isOwn: (caller: string, target: RiskTarget) => Promise<boolean>;
  } => {
    const store = createMemoryStore();
    return {
      ...createCreations(store),
      isOwn: (id, target) => store.read((view) => relationOf(view, { id, role: 'host' }, target) === 'own'),
    };
  };
  const session: RiskTarget = { ...WORK, kind: 'session', id: '$1', window: undefined };

  it('is told by rows of this life of the server, and by the process of a pane', async () => {
    const { add, isOwn } = open();
    await add('host:a', SERVER, [{ id: '%1', pid: 50 }]);
    expect(await isOwn('host:a', WORK)).toBe(true);
    expect(await isOwn('host:b', WORK)).toBe(false);
    expect(await isOwn('host:a', { ...WORK, panes: [{ id: '%1', pid: 51, command: 'sh' }] })).toBe(false);
    expect(await isOwn('host:a', { ...WORK, server: { pid: 8, startedAt: 1000 } })).toBe(false);
    expect(await isOwn('host:a', session)).toBe(false);
  });

  it('counts what lies in a session or window of the caller, in all that it is linked to', async () => {
    const { add, isOwn, forget } = open();
    await add('host:a', SERVER, [{ id: '$1' }, { id: '@9' }]);
    expect([await isOwn('host:a', session), await isOwn('host:a', WORK)]).toEqual([true, true]);
    const shared = { ...WORK, sessions: [...WORK.sessions, { id: '$2', name: 'theirs' }] };
    expect(await isOwn('host:a', shared)).toBe(false);
    expect(await isOwn('host:a', { ...shared, window: { id: '@9', name: '' } })).toBe(true);
    await forget(['$1']);
    expect(await isOwn('host:a', session)).toBe(false);
  });

  it('forgets what lived on a server that is gone, and now and then tells what to look for', async () => {
    const { add, isOwn } = open();
    const next = { pid: 8, startedAt: 2000 };
    await add('host:a', SERVER, [{ id: '$1' }]);
    await add('host:a', next, [{ id: '$2' }]);
    expect(await isOwn('host:a', session)).toBe(false);
    let looked = 0;
    for (let n = 0; n < 100; n++) looked += (await add('host:a', next, [{ id: `%${String(n)}` }])).length > 0 ? 1 : 0;
    expect(looked).toBe(2);
  });
});
