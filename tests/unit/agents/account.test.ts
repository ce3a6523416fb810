import { describe, expect, it } from 'vitest';
import { accountOf } from '../../../src/agents/account.js';
import { dueOf } from '../../../src/agents/account-blocks.js';

const launch = (env: readonly (readonly [string, string])[]): { launch: never } => ({
  launch: { cwd: '/', permissionMode: 'ask', env } as never,
});
const keys = (...all: Parameters<typeof accountOf>[0][]): number => new Set(all.map((one) => accountOf(one).key)).size;

describe('an account', () => {
  it('is a provider and the folder of its CLI', () => {
    const claude = { provider: 'claude', registry: '/home/a/.claude', transcripts: '/home/a/.claude' };
    expect(keys(claude, { ...claude, ...launch([['PATH', '/bin']]) })).toBe(1);
    expect(keys(claude, { ...claude, registry: '/home/b/.claude' }, { ...claude, provider: 'codex' })).toBe(3);
    expect(accountOf({ provider: 'codex', transcripts: '/home/a/.codex' })).toMatchObject({ provider: 'codex', home: '/home/a/.codex' });
    expect(keys({ provider: 'opencode' }, { provider: 'opencode' }, { provider: 'own' })).toBe(2);
  });

  it('is another one with a key of its own, which is not in it', () => {
    const claude = { provider: 'claude', registry: '/home/a/.claude' };
    const own = (key: string): Parameters<typeof accountOf>[0] => ({ ...claude, ...launch([['ANTHROPIC_API_KEY', key]]) });
    expect(keys(claude, own('sk-one'), own('sk-two'))).toBe(3);
    expect(keys(own('sk-one'), own('sk-one'))).toBe(1);
    expect(JSON.stringify(accountOf(own('sk-one')))).not.toContain('sk-one');
    expect(accountOf(own('sk-one')).isOwnKey).toBe(true);
  });
}); // prettier-ignore

describe('the moment when an agent goes on', () => {
  it('is spread over the time behind the end, and the same for whoever asks', () => {
    const block = { id: '1', until: 1000, spreadMs: 60_000 } as never;
    const dues = Array.from({ length: 200 }, (_, at) => dueOf(`agent-${String(at)}`, block));
    for (const due of dues) {
      expect(due).toBeGreaterThanOrEqual(1000);
      expect(due).toBeLessThanOrEqual(61_000);
    }
    expect(Math.max(...dues) - Math.min(...dues)).toBeGreaterThan(50_000);
    expect(dueOf('agent-7', block)).toBe(dues[7]);
  });
});
