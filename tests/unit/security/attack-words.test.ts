import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OrcError } from '../../../src/kernel/errors.js';
import { decisionOf } from '../../../src/security/audit/call-event.js';
import { refusalEvent } from '../../../src/security/events.js';
import { createSlots } from '../../../src/security/outer/concurrency.js';
import { allowedDirectory } from '../../../src/security/text/directory.js';
import { environmentEntries } from '../../../src/security/text/environment.js';
import { sessionName, windowName } from '../../../src/security/text/names.js';
import { call } from './calls.js';

/** Under which word a refusal is recorded. */
function ruleOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    const { message, hint, details } = error as OrcError;
    expect(JSON.stringify([message, hint, details])).not.toContain('injection');
    return decisionOf(call(), error, {}).rule;
  }
  return undefined;
}

describe('a name', () => {
  it.each(['$(id)', '${HOME}', '#(id)', '#{pane_id}', '`id`', 'a; rm -rf x', 'a || b', 'a && b', 'x|sh', 'a;/bin/sh'])(
    'such as %j is an attempt to run something',
    (name) => {
      expect(ruleOf(() => sessionName(name))).toBe('command_injection');
      expect(ruleOf(() => windowName(name))).toBe('command_injection');
    },
  );

  it.each(['a b', 'R&D', 'caf\u00e9', '-x', 'a:b', 'price $5', '#1', 'a;', ''])('such as %j is a mistake', (name) => {
    expect(ruleOf(() => sessionName(name))).toBe('tool_validation_failed');
  });
});

describe('a variable', () => {
  it.each(['LD_PRELOAD', 'ld_library_path', 'DYLD_INSERT_LIBRARIES', 'NODE_OPTIONS', 'BASH_ENV', 'GIT_SSH_COMMAND'])(
    '%s is an attempt to run something',
    (name) => {
      expect(ruleOf(() => environmentEntries({ [name]: 'x' }))).toBe('command_injection');
    },
  );
  it.each(['PATH', 'TMUX', 'ORC_X', 'A-B'])('%s is a mistake', (name) => {
    expect(ruleOf(() => environmentEntries({ [name]: 'x' }))).toBe('tool_validation_failed');
  });
});

describe('a folder', () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/nowhere', 'd-')));
    for (const name of ['home/.ssh', 'home/code', 'elsewhere']) mkdirSync(join(root, name), { recursive: true });
    symlinkSync(join(root, 'elsewhere'), join(root, 'home', 'link'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const rule = async (path: string): Promise<string | undefined> => {
    const policy = { allowedPaths: [], maxPathChars: 1024, home: join(root, 'home'), own: join(root, 'home') };
    const error: unknown = await allowedDirectory(path, policy).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error === undefined ? undefined : decisionOf(call(), error, {}).rule;
  };

  it('reached by "..", by a link out of what is allowed, or one of credentials is traversal', async () => {
    expect(await rule(`${root}/home/code/../../elsewhere`)).toBe('path_traversal');
    expect(await rule(`${root}/home/link`)).toBe('path_traversal');
    expect(await rule(`${root}/home/.ssh`)).toBe('path_traversal');
    expect(await rule('/proc/self')).toBe('path_traversal');
  });

  it('elsewhere, or none at all, is a mistake', async () => {
    expect(await rule(`${root}/elsewhere`)).toBe('tool_validation_failed');
    expect(await rule(`${root}/none`)).toBe('tool_validation_failed');
    expect(await rule('work')).toBe('tool_validation_failed');
    expect(await rule(`${root}/home/code`)).toBeUndefined();
  });
});

it('a full queue of calls is an exhausted resource', async () => {
  const slots = createSlots(1, 0, 'a place');
  await slots.take(new AbortController().signal);
  const error: unknown = await slots.take(new AbortController().signal).catch((thrown: unknown) => thrown);
  expect(decisionOf(call(), error, {})).toMatchObject({ result: 'deny', rule: 'resource_exhaustion' });
});

it('these words are as grave as the classes say', () => {
  expect(refusalEvent('command_injection')?.class).toBe('critical');
  expect(refusalEvent('path_traversal')?.class).toBe('critical');
  expect(refusalEvent('resource_exhaustion')?.class).toBe('high');
});
