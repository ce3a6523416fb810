import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, legacyHost } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

const ROUNDS = 30;

/** Exchanges a folder for a link to another one and back, by renames, each after a moment of its own. */
const SWAPPER = `
const { renameSync, rmSync, symlinkSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const [folder, aside, link, outside] = process.argv.slice(1);
let go = true;
process.stdin.on('data', () => { go = false; });
process.stdout.write('ready');
(async () => {
  while (go) {
    symlinkSync(outside, link);
    renameSync(folder, aside);
    renameSync(link, folder);
    if (Math.random() < 0.7) await sleep(Math.random() * 10);
    rmSync(folder);
    renameSync(aside, folder);
    await sleep(Math.random() * 30);
  }
  process.exit(0);
})();`;

interface Swapped {
  readonly folder: string;
  readonly aside: string;
  readonly outside: string;
}

/** @returns what stops it, with everything back in its place */
async function swapping({ folder, aside, outside }: Swapped): Promise<() => Promise<unknown>> {
  const paths = [folder, aside, `${folder}-link`, outside];
  const child = spawn(process.execPath, ['-e', SWAPPER, ...paths], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  return () => {
    child.stdin.end('stop');
    return ended;
  };
}

describe('a folder that is exchanged while a pane is opened in it', () => {
  let world: World;
  let host: Host;
  let swapped: Swapped;
  beforeAll(async () => {
    world = createWorld();
    const folder = join(world.folder, 'swapped');
    swapped = { folder, aside: join(world.folder, 'aside'), outside: join(dirname(world.folder), 'outside') };
    mkdirSync(folder);
    mkdirSync(swapped.outside);
    await world.tmux('new-session', '-d', '-s', 'keep', 'exec sleep 100000');
    host = await legacyHost(world);
  });
  afterAll(async () => {
    await host.close();
    await world.close();
  });

  /** Opens windows while the folder is exchanged. @returns ids of their panes, and codes of what was refused */
  async function open(command: readonly string[] | undefined): Promise<{ panes: string[]; codes: Set<string> }> {
    const panes: string[] = [];
    const codes = new Set<string>();
    const stop = await swapping(swapped);
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const result = await host.call('create_window', { session: 'keep', cwd: swapped.folder, command });
        if (result.isError === true) codes.add(result.structuredContent.error.code);
        else panes.push(result.structuredContent.pane.id);
      }
    } finally {
      await stop();
    }
    return { panes, codes };
  }
  const panes = async (format: string): Promise<string[]> =>
    (await world.tmux('list-panes', '-s', '-t', 'keep', '-F', `#{pane_id} ${format}`)).split('\n').slice(1);

  it('never leads a program elsewhere: it begins there or not at all', { timeout: 120_000 }, async () => {
    const file = join(world.home, 'began');
    const made = await open(['/bin/sh', '-c', `pwd -P >> ${file}; exec sleep 1000`]);
    // Both happened, or nothing was shown.
    expect(made.panes.length).toBeGreaterThan(0);
    expect([...made.codes]).toEqual(['INVALID_INPUT']);
    // What was reported as created has begun, and what was refused has left no pane.
    const said = (): string[] => readFileSync(file, 'utf8').trim().split('\n');
    await until('all programs', () => existsSync(file) && said().length === made.panes.length);
    expect(await panes('#{pane_dead}')).toEqual(made.panes.map((id) => `${id} 0`));
    // The folder is the one that was asked for, also while it stands aside.
    for (const folder of said()) expect([swapped.folder, swapped.aside]).toContain(folder);
  });

  it('never leaves a shell in a folder that is not allowed', { timeout: 120_000 }, async () => {
    const before = (await panes('')).length;
    const made = await open(undefined);
    expect(made.panes.length).toBeGreaterThan(0);
    expect([...made.codes]).toEqual(['INVALID_INPUT']);
    const folders = (await panes('#{pane_current_path}')).slice(before).map((line) => line.split(' ')[1] ?? '');
    expect(folders).toContain(swapped.folder);
    // Where the path was no folder at that moment, tmux goes to the home, which is allowed.
    for (const folder of folders) expect(`${folder}/`).toMatch(new RegExp(`^(?:${world.folder}|${world.home})/`));
  });
});
