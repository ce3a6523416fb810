import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditTools, openAuditTools } from '../../../src/app/audit-tools.js';
import { openSecurityTools, type SecurityTools } from '../../../src/app/security-tools.js';
import type { ConfigSources } from '../../../src/config/load.js';

let base: string;
let state: string;
let sources: ConfigSources;
const opened: { readonly close: () => Promise<void> }[] = [];
beforeEach(() => {
  base = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/nowhere', 'o-'));
  state = join(base, 'state', 'tmux-orchestrator');
  sources = { env: { HOME: base, XDG_STATE_HOME: join(base, 'state') }, flags: {}, cwd: base };
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((tools) => tools.close()));
  rmSync(base, { recursive: true, force: true });
});

async function keep<Tools extends AuditTools | SecurityTools>(opening: Promise<Tools>): Promise<Tools> {
  const tools = await opening;
  opened.push(tools);
  return tools;
}
const audit = (flags: Record<string, string> = {}): Promise<AuditTools> =>
  keep(openAuditTools({ ...sources, flags }, () => undefined));
const security = (): Promise<SecurityTools> => keep(openSecurityTools(sources, () => undefined));

const SECRET = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789';
let seq = 0;
/** A line that nobody has signed. */
const line = (more: Record<string, unknown>): string =>
  `${JSON.stringify({
    ...{ seq: ++seq, event_id: 'id', timestamp: '2026-11-20T08:00:00.000Z', mono: 1, boot: 'b', prev: '', mac: '' },
    ...{ event_type: 'tool_call', actor: { caller: 'host:x' }, action: { operation: 'list_sessions' } },
    ...more,
  })}\n`;
const REFUSED = { decision: { result: 'deny', rule: 'unknown_tool' } };

function writeRecords(lines: readonly string[], name = '000000000001.jsonl'): void {
  mkdirSync(join(state, 'audit'), { recursive: true, mode: 0o700 });
  writeFileSync(join(state, 'audit', name), lines.join(''), { mode: 0o600 });
}

describe('records that nobody has proven', () => {
  it('are shown through the filter of everything that leaves', async () => {
    const text = `\u001b]0;x\u0007\u202e${SECRET}`;
    writeRecords([line({ ...REFUSED, actor: { caller: text }, action: { operation: text, target: text } })]);
    const { records } = await (await audit()).last(5, {});
    const events = await (await security()).events(5);
    expect([records.length, events.length]).toEqual([1, 1]);
    for (const shown of [records, events]) {
      expect(JSON.stringify(shown)).not.toMatch(/ghp_|\\u001b|\u202e/);
      expect(JSON.stringify(shown)).toContain('[REDACTED:');
    }
  });

  it('are left out where they have not the form of records', async () => {
    writeRecords([
      ...[{ actor: { caller: 5 } }, { actor: [] }, { correlation_id: 5 }, { decision: { rule: 5 } }].map(line),
      ...[{ outcome: 'ok' }, { outcome: { status: 'ok', duration_ms: 'x' } }, { outcome: { error_code: 1 } }].map(line),
      line({ actor: { caller: 'sound' } }),
    ]);
    const { records } = await (await audit()).last(50, { outcome: undefined });
    expect(records.map(({ actor }) => actor.caller)).toEqual(['sound']);
    await expect((await audit()).last(50, { outcome: 'ok' })).resolves.toMatchObject({ records: [] });
  });
});

describe('following the log', () => {
  it('ends as cancelled wherever it is', async () => {
    writeRecords([line({})], '000000000001.jsonl');
    writeRecords([line({})], '000000000002.jsonl');
    const abort = new AbortController();
    const seen: string[] = [];
    const following = (await audit()).follow({ file: 1, bytes: 0 }, {}, abort.signal, ({ actor }) => {
      seen.push(actor.caller);
      abort.abort();
    });
    await expect(following).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(seen).toEqual(['host:x']);
  });
});

describe('security events', () => {
  it('are found behind any number of other records', async () => {
    writeRecords([line(REFUSED)], '000000000001.jsonl');
    writeRecords(
      Array.from({ length: 6000 }, () => line({})),
      '000000000002.jsonl',
    );
    expect(await (await security()).events(5)).toMatchObject([{ word: 'unknown_tool', class: 'low' }]);
  });
});

describe('a log that is off', () => {
  it('gets no record of what the operator does', async () => {
    const tools = await audit({ 'security.audit.enabled': 'false' });
    await tools.note('audit_exported', {});
    expect(existsSync(state)).toBe(false);
    await (await audit()).note('audit_exported', {});
    expect(readdirSync(join(state, 'audit'))).toContain('000000000001.jsonl');
  });
});

describe('a lockdown of which only the file is there', () => {
  it('is in the metrics, and no store is made to look for it', async () => {
    expect(await (await security()).metrics()).toMatch(/^tmux_orc_lockdown 0$/m);
    mkdirSync(state, { recursive: true, mode: 0o700 });
    writeFileSync(join(state, 'LOCKDOWN'), '');
    expect(await (await security()).metrics()).toMatch(/^tmux_orc_lockdown 1$/m);
    expect(readdirSync(state)).toEqual(['LOCKDOWN']);
  });
});

describe('a state that cannot be used', () => {
  it('is told as what it is', async () => {
    mkdirSync(join(state, 'user.db'), { recursive: true, mode: 0o700 });
    const tools = await security();
    await expect(tools.metrics()).rejects.toMatchObject({
      code: 'AUDIT_UNAVAILABLE',
      message: expect.stringMatching(/^The counters cannot be read: /),
    });
    await tools.enterLockdown('the file is enough');
    await expect(tools.leaveLockdown()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(await tools.lockdown()).toEqual({});
  });

  it('refuses a lockdown where neither file nor row can be written', async () => {
    mkdirSync(join(base, 'state'));
    symlinkSync(base, state);
    await expect((await security()).enterLockdown('')).rejects.toMatchObject({
      code: 'DENIED',
      message: 'A folder of the state is a symbolic link.',
    });
    rmSync(join(base, 'state'), { recursive: true });
    writeFileSync(join(base, 'state'), '');
    await expect((await security()).enterLockdown('')).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringMatching(/^The lockdown stays as it was: /),
    });
  });
});

describe('a grant', () => {
  it.each<[string[], string]>([
    [
      ['send_keys', 'kil_pane'],
      'operations: "kil_pane" is neither an operation nor an effect. Did you mean "kill_pane"?',
    ],
    [['writ'], 'operations: "writ" is neither an operation nor an effect. Did you mean "write"?'],
    [['*'], 'operations: "*" is neither an operation nor an effect.'],
    [[], 'operations: at least one is needed.'],
  ])('is not for %j', async (operations, message) => {
    const tools = await security();
    await expect(tools.grant('host:x', { operations })).rejects.toMatchObject({ code: 'INVALID_INPUT', message });
    expect(() => {
      tools.checkGrant('host:x', { operations });
    }).toThrow(message);
    expect(await tools.standings()).toEqual([]);
  });

  it('is for operations and effects', async () => {
    const tools = await security();
    const operations = ['send_keys', 'destroy'];
    await tools.grant('host:x', { operations });
    expect(await tools.standings()).toMatchObject([{ caller: 'host:x', operations }]);
  });
});

describe('trust where nothing can be recorded', () => {
  it('is taken away all the same, which is told, and never given', async () => {
    const tools = await security();
    expect(await tools.grant('host:one', {})).toMatchObject({ unrecorded: undefined });
    expect(await tools.contain('host:held', 60)).toMatchObject({ unrecorded: undefined });
    await tools.close();
    chmodSync(join(state, 'audit.key'), 0o644);
    const blind = await security();
    const unrecorded = expect.stringMatching(/key/) as string;
    expect(await blind.contain('host:bad', 60)).toEqual({ changed: true, unrecorded });
    expect(await blind.revoke('host:one')).toEqual({ changed: true, unrecorded });
    expect(await blind.enterLockdown('')).toEqual(unrecorded);
    for (const widening of [blind.grant('host:one', {}), blind.reset('host:one'), blind.release('host:held')])
      await expect(widening).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    const standings = await blind.standings();
    expect(standings.map(({ caller, trust, contained }) => [caller, trust, contained])).toEqual([
      ['host:bad', 'default', true],
      ['host:held', 'default', true],
      ['host:one', 'revoked', false],
    ]);
  });
});
