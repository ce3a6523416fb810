import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trustFolder } from '../../../src/agents/trust-record.js';
import { claude } from '../../../src/providers/claude.js';

const PROJECT = '/home/me/a "project"';
const TRUSTED = { hasTrustDialogAccepted: true };

let home: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(join(process.env.TMUX_TMPDIR!, 'trust-'));
  file = join(home, '.claude.json');
});
afterEach(() => {
  rmSync(home, { recursive: true });
});
const trust = (env: NodeJS.ProcessEnv = { HOME: home }, folder = PROJECT): boolean =>
  trustFolder(claude.trust!, env, folder);
const put = (content: unknown, path = file): string => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(path, text);
  return text;
};
const read = (path = file): unknown => JSON.parse(readFileSync(path, 'utf8'));
const left = (folder = home): string[] => readdirSync(folder).sort();

describe('the record of trusted folders', () => {
  it('gets a folder once', () => {
    put({});
    expect(trust()).toBe(true);
    expect(read()).toEqual({ projects: { [PROJECT]: TRUSTED } });
    const { ino, mtimeNs } = statSync(file, { bigint: true });
    expect(trust()).toBe(true);
    expect(statSync(file, { bigint: true })).toMatchObject({ ino, mtimeNs });
    expect(left()).toEqual(['.claude.json']);
  });

  it('keeps everything else, in its order', () => {
    const before = (accepted: boolean): string => {
      const projects = `"/other":{"allowedTools":["Bash(git *)"],"hasTrustDialogAccepted":false},${JSON.stringify(PROJECT)}:{"history":[1,{"x":null}],"hasTrustDialogAccepted":${String(accepted)}}`;
      return `{"numStartups":5,"__proto__":{"a":1},"oauthAccount":{"é":"漢"},"projects":{${projects}},"last":1.5}`;
    };
    put(before(false));
    expect(trust()).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(JSON.parse(before(true)), null, 2)}\n`);
  });

  it.each([0o600, 0o644, 0o664, 0o400])('keeps the mode %o, whatever the mask is', (mode) => {
    put({});
    chmodSync(file, mode);
    const before = process.umask(0o077);
    try {
      expect(trust()).toBe(true);
    } finally {
      process.umask(before);
    }
    expect(statSync(file).mode & 0o777).toBe(mode);
  });

  it('is replaced where a link leads, and the link stays', () => {
    mkdirSync(join(home, 'dotfiles'));
    const target = join(home, 'dotfiles', 'claude.json');
    put({ a: 1 }, target);
    symlinkSync('dotfiles/claude.json', file);
    expect(trust()).toBe(true);
    expect(read(target)).toEqual({ a: 1, projects: { [PROJECT]: TRUSTED } });
    expect([left(), left(join(home, 'dotfiles'))]).toEqual([['.claude.json', 'dotfiles'], ['claude.json']]);
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(target, 'utf8'));
  });

  it('is where the CLI keeps its files, if that is elsewhere', () => {
    const elsewhere = join(home, 'work');
    mkdirSync(elsewhere);
    const untouched = put({});
    put({ a: 1 }, join(elsewhere, '.claude.json'));
    expect(trust({ HOME: home, CLAUDE_CONFIG_DIR: elsewhere })).toBe(true);
    expect(read(join(elsewhere, '.claude.json'))).toEqual({ a: 1, projects: { [PROJECT]: TRUSTED } });
    expect(readFileSync(file, 'utf8')).toBe(untouched);
    expect(trust({ HOME: home, CLAUDE_CONFIG_DIR: '' })).toBe(true);
    expect(read()).toEqual({ projects: { [PROJECT]: TRUSTED } });
  });

  it('is not looked for where nothing tells its place', () => {
    expect([trust({}), trust({ HOME: home, CLAUDE_CONFIG_DIR: 'relative' })]).toEqual([false, false]);
  });

  it('is left alone while another process has its lock', () => {
    const before = put({});
    mkdirSync(`${file}.lock`);
    expect(trust()).toBe(false);
    expect([readFileSync(file, 'utf8'), left()]).toEqual([before, ['.claude.json', '.claude.json.lock']]);
    rmSync(`${file}.lock`, { recursive: true });
    expect(trust()).toBe(true);
  });

  it.each(['', '{', 'null', '[]', '"text"', '5', '{}{}', '{"a":1,}', `{"a":"${'x'.repeat(10_000_000)}"}`])('is left alone where it is not understood: %.20j', (content) => {
    put(content);
    expect(trust()).toBe(false);
    expect(readFileSync(file, 'utf8') === content).toBe(true);
    expect(left()).toEqual(['.claude.json']);
  }); // prettier-ignore

  it.each(['"no"', '[]', 'null'])('gets projects where there were none: %s', (projects) => {
    put(`{"projects":${projects},"a":1}`);
    expect(trust()).toBe(true);
    expect(read()).toEqual({ a: 1, projects: { [PROJECT]: TRUSTED } });
  });

  it('is made for no CLI that has none', () => {
    expect(trust()).toBe(false);
    expect(left()).toEqual([]);
    mkdirSync(file);
    expect(trust()).toBe(false);
    expect([left(), left(file)]).toEqual([['.claude.json'], []]);
  });

  it.runIf(process.getuid?.() === 0)('is left alone where it is of another user', () => {
    const before = put({});
    chownSync(file, 12_345, 12_345);
    expect(trust()).toBe(false);
    expect([readFileSync(file, 'utf8'), statSync(file).uid]).toEqual([before, 12_345]);
  });

  it('takes away what was left of a change that was not finished', () => {
    put({ a: 1 });
    const torn = `${file}.${String(process.pid)}.tmp`;
    put('{"a":', torn);
    expect([trust(), trust()]).toEqual([false, true]);
    expect(existsSync(torn)).toBe(false);
    expect(read()).toEqual({ a: 1, projects: { [PROJECT]: TRUSTED } });
  });
});
