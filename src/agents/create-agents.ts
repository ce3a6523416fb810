import { type AdoptWish, adoptAgent } from './adopt.js';
import { type Answered, answerAgent } from './control/answer.js';
import { type Interrupted, interruptAgent } from './control/interrupt.js';
import { type Killed, killAgent } from './control/kill.js';
import { type Restarted, restartAgent, type RestartWish } from './control/restart.js';
import type { Dialog } from '../providers/dialog.js';
import { agentNamed, type AgentFacts, observe, observeAll } from './service.js';
import type { Look } from './look.js';
import type { AgentRecord } from './records.js';
import { spawnAgent } from './spawn.js';
import type { Spawned, Spawner, SpawnSources, SpawnWish, Waiting } from './spawn-wish.js';

/** An agent as one look has shown it, with the evidence. */
export interface Explained {
  readonly facts: AgentFacts;
  readonly look: Look;
  readonly record: AgentRecord;
  /** When it was looked at, on the clock of the evidence. */
  readonly now: number;
}

/** The agents of one tmux server, as one call has them. */
export interface Agents {
  /** @throws OrcError as {@link spawnAgent} */
  readonly spawn: (wish: SpawnWish, waiting: Waiting) => Promise<Spawned>;
  /** @throws OrcError as {@link adoptAgent} */
  readonly adopt: (wish: AdoptWish) => Promise<AgentFacts>;
  /** Every agent of this life of the server; those that have ended stay until another takes the name. */
  readonly list: () => Promise<readonly AgentFacts[]>;
  /** @throws OrcError as {@link answerAgent} */
  readonly answer: (name: string, pick: (dialog: Dialog) => number, waiting: Waiting) => Promise<Answered>;
  /** @throws OrcError as {@link interruptAgent} */
  readonly interrupt: (name: string, waiting: Waiting) => Promise<Interrupted>;
  /** @throws OrcError as {@link restartAgent} */
  readonly restart: (name: string, wish: RestartWish, waiting: Waiting) => Promise<Restarted>;
  /** @throws OrcError as {@link killAgent} */
  readonly kill: (name: string, graceMs: number, waiting: Waiting) => Promise<Killed>;
  /** @throws OrcError NOT_FOUND */
  readonly explain: (name: string) => Promise<Explained>;
}

/** @param spawner whoever makes the call */
export function createAgents(sources: SpawnSources, spawner: Spawner): Agents {
  const { tmux, rows } = sources;
  return {
    spawn: (wish, waiting) => spawnAgent(sources, wish, spawner, waiting),
    adopt: (wish) => adoptAgent(sources, wish, spawner),
    answer: (name, pick, waiting) => answerAgent(sources, name, pick, waiting),
    interrupt: (name, waiting) => interruptAgent(sources, name, waiting),
    restart: (name, wish, waiting) => restartAgent(sources, name, wish, spawner, waiting),
    kill: (name, graceMs, waiting) => killAgent(sources, name, graceMs, waiting),
    list: async () => {
      const [listing, all] = await Promise.all([tmux.list(), rows.list()]);
      const ofServer = listing.sessions[0]?.windows[0]?.panes[0]?.server;
      const here = all.filter(({ server }) => server.pid === ofServer?.pid && server.startedAt === ofServer.startedAt);
      return (await observeAll(sources, here, listing)).map(({ facts }) => facts);
    },
    explain: async (name) => {
      const agent = await agentNamed(rows, name);
      return { ...(await observe(sources, agent, await tmux.list())), now: sources.clock.mono() };
    },
  };
}
