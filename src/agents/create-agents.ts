import { type AdoptWish, adoptAgent } from './adopt.js';
import { agentNamed, type AgentFacts, observe, observeAll } from './service.js';
import type { Look } from './look.js';
import { type AgentAnswer, type AgentPage, type AgentPane, readAnswer, readConversation, readPane } from './read.js';
import type { AgentRecord } from './records.js';
import { type Spawned, spawnAgent, type Spawner, type SpawnSources, type SpawnWish, type Waiting } from './spawn.js';

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
  /** @throws OrcError NOT_FOUND */
  readonly explain: (name: string) => Promise<Explained>;
  /** What an agent has said last. @throws OrcError as {@link readAnswer} */
  readonly readAnswer: (name: string) => Promise<AgentAnswer>;
  /** Pages of its conversation. @throws OrcError as {@link readConversation} */
  readonly readTranscript: (
    name: string,
    from: { readonly since: string | undefined; readonly maxBytes: number },
  ) => Promise<AgentPage>;
  /** An agent with its pane, which the caller may read. @throws OrcError as {@link readPane} */
  readonly readPane: (name: string) => Promise<AgentPane>;
}

/** @param spawner whoever makes the call */
export function createAgents(sources: SpawnSources, spawner: Spawner): Agents {
  const { tmux, rows } = sources;
  return {
    spawn: (wish, waiting) => spawnAgent(sources, wish, spawner, waiting),
    adopt: (wish) => adoptAgent(sources, wish, spawner),
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
    readAnswer: (name) => readAnswer(sources, name),
    readTranscript: (name, from) => readConversation(sources, name, from),
    readPane: (name) => readPane(sources, name),
  };
}
