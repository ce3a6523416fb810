import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { okOf, type Host } from './program.js';
import { addScript, withPrograms } from './programs.js';
import { createWorld, until, type World } from './world.js';

const DRAWN = fileURLToPath(new URL('drawn-agent.mjs', import.meta.url));

/** A world in which `claude` is a program that draws itself like it (drawn-agent.mjs). */
export function drawnWorld(settings: Readonly<Record<string, string>> = {}): World {
  const world = withPrograms(createWorld(settings));
  addScript(world, 'claude', `exec ${process.execPath} ${DRAWN} "$@"`);
  return world;
}

export interface Question {
  readonly title?: string;
  readonly about?: string;
  readonly labels?: readonly string[];
  readonly marked?: number;
  /** What a key changes besides; null: it is not taken. */
  readonly on?: Readonly<Record<string, object | null>>;
  /** How long it takes no key at all. */
  readonly deafMs?: number;
}

/** An agent that draws itself, with what it noted. */
export interface Drawn {
  readonly name: string;
  readonly pane: string;
  readonly pid: number;
  readonly noted: () => string[];
  readonly keys: () => string[];
  readonly chosen: () => string[];
  readonly status: () => Promise<any>;
  readonly becomes: (state: string) => Promise<unknown>;
}

let count = 0;

/** @param more of spawn_agent; DRAWN_DEAF in env is what it takes no notice of */
export async function drawn(world: World, host: Host, more: Readonly<Record<string, unknown>> = {}): Promise<Drawn> {
  const name = `drawn-${String(++count)}`;
  const log = join(world.home, name);
  const { agent } = await okOf(host, 'spawn_agent', { name, provider: 'claude', ...more, env: { DRAWN_LOG: log, ...(more.env as object | undefined) } });
  const pid = Number(await world.tmux('display-message', '-p', '-t', agent.pane, '#{pane_pid}'));
  const noted = (): string[] => readFileSync(log, 'utf8').trimEnd().split('\n');
  const of = (word: string): string[] => noted().flatMap((line) => (line.startsWith(word) ? [line.slice(word.length)] : []));
  const status = (): Promise<any> => okOf(host, 'get_agent_status', { agent: name });
  return {
    ...{ name, pane: agent.pane, pid, noted, status, keys: () => of('key '), chosen: () => of('chose ') },
    becomes: (state) => until(`${name} to be ${state}`, async () => (await status()).state === state),
  };
} // prettier-ignore

/** One that asks these questions, one after the other. */
export function asking(world: World, host: Host, ...questions: readonly Question[]): Promise<Drawn> {
  const usual = { title: 'Do you want to proceed?', about: 'touch x', labels: ['No', 'Yes'], marked: 0 };
  const all = questions.map((question) => ({ ...usual, ...question }));
  return drawn(world, host, { briefing: `ask ${JSON.stringify(all)}` });
}
