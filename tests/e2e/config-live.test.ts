import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { ok } from '../support/panes.js';
import { type Host, legacyHost } from '../support/program.js';
import { createWorld, until } from '../support/world.js';

const world = createWorld();
const USER = join(world.env.XDG_CONFIG_HOME!, 'tmux-orchestrator', 'config.yaml');
const REWRITES_PER_SECOND = 200;
const SECONDS = 4;
let host: Host | undefined;
afterAll(async () => {
  await host?.close();
  await world.close();
});

/** The last good values, written in many ways: a session of the user's is never seen. */
const good = (round: number): string =>
  `# ${'x'.repeat(round % 50)}\ntmux: {scope: owned}\nmcp: {max_result_bytes: 9000}\n`;
const BROKEN = [
  '',
  'tmux: {scope: al',
  'tmux: {scope: everything}\n',
  'a: 1\na: 2\n',
  '- list\n',
  'tmux: {scope: all}\nx: y\n',
];

describe('a config that is rewritten all the time', () => {
  it('fails no call and never shows values that are not good', { timeout: 60_000 }, async () => {
    mkdirSync(dirname(USER), { recursive: true });
    writeFileSync(USER, good(0));
    await world.tmux('new-session', '-d', '-s', 'users-own');
    host = await legacyHost(world);
    expect((await ok(host, 'list_sessions')).sessions).toEqual([]);

    let rewrites = 0;
    const until200 = performance.now() + SECONDS * 1000;
    const rewriting = (async () => {
      const started = performance.now();
      while (performance.now() < until200) {
        // In place, as echo and simple editors do: emptied first.
        writeFileSync(USER, rewrites % 3 === 0 ? BROKEN[(rewrites / 3) % BROKEN.length]! : good(rewrites));
        rewrites++;
        const due = started + (rewrites * 1000) / REWRITES_PER_SECOND;
        await sleep(Math.max(0, due - performance.now()));
      }
    })();
    let calls = 0;
    while (performance.now() < until200) {
      expect((await ok(host, 'list_sessions')).sessions).toEqual([]);
      calls++;
    }
    await rewriting;
    expect(rewrites).toBeGreaterThan(REWRITES_PER_SECOND * SECONDS * 0.5);
    expect(calls).toBeGreaterThan(50);

    // What stays at the end counts: first a broken file, then a good one.
    writeFileSync(USER, 'tmux: {scope: everything}\n');
    await until('the refusal', () => host!.stderr().includes('the last good values stay'));
    expect(host.stderr()).not.toContain('everything');
    expect((await ok(host, 'list_sessions')).sessions).toEqual([]);
    writeFileSync(USER, 'tmux: {scope: all}\nmcp: {read_only: true}\n');
    await until('the new values', async () => (await ok(host!, 'list_sessions')).sessions.length === 1);
    await until('the note', () => host!.stderr().includes('only in effect after a restart: mcp.read_only'));
    expect((await host.listTools()).map(({ name }) => name)).toContain('kill_session');
  });
});
