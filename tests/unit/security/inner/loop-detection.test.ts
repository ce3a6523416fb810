import { beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../../src/config/schema.js';
import { ERROR_CODES, type ErrorCode, OrcError } from '../../../../src/kernel/errors.js';
import { isRefusal } from '../../../../src/security/audit/call-event.js';
import { loopDetection } from '../../../../src/security/inner/loop-detection.js';
import type { WaitingCall } from '../../../../src/security/outer/concurrency.js';
import type { Layer, RepeatRules } from '../../../../src/security/ring.js';
import { call, operation } from '../calls.js';

type Settings = ReturnType<typeof configSchema.parse>['security']['loop_detection'];

let settings: Settings;
let now: number;
let layer: Layer<WaitingCall>;
const start = (more: Partial<Settings> = {}): void => {
  settings = { ...configSchema.parse({}).security.loop_detection, ...more };
  now = 1000;
  layer = loopDetection<WaitingCall>({ settings: () => settings, now: () => now });
};
beforeEach(() => {
  start();
});

const repeats = (more: Partial<RepeatRules> = {}): RepeatRules => ({ volatile: [], ...more });
const named = (name: string, effect: 'read' | 'write', rules = repeats()): Pick<WaitingCall, 'operation' | 'name'> => ({
  name,
  operation: operation({ name, effect, repeats: rules }),
});

interface Step {
  /** Stands for operation and arguments. */
  readonly of?: string;
  readonly effect?: 'read' | 'write';
  readonly result?: unknown;
  readonly fails?: ErrorCode;
  readonly saw?: readonly unknown[];
  readonly rules?: RepeatRules;
  readonly given?: Partial<WaitingCall>;
}

/** @returns `ran`, or the code of the error */
async function step({ of = 'A', effect = 'write', result = {}, fails, saw, rules, given }: Step): Promise<string> {
  now += 1;
  const handle = async (passed: WaitingCall): Promise<unknown> => {
    if (saw !== undefined) passed.saw?.(saw);
    if (fails !== undefined) throw new OrcError(fails, 'failed');
    return result;
  };
  try {
    await layer(call({ ...named(`do_${of}`, effect, rules), args: { of }, ...given }), handle);
    return 'ran';
  } catch (error) {
    return (error as OrcError).code;
  }
}
async function steps(all: readonly Step[]): Promise<string[]> {
  const codes: string[] = [];
  for (const each of all) codes.push(await step(each));
  return codes;
}
const times = (count: number, each: (n: number) => Step): Step[] => Array.from({ length: count }, (_, n) => each(n));
/** How many of these run before the first is refused. */
async function before(all: readonly Step[]): Promise<number> {
  const codes = await steps(all);
  const refused = codes.indexOf('LOOP_DETECTED');
  return refused === -1 ? codes.length : refused;
}

describe('identical changes', () => {
  it.each([1, 2, 3, 7])('with identical results run %i times', async (max) => {
    start({ max_identical_calls: max });
    expect(await before(times(12, () => ({})))).toBe(max);
  });

  it.each<[string, (n: number) => Step]>([
    ['other results', (n) => ({ result: { pane: { id: `%${String(n)}` } } })],
    ['two results in turns', (n) => ({ result: { n: n % 2 } })],
    ['other arguments', (n) => ({ given: { args: { n } } })],
    ['other operations', (n) => ({ of: String(n) })],
    ['another caller each time', (n) => ({ given: { caller: { id: `host:${String(n)}`, role: 'host' } } })],
    ['another state that they find', (n) => ({ saw: [1, n] })],
    ['refusals of other layers', () => ({ fails: 'CONFIRMATION_REQUIRED' })],
    ['errors that are to be tried again', () => ({ fails: 'AGENT_UNREADY' })],
    ['the operator', () => ({ given: { caller: { id: 'operator', role: 'operator' } } })],
    ['an exempt operation', () => ({ given: { operation: operation({ effect: 'write', exempt: true }) } })],
    ['an operation that is meant to be repeated', () => ({ rules: repeats({ allowed: () => true }) })],
  ])('with %s are no loop', async (_, each) => {
    expect(await before(times(100, each))).toBe(100);
  });

  it.each<[string, Step]>([
    ['a result whose volatile fields differ', { rules: repeats({ volatile: ['receipt', 'job.id'] }) }],
    ['the same state that they find', { saw: ['bash', 4] }],
    ['the same error', { fails: 'NOT_FOUND' }],
    ['an unexpected error', { fails: 'INTERNAL' }],
    ['an unknown outcome', { fails: 'OUTCOME_UNKNOWN' }],
  ])('with %s are a loop', async (_, given) => {
    const receipts = (n: number): object => ({ receipt: n, job: { id: n, state: 'done' } });
    expect(await before(times(9, (n) => ({ result: receipts(given.rules === undefined ? 0 : n), ...given })))).toBe(3);
  });

  it('are found in whatever order arguments stand', async () => {
    const args = [{ env: { a: '1', b: '2' } }, { env: { b: '2', a: '1' } }];
    expect(await before(times(9, (n) => ({ given: { args: args[n % 2] } })))).toBe(3);
  });

  it.each<[string, string, number]>([
    ['in turns with another', 'ABABABABAB', 6],
    ['in a circle of three', 'ABCABCABCABC', 9],
    ['in a circle of five', 'ABCDEABCDEABCDEABCDE', 15],
    ['among others', 'AXAYAZAW', 6],
  ])('are found %s', async (_, order, ran) => {
    expect(await before(order.split('').map((of) => ({ of })))).toBe(ran);
  });

  it('go on after any other result', async () => {
    expect(await steps([{}, {}, { result: 1 }, {}, {}, {}, {}])).toEqual([...Array<string>(6).fill('ran'), 'LOOP_DETECTED']); // prettier-ignore
    start();
    expect(await steps([{}, {}, { fails: 'NOT_FOUND' }, {}, {}, {}, {}])).toEqual(['ran', 'ran', 'NOT_FOUND', 'ran', 'ran', 'ran', 'LOOP_DETECTED']); // prettier-ignore
  });

  it('go on when the window is over, and not before the time that was told', async () => {
    start({ window_seconds: 10 });
    for (const at of [0, 1000, 5000]) {
      now = at;
      await step({});
    }
    now = 6000;
    const refused = (await layer(call({ ...named('do_A', 'write'), args: { of: 'A' } }), async () => 'ran').catch((thrown: unknown) => thrown)) as OrcError; // prettier-ignore
    expect(refused).toMatchObject({ code: 'LOOP_DETECTED', retryAfterMs: 4001 });
    now = 10_000 - 1;
    expect(await step({})).toBe('LOOP_DETECTED');
    expect(await step({})).toBe('ran');
    expect(await step({})).toBe('LOOP_DETECTED');
  });

  it('that run at the same time have no results yet', async () => {
    const all = await Promise.all(times(10, (n) => ({ result: n })).map(step));
    expect(new Set(all)).toEqual(new Set(['ran']));
  });
});

describe('identical reads', () => {
  const read = (more: Step = {}): Step => ({ of: 'R', effect: 'read', result: { text: 'same' }, ...more });

  it.each([1, 5, 30])('with identical results run %i times', async (max) => {
    start({ max_identical_reads: max });
    expect(await before(times(40, () => read()))).toBe(max);
  });

  it('of what changes are no loop', async () => {
    expect(await before(times(200, (n) => read({ result: { text: n } })))).toBe(200);
  });

  it('of two things in turns are one', async () => {
    expect(await before(times(100, (n) => read({ of: `R${String(n % 2)}` })))).toBe(60);
  });

  it('count anew after a change that came to something new', async () => {
    expect(await before(times(400, (n) => (n % 2 === 0 ? { of: 'W', result: n } : read())))).toBe(400);
    start();
    // A change that fails, or comes to what it came to before, is none.
    expect(await before(times(100, (n) => (n % 20 === 0 ? { of: String(n), fails: 'NOT_FOUND' } : read())))).toBe(32);
  });

  it('are not counted for others', async () => {
    const other = { caller: { id: 'host:other', role: 'host' as const } };
    await steps(times(30, () => read()));
    expect(await steps([read(), read({ given: other })])).toEqual(['LOOP_DETECTED', 'ran']);
  });
});

describe('the answer', () => {
  it.each<[Partial<RepeatRules>, 'read' | 'write', string]>([
    [{}, 'read', 'Nothing has changed. Do something else, or wait before you look again.'],
    [{}, 'write', 'Repeating it changes nothing. Look at what it is about, then do something else.'],
    [{ instead: 'Use another.' }, 'read', 'Use another.'],
  ])('says how to go on: %j', async (rules, effect, hint) => {
    start({ max_identical_calls: 2, max_identical_reads: 2 });
    const given = call({ ...named('do_A', effect, repeats(rules)), args: { text: 'secret' } });
    for (let n = 0; n < 2; n++) await layer(given, async () => ({}));
    await expect(layer(given, async () => ({}))).rejects.toMatchObject({
      ...{ code: 'LOOP_DETECTED', hint, message: 'The same call came to the same result 2 times in 300 s.' },
      ...{ retryAfterMs: 300_000, details: { limit: 2, window_seconds: 300 } },
    });
  });

  const codes = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => code !== 'LOOP_DETECTED');
  it.each(codes)('%s counts when it tells what the call comes to', async (code) => {
    const tells = !isRefusal(code) && !ERROR_CODES[code].retryable && code !== 'CANCELLED';
    expect(await before(times(5, () => ({ fails: code })))).toBe(tells ? 3 : 5);
  });
});

describe('settings', () => {
  it('are followed at once', async () => {
    expect(await before(times(4, () => ({})))).toBe(3);
    settings = { ...settings, max_identical_calls: 4 };
    expect(await before(times(2, () => ({})))).toBe(1);
    settings = { ...settings, enabled: false };
    expect(await before(times(9, () => ({})))).toBe(9);
    settings = { ...settings, enabled: true, max_identical_calls: 1 };
    expect(await before(times(1, () => ({})))).toBe(0);
  });
});

describe('what is remembered', () => {
  it('is bounded', async () => {
    await steps(times(3, () => ({})));
    expect(await step({})).toBe('LOOP_DETECTED');
    await steps(times(500, (n) => ({ of: String(n) })));
    expect(await step({})).toBe('ran');
    await steps(times(3, () => ({})));
    await steps(times(100, (n) => ({ given: { caller: { id: `host:${String(n)}`, role: 'host' } } })));
    expect(await step({})).toBe('ran');
  });
});

describe('the record of a call', () => {
  const rules = async (all: readonly Step[]): Promise<(string | undefined)[]> => {
    const found: (string | undefined)[] = [];
    for (const each of all) {
      let rule: string | undefined;
      await step({ ...each, given: { ...each.given, note: (facts) => (rule = facts.decision?.rule ?? rule) } });
      found.push(rule);
    }
    return found;
  };

  it('says when it came to the same as the one before', async () => {
    expect(await rules(times(3, () => ({})))).toEqual([undefined, 'identical_call', 'identical_call']);
    expect(await rules([{ of: 'B' }, { of: 'B', result: { n: 1 } }])).toEqual([undefined, undefined]);
    expect(await rules(times(2, () => ({ of: 'C', fails: 'NOT_FOUND' })))).toEqual([undefined, 'identical_call']);
  });

  it('keeps what another layer said of it', async () => {
    const decided = loopDetection<WaitingCall>({ settings: () => settings, now: () => now });
    const said: unknown[] = [];
    for (let n = 0; n < 2; n++)
      await decided(
        call({ ...named('kill', 'write'), note: ({ decision }) => said.push(decision?.rule) }),
        async ({ note }) => {
          note?.({ decision: { rule: 'confirmed_foreign_destroy' } });
          return {};
        },
      );
    expect(said).toEqual(['confirmed_foreign_destroy', 'confirmed_foreign_destroy']);
  });
});
