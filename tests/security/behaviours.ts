import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createApp } from '../../src/app/create-app.js';
import type { DispatchResult } from '../../src/app/dispatcher.js';
import type { ErrorCode } from '../../src/kernel/errors.js';
import { createMemoryStore } from '../../src/store/memory-store.js';
import { createFakeTmux, type FakeTmux } from '../support/fake-tmux.js';

/**
 * What users of the original could rely on, row by row of the table of its tests, and the weaknesses that were found in
 * it. Where ours differs on purpose, the case says why; docs/migrating.md tells the same to its users.
 */
export interface Behaviour {
  readonly row: number | string;
  readonly what: string;
  /** Why it is not as it was. */
  readonly differs?: string;
  readonly check: () => void | Promise<void>;
}

const title = ({ row, what, differs }: Behaviour): string =>
  `${typeof row === 'number' ? `row ${String(row)}` : row}: ${what}${differs === undefined ? '' : ` (ours: ${differs})`}`;

export function behaviours(about: string, cases: readonly Behaviour[]): void {
  describe(about, () => {
    it.each(cases.map((each) => [title(each), each.check] as const))('%s', async (_title, check) => {
      await check();
    });
  });
}

/** Expects each of these to be shown, or to be told apart with a reason. */
export function expectAllRows(
  cases: readonly Behaviour[],
  [from, to]: readonly [number, number],
  apart: Readonly<Record<number, string>> = {},
): void {
  const shown = new Set(cases.map(({ row }) => row));
  const all = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  expect(all.filter((row) => !shown.has(row) && !Object.hasOwn(apart, row))).toEqual([]);
  expect(Object.keys(apart).filter((row) => shown.has(Number(row)) || Number(row) < from || Number(row) > to)).toEqual([]); // prettier-ignore
}

/** The program on a tmux and a state in memory. */
export interface Program {
  readonly tmux: FakeTmux;
  readonly folder: string;
  readonly call: (name: string, args?: unknown, client?: string) => Promise<DispatchResult>;
  /** Names of the sessions that tmux holds. */
  readonly sessions: () => Promise<string[]>;
  /** How often tmux was asked for anything. */
  readonly asked: () => number;
}

export async function program(flags: Readonly<Record<string, string>> = {}): Promise<Program> {
  const fake = createFakeTmux();
  const folder = realpathSync(mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/tmp', 'p-')));
  let asked = 0;
  const counted: FakeTmux = Object.fromEntries(
    Object.entries(fake).map(([name, value]: [string, unknown]) => [
      name,
      typeof value !== 'function' ? value : (...given: unknown[]): unknown => (asked++, (value as (...all: unknown[]) => unknown).apply(counted, given)), // prettier-ignore
    ]),
  ) as unknown as FakeTmux;
  const server = createMemoryStore();
  const app = await createApp({
    ...{ tmux: counted, cwd: folder, env: { HOME: folder }, writeLog: () => undefined },
    // What the monitor asks tmux is not what a call asks.
    flags: { 'security.audit.enabled': 'false', 'monitoring.enabled': 'false', ...flags },
    stores: { user: createMemoryStore(), server: () => server, found: () => server, all: () => [] },
  });
  onTestFinished(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    ...{ tmux: fake, folder },
    call: (name, args = {}, client = 'a') => app.dispatcher.dispatch({ name, args, surface: 'mcp', client }),
    sessions: async () => (await fake.list()).sessions.map(({ name }) => name),
    asked: () => asked,
  };
}

export const codeOf = (result: DispatchResult): 'ok' | ErrorCode => (result.ok ? 'ok' : result.error.code);

/** Expects every one of these to be refused by its form. */
export function refusesAll<T>(check: (value: T) => unknown, values: readonly T[]): void {
  for (const value of values)
    expect(() => check(value), JSON.stringify(value)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
}
