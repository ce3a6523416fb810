import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Host, legacyHost, okOf } from './program.js';
import { type ProgramWorld, withPrograms } from './programs.js';
import { createWorld, until, type World } from './world.js';

/** The program, to be started under the name `claude`. */
export const FAKE_AGENT = fileURLToPath(new URL('fake-agent.mjs', import.meta.url));

/** So many times, or as long as these faults are in force. */
type Times = number | true;

/** What goes wrong. What is not said goes as it does with Claude Code 2.1.328. */
export interface FaultsOfMessage {
  /** Enter does nothing. */
  readonly swallow_enter?: Times;
  /** A paste reaches the composer only after so long; an Enter before that finds what was there. */
  readonly slow_echo_ms?: number;
  /** A text with `@` or `/` opens a list of completions, above the composer as with the real one; it eats one Enter. */
  readonly picker?: true | 'below';
  /** A paste opens a dialog, and stands in the composer once that is answered. */
  readonly dialog_mid_paste?: Times;
  /** The dialog keeps no paste, as with the real one. */
  readonly dialog_loses_paste?: true;
  /** `plain`: `No` is chosen beforehand, and nothing is numbered. Else `numbered`. */
  readonly dialog?: 'plain' | 'numbered';
  /** The process ends when the paste, or the Enter, arrives. */
  readonly exit_mid_send?: 'paste' | 'enter';
  /** So long after an Enter the text still stands in the composer, and whatever else arrives waits. */
  readonly slow_submit_ms?: number;
  /** A paste never shows. */
  readonly drop_paste?: Times;
}

export interface Faults extends FaultsOfMessage {
  /** What a person has half typed stands in the composer; typed once, when these faults come into force. */
  readonly draft?: string;
  /** The whole screen is drawn anew every 10 ms, every third time with half of a composer. */
  readonly repaint_storm?: true;
  /** The screen shows work for ever. */
  readonly endless_spinner?: true;
  readonly no_hooks?: true;
  /** The composer is that of vim: it starts to insert, and Escape makes commands of what is typed; pastes stay text. */
  readonly vim?: boolean;
  /** Hooks tell what was pasted as it is, without the tags around a collapsed paste. */
  readonly paste_tag?: false;
  /** Each queued message gets a turn of its own and is told of only then; the real one tells at once, and takes all together. */
  readonly queue_alone?: true;
  /** One for each message, in the order in which texts arrive, beside the others; none when they are used up. */
  readonly each?: readonly FaultsOfMessage[];
}

/** What has really happened. */
export interface Truth {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** A text was submitted: exactly what arrived. */
  readonly taken?: string;
  readonly during?: 'idle' | 'turn';
  /** What hooks tell of it, where that is not the same. */
  readonly told?: string;
  /** A turn began, with these. */
  readonly began?: readonly string[];
  /** A turn is over, also by Escape. */
  readonly ended?: true;
  /** What was chosen in a dialog; null: it was left by Escape or Ctrl-C. */
  readonly answered?: string | null;
  readonly interrupted?: true;
  /** A limit has cut the turn. */
  readonly limited?: true;
  /** It stood in the composer. */
  readonly cleared?: string;
  /** They waited for the end of a turn, and came back into the composer by Up. */
  readonly withdrawn?: readonly string[];
  /** Pastes: by a fault, or by a dialog. */
  readonly dropped?: string;
  readonly lost?: string;
  readonly swallowed?: 'enter';
  /** A command of its own, such as /exit. */
  readonly command?: string;
  readonly exit?: string;
  readonly faults?: number;
}

/** What one fake agent goes by and tells. */
export interface FakeFiles {
  readonly env: Readonly<Record<string, string>>;
  readonly truth: () => Truth[];
  /** Takes the place of all other faults. @param isRunning waits until they are in force */
  readonly fault: (faults: Faults, isRunning?: boolean) => Promise<void>;
}

/** @param folder is made */
export function createFakeFiles(folder: string): FakeFiles {
  const log = join(folder, 'log');
  const control = join(folder, 'control');
  mkdirSync(control, { recursive: true });
  const file = join(control, 'faults.json');
  let count = 0;
  const lines = (): Truth[] => {
    const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
    // The last line may be half written.
    return text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Truth); // prettier-ignore
  };
  return {
    env: { FAKE_LOG: log, FAKE_FAULTS: file },
    truth: () => lines().filter(({ faults }) => faults === undefined),
    fault: async (faults, isRunning = true) => {
      const id = ++count;
      writeFileSync(`${file}.new`, JSON.stringify({ ...faults, id }));
      renameSync(`${file}.new`, file);
      if (isRunning)
        await until('faults to be in force', () =>
          lines().some((line) => line.faults === id || line.exit !== undefined),
        );
    },
  };
}

/** Fake agents that are started as real ones are. */
export interface FakeFleet {
  readonly world: ProgramWorld;
  readonly host: Host;
  /** Calls a tool that has to succeed. */
  readonly ok: (tool: string, args?: Record<string, unknown>) => Promise<any>;
  /** @param more of spawn_agent @returns what that gives of the agent */
  readonly spawn: (name: string, env?: Readonly<Record<string, string>>, more?: object) => Promise<any>;
  readonly truth: (name: string) => Truth[];
  /** Texts that were submitted, in order. */
  readonly taken: (name: string) => string[];
  /** For an agent that runs, or is to be started. */
  readonly fault: (name: string, faults: Faults) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Puts the fake agent on PATH as `claude`, and starts a host. Needs the built program. */
export async function openFakeFleet(plain: World = createWorld()): Promise<FakeFleet> {
  const world = withPrograms(plain);
  symlinkSync(FAKE_AGENT, join(world.programs, 'claude'));
  const host = await legacyHost(world);
  const files = new Map<string, FakeFiles>();
  const started = new Set<string>();
  const filesOf = (name: string): FakeFiles => {
    const found = files.get(name) ?? createFakeFiles(join(plain.home, 'fakes', name));
    files.set(name, found);
    return found;
  };
  const ok: FakeFleet['ok'] = (tool, args = {}) => okOf(host, tool, args);
  const truth = (name: string): Truth[] => filesOf(name).truth();
  return {
    ...{ world, host, ok, truth },
    spawn: async (name, env = {}, more = {}) => {
      const args = { name, provider: 'claude', ...more, env: { ...filesOf(name).env, ...env } };
      const { agent, ready } = await ok('spawn_agent', args);
      if (ready !== true) throw new Error(`${name} is not ready: ${JSON.stringify(agent)}`);
      started.add(name);
      return agent;
    },
    taken: (name) => truth(name).flatMap(({ taken }) => (taken === undefined ? [] : [taken])),
    fault: (name, faults) => filesOf(name).fault(faults, started.has(name)),
    close: async () => {
      await host.close();
      await world.close();
    },
  };
}
