import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configLeaves } from '../../../src/config/leaves.js';
import { type LiveConfig, openConfig } from '../../../src/config/live.js';
import { needsRestart } from '../../../src/config/restart.js';
import { until } from '../../support/world.js';
import { createProject, refusal } from './project.js';

const project = createProject();
let live: LiveConfig | undefined;
let said: string[] = [];
beforeEach(() => {
  project.clear();
  said = [];
});
afterEach(() => live?.close());
afterAll(project.close);

async function open(pollMs = 60_000): Promise<LiveConfig> {
  live = await openConfig({
    ...project.sources(),
    onChange: (level, message) => said.push(`${level}: ${message}`),
    pollMs,
    settleMs: 20,
  });
  live.watch();
  return live;
}

const seconds = (): number => live!.current().config.security.timeouts.tool_seconds;
const set = (text: string): void => {
  project.write(project.userFile, text);
};
const SET = (value: unknown): string => `security: {timeouts: {tool_seconds: ${String(value)}}}\n`;

describe('the config of a running program', () => {
  it('follows a changed file at once, told by the file system', async () => {
    set(SET(50));
    await open();
    expect(seconds()).toBe(50);
    set(SET(51));
    await until('the new value', () => seconds() === 51, 2000);
    // As editors do it: a new file takes the name.
    writeFileSync(`${project.userFile}.new`, SET(52));
    renameSync(`${project.userFile}.new`, project.userFile);
    await until('the new value', () => seconds() === 52, 2000);
    expect(said).toEqual(['info', 'info'].map((level) => `${level}: The config has changed: security.timeouts.tool_seconds.`)); // prettier-ignore
  });

  it('finds files and folders that did not exist, and notices when they go', async () => {
    await open(30);
    expect(seconds()).toBe(60);
    set(SET(51));
    await until('the user file', () => seconds() === 51, 2000);
    project.write(project.projectFile, SET(40));
    await until('the project file', () => seconds() === 40, 2000);
    rmSync(dirname(project.projectFile), { recursive: true });
    await until('the end of the project file', () => seconds() === 51, 2000);
    mkdirSync(dirname(project.projectFile));
    writeFileSync(project.projectFile, SET(41));
    await until('the project file in another folder', () => seconds() === 41, 2000);
  });

  it('keeps the last good values when a file is broken, and says what is wrong once', async () => {
    set(SET(50));
    const config = await open(30);
    set(SET('s3cret'));
    await until('the warning', () => config.current().warnings.length > 0, 2000);
    await sleep(150);
    expect(seconds()).toBe(50);
    expect(said).toEqual([
      'warn: The changed config is refused, the last good values stay. $XDG_CONFIG_HOME/tmux-orchestrator/config.yaml: security.timeouts.tool_seconds: expected a number.',
    ]);
    expect(config.current().warnings).toHaveLength(1);
    set('security: [');
    await until('the other warning', () => said.length === 2, 2000);
    set(SET(49));
    await until('the good file', () => seconds() === 49, 2000);
    expect(config.current().warnings).toEqual([]);
  });

  it('does not take the emptied file that a rewrite in place leaves for a moment', async () => {
    set(SET(50));
    await open(5);
    const seen = new Set<number>();
    for (let round = 0; round < 60; round++) {
      writeFileSync(project.userFile, '');
      await sleep(2);
      seen.add(seconds());
      writeFileSync(project.userFile, SET(round === 59 ? 30 : 50));
      await sleep(2);
      seen.add(seconds());
    }
    await until('the last value', () => seconds() === 30, 2000);
    expect(seen).toEqual(new Set([50]));
  });

  it('says what needs a restart, and goes on with what it started with', async () => {
    set('mcp: {read_only: false}\n');
    const config = await open(30);
    set(`mcp: {read_only: true}\ntmux: {socket_name: other}\n${SET(33)}`);
    await until('the part that can change', () => seconds() === 33, 2000);
    expect(config.current().config.mcp.read_only).toBe(false);
    expect(config.current().config.tmux.socket_name).toBeNull();
    expect(config.current().origin.get('tmux.socket_name')).toBe('default');
    expect(said[0]).toBe('warn: Changed, but only in effect after a restart: tmux.socket_name, mcp.read_only.');
    set(SET(34));
    await until('the end of it', () => config.current().warnings.length === 0, 2000);
  });

  it('notices that a project file was trusted, and that the trust ended with its next change', async () => {
    await open(30);
    project.write(project.projectFile, SET(300));
    await until('the refusal', () => said.some((line) => line.includes('expected a smaller number')), 2000);
    expect(seconds()).toBe(60);
    project.trust();
    await until('the trusted value', () => seconds() === 300, 2000);
    writeFileSync(project.projectFile, `${readFileSync(project.projectFile, 'utf8')}# touched\n`);
    await until('the second refusal', () => live!.current().warnings.length > 0, 2000);
    expect(seconds()).toBe(300);
  });

  it('does not start with a broken file', async () => {
    set('a: [');
    expect((await refusal(openConfig(project.sources()))).code).toBe('CONFIG_INVALID');
  });

  it('keeps no process alive, and looks at nothing once it is closed', async () => {
    const before = process.getActiveResourcesInfo().length;
    set(SET(50));
    const config = await open(10);
    // Neither timers nor watches hold the process.
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
    set(SET(51));
    config.close();
    await sleep(100);
    expect(seconds()).toBe(50);
    config.close();
    config.watch();
  });

  it('knows which keys need a restart', () => {
    const paths = configLeaves().map(({ path }) => path);
    expect(paths.filter(needsRestart).length).toBeGreaterThan(10);
    expect(['log.level', 'security.rate_limit.max_requests', 'profile'].filter(needsRestart)).toEqual([]);
  });
});
