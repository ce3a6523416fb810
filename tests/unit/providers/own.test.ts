import { describe, expect, it } from 'vitest';
import { providersSchema } from '../../../src/config/provider-settings.js';
import { builtInProviders, createProviders, envNamesOf, followProviders } from '../../../src/providers/index.js';
import { packFor } from '../../../src/providers/pack.js';
import { isReadable, type LaunchWish, type Provider } from '../../../src/providers/provider.js';
import { screenVerdict } from '../../support/screen-verdict.js';

const settings = (own: Record<string, unknown>) => providersSchema.parse(own);
async function provider(id: string, own: Record<string, unknown>): Promise<Provider> {
  return (await createProviders(settings({ [id]: own }))).byId(id)!;
}
const ID = '0b5f1c1e-5f0e-4a0e-9d55-0123456789ab';
const START = { sessionId: ID, role: 'You are build.', cwd: '/project', isTrusted: false };
const args = ({ launch }: Provider, wish: Partial<LaunchWish> = {}): readonly string[] =>
  launch({ permissionMode: 'ask', ...START, ...wish }).args;
const refused = (own: Provider, wish: Partial<LaunchWish>): unknown => {
  try {
    return args(own, wish);
  } catch (error) {
    return error;
  }
};

const PACK = {
  composer: { kind: 'between', line: '^-{20,}' },
  prompt: '^> ?',
  markers: [
    { rule: 'ask', region: 'dialog', match: '^Allow this\\?', says: 'waiting_permission' },
    { rule: 'error', region: 'status', match: '^! (?<text>.+)', says: 'error', is_last: true },
    { rule: 'busy', region: 'status', match: '^\\* .*\\.\\.\\.$', says: 'working' },
  ],
};
const RULE = '-'.repeat(30);

describe('the command line of an own provider', () => {
  it('has its words in order, and values only where they were said', async () => {
    const mine = await provider('mine', {
      ...{ command: 'x', args: ['-q'], model_args: ['--model={model}'], message_args: ['--say', '{message}'] },
      mode_args: { ask: [], auto: ['--auto', '{message}'] },
    });
    expect(args(mine)).toEqual(['-q']);
    expect(args(mine, { permissionMode: 'auto', model: 'a/$&', message: 'do {model} $1' })).toEqual([
      ...['-q', '--model=a/$&', '--auto', '{message}', '--say', 'do {model} $1'],
    ]);
    expect(args(mine, { message: '--flag' })).toEqual(['-q', '--say', ' --flag']);
    expect(mine.asksNothing).toBeUndefined();
  });

  it('refuses what nothing is said of, and tells which key says it', async () => {
    const mine = await provider('mine', { command: 'x', mode_args: { ask: [] } });
    expect(refused(mine, { permissionMode: 'bypass' })).toMatchObject({
      ...{ code: 'INVALID_INPUT', message: 'permission_mode: provider mine has no such mode.' },
      hint: 'It has ask; agents.providers.mine.mode_args names them.',
    });
    expect(refused(mine, { model: 'm' })).toMatchObject({ code: 'INVALID_INPUT', hint: expect.stringContaining('model_args') });
    expect(refused(mine, { message: 'm' })).toMatchObject({ code: 'INVALID_INPUT', hint: expect.stringContaining('message_args') });
  }); // prettier-ignore

  it('without modes asks nothing that is known', async () => {
    const mine = await provider('mine', { command: 'x' });
    expect([mine.asksNothing, args(mine, { permissionMode: 'bypass' })]).toEqual([true, []]);
  });

  it.each(builtInProviders.all.filter(({ kind }) => kind === 'agent').map(({ id }) => id))(
    'of %s keeps what is not named',
    async (id) => {
      const base = builtInProviders.byId(id)!;
      const wish = { permissionMode: 'auto', ...START, model: 'm', message: 'two words' } as const;
      for (const changed of [await provider(id, { command: '/opt/x' }), await provider('mine', { like: id })]) {
        expect(changed.launch(wish)).toEqual(base.launch(wish));
        expect([changed.packs, changed.registry, changed.asksNothing]).toEqual([base.packs, base.registry, base.asksNothing]);
      }
      const modes = await provider(id, { args: ['-a'], mode_args: { auto: ['--mine'] } });
      const { permissionMode: _auto, ...others } = wish;
      const without = base.launch({ ...others, permissionMode: undefined });
      expect(modes.launch(wish)).toEqual({ args: ['-a', '--mine', ...without.args], env: without.env });
      const ask = { ...wish, permissionMode: 'ask' } as const;
      // One that asks before nothing has no mode that could be left to it.
      if (base.asksNothing === true) expect(refused(modes, ask)).toMatchObject({ code: 'INVALID_INPUT' });
      else expect(args(modes, ask)).toEqual(['-a', ...base.launch(ask).args]);
    },
  ); // prettier-ignore

  it('takes the place of what a built-in one says of model and message', async () => {
    const mine = await provider('mine', { like: 'claude', model_args: ['-m', '{model}'], message_args: ['{message}!'] });
    expect(args(mine, { model: 'm', message: 'a b' })).toEqual(['-m', 'm', '--permission-mode', 'default', '--session-id', ID, 'a b!']);
  }); // prettier-ignore
});

describe('what own providers are', () => {
  it('is agents before shells, an own program for the shell among them', async () => {
    const { all, byId } = await createProviders(settings({ fish: { like: 'shell', command: 'fish' }, mine: { command: 'x' }, claude: { command: 'c' } })); // prettier-ignore
    expect(all.map(({ id }) => id)).toEqual(['claude', 'codex', 'gemini', 'opencode', 'qwen', 'pi', 'mine', 'shell', 'fish']); // prettier-ignore
    expect([byId('fish')?.kind, byId('mine')?.kind, byId('claude')?.command]).toEqual(['shell', 'agent', 'c']);
    expect([byId('auto'), byId('constructor'), byId('nope')]).toEqual([undefined, undefined, undefined]);
  });

  it('follows the settings, and is built once for each', async () => {
    let now = settings({});
    const providers = followProviders(() => now);
    expect(await providers()).toBe(builtInProviders);
    now = settings({ mine: { command: 'x' } });
    const built = await providers();
    expect(built.byId('mine')?.command).toBe('x');
    expect(await providers()).toBe(built);
    now = settings({});
    expect((await providers()).byId('mine')).toBeUndefined();
  });

  it('names its variables with those of the others', () => {
    const names = envNamesOf(settings({ mine: { command: 'x', env_names: ['MINE'] } }));
    expect(names).toEqual(expect.arrayContaining(['MINE', 'ANTHROPIC_API_KEY', 'DASHSCOPE_API_KEY']));
  });
});

describe('an own pack', () => {
  const verdicts: [string, string[], object][] = [
    ['idle', ['hi', RULE, '> ', RULE], { state: 'idle' }],
    ['idle with a draft', ['hi', RULE, '> soon', RULE], { state: 'idle' }],
    ['working', ['* Reading...', RULE, '> ', RULE], { state: 'working' }],
    ['a permission', ['Allow this?', '> 1. Yes', '  2. No'], { state: 'waiting_permission' }],
    ['an error', ['! no such model', RULE, '> ', RULE], { state: 'error' }],
    ['a quoted error', ['! no such model', 'as it said', RULE, '> ', RULE], { state: 'idle' }],
    ['a quoted permission', ['Allow this?', RULE, '> ', RULE], { state: 'idle' }],
    ['nothing known', ['something', 'else'], { state: 'unknown' }],
  ];
  it.each(verdicts)('reads %s', async (_what, lines, expected) => {
    const { packs } = await provider('mine', { command: 'x', pack: PACK });
    expect(screenVerdict(packs[0]!, { title: '', lines })).toMatchObject(expected);
  });

  it('of several is the one for the version, else the nearest, which covers it not', async () => {
    const ranges = [['2.0', '3.0'], ['1.0', '1.5']] as const; // prettier-ignore
    const { packs } = await provider('mine', {
      command: 'x',
      packs: ranges.map(([from, to]) => ({ ...PACK, versions: { from, to } })),
    });
    const chosen = (version?: string): unknown[] => {
      const { pack, isCovered } = packFor(packs, version);
      return [pack?.versions?.from, isCovered];
    };
    expect([chosen('1.2.0'), chosen('2.9.9')]).toEqual([['1.0', true], ['2.0', true]]); // prettier-ignore
    expect([chosen('0.9'), chosen('1.7'), chosen('4.0'), chosen()]).toEqual([['1.0', false], ['1.0', false], ['2.0', false], ['2.0', false]]); // prettier-ignore
    const any = await provider('mine', { command: 'x', pack: PACK });
    expect([packFor(any.packs, undefined).isCovered, packFor(any.packs, '9.9.9').isCovered]).toEqual([true, true]);
  });

  it('is none where nothing is said, so nothing but the end tells the state', async () => {
    const mine = await provider('mine', { command: 'x' });
    expect([mine.kind, mine.packs, isReadable(mine)]).toEqual(['agent', [], false]);
    expect([isReadable(await provider('mine', { command: 'x', pack: PACK })), isReadable(await provider('mine', { like: 'claude' }))]).toEqual([true, true]); // prettier-ignore
  });

  it('cannot be made slow by what is on the screen', async () => {
    const markers = [{ rule: 'slow', region: 'dialog', match: '^(?:(?:a+)+)+(?<text>b?)$', says: 'error' }];
    const { packs } = await provider('mine', { command: 'x', pack: { ...PACK, markers } });
    const match = packs[0]!.markers[0]!.match;
    expect(match.exec('aaab')).toMatchObject({ 0: 'aaab', index: 0, groups: { text: 'b' } });
    const took = (length: number): number => {
      const started = performance.now();
      expect(match.test(`${'a'.repeat(length)}!`)).toBe(false);
      return performance.now() - started;
    };
    took(1000);
    // With 30 of them an engine that goes back takes minutes.
    expect(took(50_000)).toBeLessThan(2000);
  });
});
