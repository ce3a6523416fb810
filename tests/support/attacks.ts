import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { ERROR_CODES, type ErrorCode, type ErrorObject } from '../../src/kernel/errors.js';
import { operations } from '../../src/operations/index.js';
import { cliJson, type Host, legacyHost } from './program.js';
import { createWorld, until, type World } from './world.js';

/** One case of tests/fixtures/attacks/cases.json. Only its main expectation is used, not what it would also allow. */
export interface Attack {
  readonly id: string;
  readonly class: string;
  readonly tool_kind: string;
  readonly input: unknown;
  readonly expect: 'reject' | 'strip' | 'accept_literal';
  readonly expected_output?: string;
  /** What the injection detector has to find, for example `score>=0.5`. */
  readonly detector?: string;
}

const ALL = JSON.parse(
  readFileSync(new URL('../fixtures/attacks/cases.json', import.meta.url), 'utf8'),
) as readonly Attack[];

export const DOORS = ['MCP', 'CLI'] as const;
export type DoorName = (typeof DOORS)[number];

/** Cases that are not run through some doors, and why. */
export type Exceptions = Readonly<Record<string, { readonly doors: readonly DoorName[]; readonly reason: string }>>;

/** The cases of one kind, and which of them were run. */
export interface Ledger {
  readonly of: (door: DoorName, wanted?: Attack['expect']) => Attack[];
  readonly ran: (door: DoorName, attack: Attack) => void;
  /** Fails when a case of the file was neither run nor excepted. */
  readonly expectComplete: (door: DoorName) => void;
}

export function openLedger(kind: string, exceptions: Exceptions): Ledger {
  const ran = new Map<DoorName, Set<string>>(DOORS.map((door) => [door, new Set()]));
  const inFile = ALL.filter((attack) => attack.tool_kind === kind);
  const excepted = (door: DoorName): string[] =>
    Object.keys(exceptions).filter((id) => exceptions[id]?.doors.includes(door) === true);
  return {
    of: (door, wanted) =>
      inFile.filter(({ id, expect: wants }) => !excepted(door).includes(id) && (wanted ?? wants) === wants),
    ran: (door, { id }) => ran.get(door)?.add(id),
    expectComplete: (door) => {
      expect(inFile.length).toBeGreaterThan(0);
      expect([...(ran.get(door) ?? []), ...excepted(door)].sort()).toEqual(inFile.map(({ id }) => id).sort());
    },
  };
}

export interface ResultData {
  readonly session: { readonly id: string; readonly name: string };
  readonly window: { readonly id: string; readonly index: number; readonly name: string };
  readonly pane: { readonly id: string };
  readonly text: string;
  readonly bytes_sent: number;
  readonly injection?: { readonly confidence: number };
  readonly removed: { readonly escapes: number; readonly controls: number; readonly hidden: number };
}
export type Outcome =
  /** The text is that of MCP. */
  | { readonly ok: true; readonly data: ResultData; readonly text?: string | undefined }
  | { readonly ok: false; readonly error: ErrorObject };
export type ToolCall = readonly [tool: string, args: Readonly<Record<string, unknown>>];

interface Door extends Pick<Host, 'close'> {
  readonly call: (...call: ToolCall) => Promise<Outcome>;
}

function commandLine(tool: string, args: ToolCall[1]): string[] {
  const form = operations.find((operation) => operation.name === tool)?.cli;
  if (form === undefined) throw new Error(`no operation ${tool}`);
  const flags = Object.entries(args).filter(([name]) => !form.positional.includes(name));
  return [
    ...form.path,
    ...form.positional.flatMap((name) => args[name] ?? []).map(String),
    ...flags.flatMap(([name, value]) => [`--${name.replaceAll('_', '-')}`, String(value)]),
  ];
}

async function openDoor(name: DoorName, world: World): Promise<Door> {
  if (name === 'CLI') {
    const call: Door['call'] = async (tool, args) => {
      const { code, ...result } = await cliJson(world, commandLine(tool, args));
      expect(code).toBe(result.ok ? 0 : ERROR_CODES[result.error.code].exit);
      return result as unknown as Outcome;
    };
    return { call, close: async () => undefined };
  }
  const host = await legacyHost(world);
  return {
    close: host.close,
    call: async (tool, args) => {
      const result = await host.call(tool, args);
      if (result.isError !== true)
        return { ok: true, data: result.structuredContent as ResultData, text: result.content[0]?.text };
      const { error } = result.structuredContent as { error: ErrorObject };
      expect(result.content[0]?.text).toBe(`${error.code}: ${error.message}\n${error.hint}`);
      return { ok: false, error };
    },
  };
}

/** A tmux server with a session `keep`, one door of the program, and a folder where no file may come to exist. */
export interface Arena {
  readonly door: DoorName;
  readonly world: World;
  readonly call: Door['call'];
  /** A file that only a job of tmux or a shell would make. */
  readonly canary: (name: string) => string;
  /** The case's input with its forms and placeholders filled in. */
  readonly read: (attack: Attack, places?: Readonly<Record<string, string>>) => unknown;
  /** What of it takes effect when it is accepted. */
  readonly expected: (attack: Attack) => unknown;
  /** Everything that a refused call must leave as it is: the server, its sessions, windows, panes and buffers. */
  readonly snapshot: () => Promise<string[]>;
  readonly expectNoCanary: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Stands in the server's environment; no reply may show it. */
const SECRET = 'a-value-of-the-environment';
const SNAPSHOT =
  '#{pid} #{session_id} #{session_name} #{window_id} #{window_index} #{window_name} #{pane_id} #{pane_index} #{pane_pid} #{pane_dead}';
/** Limits and confirmations have tests of their own; here they would only hide what the grammar lets through. */
const NO_LIMITS = {
  TMUX_ORC_SECURITY_RATE_LIMIT_ENABLED: 'false',
  TMUX_ORC_SECURITY_BUDGET_ENABLED: 'false',
  TMUX_ORC_SECURITY_LOOP_DETECTION_ENABLED: 'false',
  TMUX_ORC_SECURITY_TRUST_CONFIRM_FROM_RISK: 'critical',
};

/** Jobs that tmux starts for a client may end with it; with another client attached they are likelier to live. */
async function attachControlClient(world: World): Promise<() => Promise<unknown>> {
  const argv = ['-u', '-L', world.socketName, '-C', 'attach-session', '-t', 'keep', '-f', 'no-output,ignore-size'];
  const client = spawn('tmux', argv, { env: world.env, stdio: ['pipe', 'pipe', 'ignore'] });
  const closed = once(client, 'close');
  await once(client.stdout, 'data');
  client.stdout.resume();
  client.stdin.on('error', () => undefined);
  return () => {
    client.stdin.end();
    return closed;
  };
}

function fill(input: unknown, places: Readonly<Record<string, string>>): unknown {
  if (typeof input === 'string') {
    return input.replaceAll(/\{\{([A-Z]+)\}\}/g, (_match, name: string) => {
      const place = places[name];
      if (place === undefined) throw new Error(`nothing for the placeholder ${name}`);
      return place;
    });
  }
  if (typeof input !== 'object' || input === null) return input;
  const form = input as { $repeat?: string; count?: number; $hex?: string; $concat?: unknown[]; $base64_of?: unknown };
  if (form.$concat !== undefined) return form.$concat.map((part) => fill(part, places)).join('');
  if (form.$base64_of !== undefined) return Buffer.from(fill(form.$base64_of, places) as string).toString('base64');
  if (form.$repeat !== undefined) return form.$repeat.repeat(form.count ?? 0);
  if (form.$hex !== undefined) return Buffer.from(form.$hex, 'hex');
  if (Object.keys(input).some((key) => key.startsWith('$'))) throw new Error('a form that is not known here');
  return input;
}

/** @param prepare runs before the first session: what the environment of the program needs. */
export async function openArena(doorName: DoorName, prepare?: (world: World) => void): Promise<Arena> {
  const world = createWorld({ ...NO_LIMITS, GITHUB_TOKEN: SECRET });
  const canaries = mkdtempSync(join(dirname(world.folder), 'canaries-'));
  const canary = (name: string): string => join(canaries, name);
  prepare?.(world);
  await world.tmux('new-session', '-d', '-s', 'keep', '-n', 'still', '-x', '200', '-y', '50', 'exec sleep 100000');
  const detach = await attachControlClient(world);
  const door = await openDoor(doorName, world);
  return {
    door: doorName,
    world,
    call: async (tool, args) => {
      const outcome = await door.call(tool, args);
      expect(JSON.stringify(outcome)).not.toContain(SECRET);
      return outcome;
    },
    canary,
    expected: ({ id, input, expected_output: output }) => fill(output ?? input, { CANARY: canary(id) }),
    read: ({ id, input }, places = {}) => fill(input, { CANARY: canary(id), ...places }),
    snapshot: async () => {
      const panes = await world.tmux('list-panes', '-a', '-F', SNAPSHOT);
      return `${panes}\n${await world.tmux('list-buffers', '-F', '#{buffer_name}')}`.split('\n');
    },
    expectNoCanary: async () => {
      await sleep(2000);
      expect(readdirSync(canaries)).toEqual([]);
      // The same trap, sprung by tmux itself: a job would have run here and its file would have been seen.
      const sprung = canary('sprung');
      await until('a job of tmux', async () => {
        await world.tmux('display-message', '-p', `#(touch ${sprung})`);
        return existsSync(sprung);
      });
    },
    close: async () => {
      await door.close();
      await detach();
      await world.close();
    },
  };
}

/** A case with a canary may win a race in tmux once in a while, so it is tried this often. */
export const REPEATS = 30;

export const hasCanary = ({ input }: Attack): boolean => typeof input === 'string' && input.includes('{{CANARY}}');

/** The calls of a case. A process per call is slow, so on the command line the repeats take the tools in turn. */
function repeated(door: DoorName, attack: Attack, calls: readonly ToolCall[]): ToolCall[] {
  if (!hasCanary(attack)) return [...calls];
  const rounds = door === 'MCP' ? REPEATS * calls.length : Math.max(REPEATS, calls.length);
  return Array.from({ length: rounds }, (_, round) => calls[round % calls.length]!);
}

/** An error says what is wrong without the value, a path, a stack or control bytes. */
export function expectRefusal(outcome: Outcome, value: unknown, codes: readonly ErrorCode[]): void {
  if (outcome.ok) throw new Error(`accepted: ${JSON.stringify(outcome.data)}`);
  const { error } = outcome;
  expect(codes).toContain(error.code);
  expect(error.message.length).toBeGreaterThan(5);
  expect(error.hint.length).toBeGreaterThan(5);
  expect(error.retryable).toBe(false);
  expect(error.correlation_id).toMatch(/^[0-9a-f-]{36}$/);
  const text = [error.message, error.hint, JSON.stringify(error.details ?? {})].join('\n');
  expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  expect(text).not.toMatch(/(?:^|[\s"'`(=])\/\w|\n +at |E2BIG|node:|\.[jt]s:/m);
  // A suggestion is the name of something that exists; an option is the name of an argument.
  const own = text.replaceAll(/Did you mean "[^"]*"\?/g, '').replaceAll(/unknown option "[^"]*"/g, '');
  // One or two characters may stand in any sentence.
  if (typeof value === 'string' && value.length > 2) expect(own).not.toContain(value);
}

/** Makes the calls of a case that must be refused, as often as it asks for, and finds everything as it was. */
export async function expectAllRefused(
  arena: Arena,
  attack: Attack,
  value: unknown,
  calls: readonly ToolCall[],
  codes: readonly ErrorCode[],
): Promise<void> {
  const before = await arena.snapshot();
  for (const call of repeated(arena.door, attack, calls)) expectRefusal(await arena.call(...call), value, codes);
  expect(await arena.snapshot()).toEqual(before);
}

/** Makes one call that must be accepted. */
export async function accepted(arena: Arena, ...call: ToolCall): Promise<ResultData> {
  const outcome = await arena.call(...call);
  if (!outcome.ok) throw new Error(`${call[0]} refused: ${JSON.stringify(outcome.error)}`);
  return outcome.data;
}

/** A format of a pane, window or session, read by tmux itself. */
export const fact = (arena: Arena, id: string, format: string): Promise<string> =>
  arena.world.tmux('display-message', '-p', '-t', id, format);

/** Waits until a pane's program runs in a folder: tmux asks the kernel. Bracketed, to lose no white space at the end. */
export const runsIn = (arena: Arena, pane: string, path: string): Promise<unknown> =>
  until(`a program in ${path}`, async () => (await fact(arena, pane, '<#{pane_current_path}>')) === `<${path}>`);

/** A pane whose program keeps every byte it gets. */
export interface Receiver {
  readonly pane: string;
  /** What came since the last look. */
  readonly take: () => Promise<Buffer>;
}

const RECEIVER = fileURLToPath(new URL('../fixtures/attacks/receiver.mjs', import.meta.url));

/** @param beside a pane to share the window with; without it the receiver gets a window of its own. */
export async function openReceiver({ world }: Arena, name: string, beside?: string): Promise<Receiver> {
  const file = join(world.home, name);
  const where = beside === undefined ? ['new-window', '-t', 'keep:', '-n', name] : ['split-window', '-t', beside];
  const pane = await world.tmux(...where, '-d', '-P', '-F', '#{pane_id}', '--', process.execPath, RECEIVER, file);
  await until('the receiver', async () => (await world.tmux('capture-pane', '-p', '-t', pane)).startsWith('ready'));
  let taken = 0;
  return {
    pane,
    // A pane gets everything in order, so what stands before a mark is all that was sent: no waiting for more.
    take: async () => {
      const mark = `<${randomUUID()}>`;
      await world.tmux('send-keys', '-l', '-t', pane, '--', mark);
      const come = (): Buffer => readFileSync(file).subarray(taken);
      const bytes = await until('the mark', () => (come().includes(mark) ? come() : undefined));
      taken += bytes.length;
      return bytes.subarray(0, bytes.indexOf(mark));
    },
  };
}

/** A text as a program with bracketed paste gets it: one paste, nothing before it, no key after it. */
export const pasted = (text: string): string => `\u001b[200~${text}\u001b[201~`;
