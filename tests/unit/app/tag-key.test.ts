import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutgoing } from '../../../src/app/outgoing.js';
import { createTagKey } from '../../../src/app/tag-key.js';
import type { TagWorkerArguments } from '../../support/tag-worker.js';
import { createWorkers } from '../../support/workers.js';
import { GITHUB } from '../security/text/redactor.js';

let state: string;
let root: string;
let path: string;
let problems: string[];
beforeEach(() => {
  state = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/nowhere', 'tag-'));
  root = join(state, 'tmux-orchestrator');
  path = join(root, 'redaction.key');
  problems = [];
});
afterEach(() => {
  rmSync(state, { recursive: true, force: true });
});

const env = (): NodeJS.ProcessEnv => ({ HOME: state, XDG_STATE_HOME: state });
/** What a process that starts now makes of a text. */
function redacted(text: string): string {
  const settings = { secrets: true, pii: false, custom: [] };
  const onProblem = (message: string): void => void problems.push(message);
  return createOutgoing({ env: env(), cwd: state, settings: () => settings, onProblem }).text(text);
}
const MARK = /^\[REDACTED:github:[0-9a-f]{4}\]$/;
/** Three tokens: by chance one tag in 65536 is that of another key, three are not. */
const THREE = [GITHUB, GITHUB.replace(/.$/, 'x'), GITHUB.replace(/.$/, 'y')].join('\n');

describe('the key of tags', () => {
  it('is made when the first secret is found, for us alone', () => {
    expect(redacted('nothing secret')).toBe('nothing secret');
    expect(existsSync(root)).toBe(false);
    expect(redacted(GITHUB)).toMatch(MARK);
    expect(readdirSync(root)).toEqual(['redaction.key']);
    expect([root, path].map((file) => (statSync(file).mode & 0o777).toString(8))).toEqual(['700', '600']);
    expect(readFileSync(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it('is the same for those who come later, and another for another user', () => {
    const first = redacted(THREE);
    expect(redacted(THREE)).toBe(first);
    rmSync(path);
    expect(redacted(THREE)).not.toBe(first);
    expect(problems).toEqual([]);
  });

  it('is the same for many processes that need it at once', async () => {
    const workers = await createWorkers<TagWorkerArguments>('tag-worker.ts');
    try {
      const started = Array.from({ length: 8 }, () => workers.start({ state, text: THREE }));
      await Promise.all(started.map(({ ready }) => ready));
      expect(existsSync(root)).toBe(false);
      for (const { go } of started) go();
      await Promise.all(started.map(({ ended }) => ended));
      const texts = started.map(({ lines }) => lines);
      expect(texts).toEqual(started.map(() => [redacted(THREE)]));
      expect(readdirSync(root)).toEqual(['redaction.key']);
    } finally {
      workers.close();
    }
  });

  it('is only read, not made, for a command that only looks', () => {
    createTagKey({ env: env(), make: false })();
    expect(existsSync(root)).toBe(false);
    redacted(GITHUB);
    const key = createTagKey({ env: env(), make: false })();
    expect(`${key.export().toString('hex')}\n`).toBe(readFileSync(path, 'utf8'));
  });

  it.each([
    [
      'a link',
      () => {
        symlinkSync(join(state, 'elsewhere'), path);
      },
    ],
    [
      'what others can read',
      () => {
        writeFileSync(path, `${'0'.repeat(64)}\n`);
        chmodSync(path, 0o644);
      },
    ],
    [
      'no key',
      () => {
        writeFileSync(path, 'x', { mode: 0o600 });
      },
    ],
    [
      'a folder',
      () => {
        mkdirSync(path);
      },
    ],
  ])('is one of the process when in its place is %s', (_what, put) => {
    mkdirSync(root, { mode: 0o700 });
    put();
    const first = redacted(THREE);
    expect(first.split('\n').every((line) => MARK.test(line))).toBe(true);
    expect(redacted(THREE)).not.toBe(first);
    expect(problems).toHaveLength(2);
    expect(problems[0]).not.toContain(state);
    expect(existsSync(join(state, 'elsewhere'))).toBe(false);
  });

  it('is one of the process when the state folder cannot be made', () => {
    writeFileSync(root, 'in the way');
    expect(redacted(GITHUB)).toMatch(MARK);
    expect(problems).toHaveLength(1);
  });
});
