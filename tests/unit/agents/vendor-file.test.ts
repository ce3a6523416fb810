import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/agents/status/evidence.js';
import { vendorEvidence, vendorFolder } from '../../../src/agents/vendor-file.js';
import { claude } from '../../../src/providers/claude.js';

const registry = claude.registry!;
const NOW = { mono: 50_000, wall: 1_800_000_000_000 };
const PID = process.pid;

/** Field 22 (proc(5)): the name before it may have blanks and brackets. */
const stat = readFileSync('/proc/self/stat', 'latin1');
const START = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(process.env.TMUX_TMPDIR!, 'vendor-'));
  mkdirSync(join(folder, 'sessions'));
  file = join(folder, 'sessions', `${String(PID)}.json`);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const put = (content: unknown): void => {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
};
const seen = (pid = PID): Evidence[] => vendorEvidence(registry, folder, pid, NOW);

describe('where a CLI keeps its files', () => {
  it('is what its variable says, else a folder of the home', () => {
    expect(vendorFolder(registry, { HOME: '/home/me' })).toBe('/home/me/.claude');
    expect(vendorFolder(registry, { HOME: '/home/me', CLAUDE_CONFIG_DIR: '' })).toBe('/home/me/.claude');
    expect(vendorFolder(registry, { HOME: '/home/me', CLAUDE_CONFIG_DIR: '/other/it' })).toBe('/other/it');
    expect(vendorFolder(registry, { CLAUDE_CONFIG_DIR: '/other/it' })).toBe('/other/it');
    expect(vendorFolder(claude.trust!, { HOME: '/home/me' })).toBe('/home/me');
  });

  it('is unknown where it depends on where the CLI is', () => {
    expect(vendorFolder(registry, { HOME: '/home/me', CLAUDE_CONFIG_DIR: 'work' })).toBeUndefined();
    expect(vendorFolder(registry, {})).toBeUndefined();
  });
});

describe('what Claude Code writes of itself', () => {
  it.each([
    [{ status: 'idle' }, 'idle'],
    [{ status: 'shell' }, 'idle'],
    [{ status: 'busy' }, 'working'],
    [{ status: 'waiting', waitingFor: 'permission prompt' }, 'waiting_permission'],
    [{ status: 'waiting', waitingFor: 'worker' }, 'waiting_input'],
    [{ status: 'waiting' }, 'waiting_input'],
  ])('says by %j that it is %s', (content, says) => {
    put(content);
    expect(seen()).toEqual([{ source: 'registry', says, rule: `status ${content.status}`, at: NOW.mono }]);
  });

  it.each([
    [NOW.wall - 700, NOW.mono - 700],
    [new Date(NOW.wall - 700).toISOString(), NOW.mono - 700],
    [NOW.wall + 700, NOW.mono],
    ['soon', undefined],
  ])('tells since when: %s', (statusUpdatedAt, since) => {
    put({ status: 'busy', statusUpdatedAt });
    expect(seen()[0]?.since).toBe(since);
  });

  it('counts for the process that wrote it, and no other one of its number', () => {
    put({ status: 'busy', procStart: START });
    expect(seen()).toHaveLength(1);
    put({ status: 'busy', procStart: Number(START) });
    expect(seen()).toHaveLength(1);
    put({ status: 'busy', procStart: `${START}1` });
    expect(seen()).toEqual([]);
    expect(seen(2 ** 30)).toEqual([]);
  });

  it.each(['', '{', 'null', '[]', '{}', '{"status":5}', '{"status":"new"}', `{"status":"busy","x":"${'x'.repeat(65_536)}"}`])('is nothing where it is %.20j', (content) => {
    put(content);
    expect(seen()).toEqual([]);
  }); // prettier-ignore

  it('is nothing where it is no plain file, and is not waited for', () => {
    expect(seen()).toEqual([]);
    execFileSync('mkfifo', [file]);
    expect(seen()).toEqual([]);
    rmSync(file);
    writeFileSync(join(folder, 'elsewhere'), '{"status":"busy"}');
    symlinkSync(join(folder, 'elsewhere'), file);
    expect(seen()).toEqual([]);
  });
});
