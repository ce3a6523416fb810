import { chmodSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { trustFile } from '../../../src/config/folders.js';
import { loadConfig } from '../../../src/config/load.js';
import { addTrust, openTrust, removeTrust } from '../../../src/config/trust.js';
import { createProject, refusal } from './project.js';

const project = createProject();
beforeEach(project.clear);
afterAll(project.close);

const { env } = project.sources();
const FILE = trustFile(env);
const SUM = 'a'.repeat(64);
const AT = new Date(0);
const mode = (path: string): number => statSync(path).mode & 0o777;

describe('the list of trusted project files', () => {
  it('is kept for the user alone, and holds path and content', () => {
    addTrust(env, '/p', SUM, AT);
    addTrust(env, '/q', 'b'.repeat(64), AT);
    expect([mode(FILE), mode(dirname(FILE))]).toEqual([0o600, 0o700]);
    const store = openTrust(env);
    expect([store.trusts('/p', SUM), store.trusts('/p', 'b'.repeat(64)), store.trusts('/x', SUM)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([store.knows('/p'), store.knows('/x'), store.knows('constructor')]).toEqual([true, false, false]);
    expect([removeTrust(env, '/p'), removeTrust(env, '/p')]).toEqual([true, false]);
    expect([openTrust(env).knows('/p'), openTrust(env).knows('/q')]).toEqual([false, true]);
  });

  it('closes an open folder and file when it writes', () => {
    addTrust(env, '/p', SUM, AT);
    chmodSync(dirname(FILE), 0o755);
    chmodSync(FILE, 0o644);
    addTrust(env, '/q', SUM, AT);
    expect([mode(FILE), mode(dirname(FILE))]).toEqual([0o600, 0o700]);
    expect(openTrust(env).knows('/p')).toBe(true);
  });

  const good = (): string => {
    addTrust(env, '/p', SUM, AT);
    return readFileSync(FILE, 'utf8');
  };

  it.each([
    ['that others can write to', () => { chmodSync(FILE, 0o666); }],
    ['that the group can write to', () => { chmodSync(FILE, 0o660); }],
    ['that is a link', (text: string) => { writeFileSync(`${FILE}.x`, text); rmSync(FILE); symlinkSync(`${FILE}.x`, FILE); }],
    ['of another form', () => { writeFileSync(FILE, JSON.stringify({ version: 1, trusted: { '/p': true } })); }],
    ['of another version', (text: string) => { writeFileSync(FILE, text.replace('1', '2')); }],
    ['that is broken', (text: string) => { writeFileSync(FILE, text.slice(0, -5)); }],
    ['that is huge', (text: string) => { writeFileSync(FILE, text + ' '.repeat(1_048_577)); }],
  ])('trusts nothing %s, and says so', async (_what, spoil) => {
    spoil(good());
    const store = openTrust(env);
    expect([store.trusts('/p', SUM), store.knows('/p')]).toEqual([false, false]);
    expect(store.warning).toMatch(/^the list of trusted project files is not used: /);
    project.write(project.projectFile, '{}');
    expect((await loadConfig(project.sources())).warnings).toEqual([store.warning]);
    // The next trust begins a new list.
    rmSync(FILE, { force: true });
    addTrust(env, '/q', SUM, AT);
    expect(openTrust(env)).toMatchObject({ warning: undefined });
  }); // prettier-ignore

  it('is taken back with the effect of the file', async () => {
    project.write(project.projectFile, 'http: {port: 1}');
    project.trust();
    expect((await loadConfig(project.sources())).config.http.port).toBe(1);
    expect(removeTrust(env, project.projectFile)).toBe(true);
    expect((await refusal(loadConfig(project.sources()))).details?.key).toBe('http.port');
  });
});
