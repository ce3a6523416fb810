import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Host, legacyHost, okOf } from '../../support/program.js';
import { createWorld, until, type World } from '../../support/world.js';
import { type ModelStub, openModelStub } from '../stub/server.js';
import { type Cli, CLIS, type Home, ownTemporary, prepareHome } from './clis.js';

/** One CLI with its home and its stub, driven through the built server by a host. */
export interface Driven {
  readonly world: World;
  readonly stub: ModelStub;
  readonly home: Home;
  /** Calls a tool. Throws where it says no. */
  readonly ok: (name: string, args?: object) => Promise<any>;
  readonly spawn: (name: string, more?: object) => Promise<any>;
  /** Types a text into the pane and presses Enter. */
  readonly say: (pane: string, text: string) => Promise<void>;
  readonly stateOf: (agent: string) => Promise<string>;
  readonly becomes: (agent: string, state: string, timeoutMs?: number) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const ONLY = (process.env.LAB_ONLY ?? '').split(',').filter((id) => id !== '');

/** Those that this run is for. */
export const CHOSEN: readonly Cli[] = CLIS.filter(({ id }) => ONLY.length === 0 || ONLY.includes(id));

/** A home of a CLI with its own stub. */
export interface Place extends Pick<Driven, 'stub' | 'home' | 'close'> {
  /** Arguments of spawn_agent. */
  readonly start: object;
}

/** @param change makes another first start of it, for example one that asks for trust */
export async function settle(cli: Cli, change: (home: Home) => void = () => undefined): Promise<Place> {
  const stub = await openModelStub();
  const path = mkdtempSync(join(process.env.LAB_HOMES ?? '', `${cli.id}-`));
  const home = { path, project: join(path, 'proj'), url: stub.url };
  prepareHome(cli, home);
  execFileSync('git', ['init', '-q', home.project]);
  change(home);
  return {
    ...{ stub, home },
    start: {
      ...{ provider: cli.id, cwd: home.project },
      ...(cli.model === undefined ? {} : { model: cli.model }),
      env: { HOME: path, ...ownTemporary(home), ...cli.env(home) },
    },
    close: async () => {
      await stub.close();
      try {
        rmSync(path, { recursive: true, force: true });
      } catch {
        // What it has left in the background still writes there; both go with the run.
      }
    },
  };
}

/** What our server needs for agents that are in such homes. */
export const worldSettings = (...homes: readonly Home[]): Readonly<Record<string, string>> => ({
  PATH: `${process.env.LAB_BIN ?? ''}:${process.env.PATH ?? ''}`,
  TMUX_ORC_SECURITY_SANITIZER_ALLOWED_PATHS: homes.map(({ path }) => path).join(','),
});

/**
 * @param change makes another first start of it, for example one that asks for trust
 * @param settings of the server, as variables
 */
export async function drive(
  cli: Cli,
  change?: (home: Home) => void,
  settings: (home: Home) => Readonly<Record<string, string>> = () => ({}),
): Promise<Driven> {
  const place = await settle(cli, change);
  const { stub, home } = place;
  const world = createWorld({ ...worldSettings(home), ...settings(home) });
  const host: Host = await legacyHost(world);
  const ok: Driven['ok'] = (name, args = {}) => okOf(host, name, { ...args });
  const stateOf: Driven['stateOf'] = async (agent) => (await ok('get_agent_status', { agent })).state;
  return {
    ...{ world, stub, home, ok, stateOf },
    spawn: (name, more = {}) => ok('spawn_agent', { name, ...place.start, ...more }),
    say: async (pane, text) => {
      await ok('send_keys', { target: pane, text });
      await sleep(700);
      await ok('send_keys', { target: pane, keys: ['Enter'] });
    },
    becomes: (agent, state, timeoutMs) =>
      until(`${agent} to be ${state}`, async () => (await stateOf(agent)) === state, timeoutMs),
    close: async () => {
      await host.close();
      await world.close();
      await place.close();
    },
  };
}
