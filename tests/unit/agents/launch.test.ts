import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dropFolders, type Equipment, prepareLaunch } from '../../../src/agents/launch.js';
import { trustFolder } from '../../../src/agents/trust-record.js';
import { builtInProviders } from '../../../src/providers/index.js';

const CLAUDE = builtInProviders.byId('claude')!;
const TRUST = CLAUDE.trust!;
const ID = '0b5f1c1e-5f0e-4a0e-9d55-0123456789ab';
const OTHER = '1b5f1c1e-5f0e-4a0e-9d55-0123456789ab';
const HOUR_MS = 3_600_000;

let base: string;
let equipment: Equipment;
beforeEach(() => {
  base = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/nowhere', 'launch-'));
  equipment = {
    ...{
      modules: '/opt/hooks',
      folders: join(base, 'agents'),
      tmux: { binary: '/usr/bin/tmux', socketPath: '/run/sock' },
    },
    ...{ server: undefined, isTrusted: (folder) => folder === '/trusted' },
  };
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
}); // prettier-ignore

describe('what is made for a start', () => {
  const wish = { permissionMode: 'ask', cwd: '/project' } as const;
  const prepare = (id: string, more: object = {}, given = equipment): ReturnType<typeof prepareLaunch> =>
    prepareLaunch(given, builtInProviders.byId(id)!, { ...wish, ...more }, { HOME: base });

  it('is a private folder of its own, with the files that its CLI reads', async () => {
    const { folder, args, env } = await prepare('qwen');
    expect(statSync(folder!).mode & 0o777).toBe(0o700);
    expect(env.QWEN_CODE_SYSTEM_DEFAULTS_PATH).toBe(join(folder!, 'defaults.json'));
    expect(statSync(join(folder!, 'defaults.json')).mode & 0o777).toBe(0o600);
    expect(args.join(' ')).not.toContain('event.sh');
  });

  it('is no folder, and nothing is told, where a path could mean something else to other programs', async () => {
    const strange = { ...equipment, folders: join(base, 'a"b`$(id)') };
    const { folder, args } = await prepare('claude', {}, strange);
    expect(folder).toBeUndefined();
    expect(args).not.toContain('--settings');
    expect(existsSync(strange.folders)).toBe(false);
  });

  it('knows the conversation where its CLI takes a name for it, and where its own files are', async () => {
    const [claude, codex, gone] = await Promise.all([prepare('claude'), prepare('codex'), prepare('codex', { resume: 'x' })]);
    expect(claude.sessionId).toMatch(/^[0-9a-f-]{36}$/);
    expect([codex.sessionId, gone.sessionId]).toEqual([undefined, 'x']);
    expect([claude.registry, codex.registry]).toEqual([join(base, '.claude'), undefined]);
    const elsewhere = await prepareLaunch(equipment, CLAUDE, wish, { HOME: base, CLAUDE_CONFIG_DIR: '/own' });
    expect(elsewhere.registry).toBe('/own');
  }); // prettier-ignore

  it('trusts the folder that was asked for, not the one that was made in its stead', async () => {
    const gemini = async (more: object): Promise<unknown> => (await prepare('gemini', more)).env.GEMINI_CLI_TRUST_WORKSPACE;
    expect([await gemini({}), await gemini({ cwd: '/trusted' }), await gemini({ asked: '/trusted' })]).toEqual([undefined, 'true', 'true']);
    expect(await gemini({ cwd: '/trusted', asked: '/project' })).toBeUndefined();
  }); // prettier-ignore
});

describe('folders of agents that are gone', () => {
  const make = (name: string, ageMs: number): string => {
    const path = join(equipment.folders, name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'started'), '{}');
    const at = new Date(Date.now() - ageMs);
    utimesSync(path, at, at);
    return path;
  };

  it('are taken away, and nothing else is', () => {
    const [gone, kept, young] = [make(ID, HOUR_MS), make(OTHER, HOUR_MS), make(ID.replace('0', '2'), 1000)];
    const foreign = make('not-ours', HOUR_MS);
    const link = join(equipment.folders, ID.replace('0', '3'));
    symlinkSync(base, link);
    dropFolders(equipment, new Set([kept]), Date.now());
    expect([gone, kept, young, foreign, link, base].map((path) => existsSync(path))).toEqual([false, true, true, true, true, true]);
    expect(() => { dropFolders({ ...equipment, folders: join(base, 'none') }, new Set(), Date.now()); }).not.toThrow();
  }); // prettier-ignore
});

describe('the record of trusted folders', () => {
  const file = (): string => join(base, '.claude.json');
  const content = (): unknown => JSON.parse(readFileSync(file(), 'utf8'));

  it('gets the folder beside all that it has, once, with its own mode', () => {
    writeFileSync(file(), JSON.stringify({ theme: 'dark', projects: { '/a': { x: 1 } } }));
    chmodSync(file(), 0o600);
    expect(trustFolder(TRUST, base, '/a')).toBe(true);
    expect(trustFolder(TRUST, base, '/b')).toBe(true);
    const projects = { '/a': { x: 1, hasTrustDialogAccepted: true }, '/b': { hasTrustDialogAccepted: true } };
    expect(content()).toEqual({ theme: 'dark', projects });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    const { ino } = statSync(file());
    expect(trustFolder(TRUST, base, '/a')).toBe(true);
    expect(statSync(file()).ino).toBe(ino);
    expect(existsSync(join(base, '.claude.json.lock'))).toBe(false);
  });

  it('is left alone while its CLI holds it, and where it is no record', () => {
    expect(trustFolder(TRUST, base, '/a')).toBe(false);
    expect(existsSync(file())).toBe(false);
    for (const text of ['', 'not JSON', '[]', '"text"']) {
      writeFileSync(file(), text);
      trustFolder(TRUST, base, '/a');
      expect(readFileSync(file(), 'utf8')).toBe(text);
    }
    writeFileSync(file(), '{}');
    mkdirSync(join(base, '.claude.json.lock'));
    expect(trustFolder(TRUST, base, '/a')).toBe(false);
    expect(content()).toEqual({});
    expect(existsSync(join(base, '.claude.json.lock'))).toBe(true);
  });

  it('stays a link where it is one', () => {
    const real = join(base, 'dotfiles.json');
    writeFileSync(real, '{}');
    symlinkSync(real, file());
    expect(trustFolder(TRUST, base, '/a')).toBe(true);
    expect(JSON.parse(readFileSync(real, 'utf8'))).toEqual({ projects: { '/a': { hasTrustDialogAccepted: true } } });
  });
});
