import type { ManagedAgent } from '../store/managed-agents.js';
import type { Listing } from '../tmux/listing.js';
import { type AdoptWish, adoptAgent } from './adopt.js';
import type { Message, Messages } from './delivery/messages.js';
import { markDone } from './done.js';
import { sendMessage, type SendSources, type SendWish } from './delivery/send.js';
import { agentNamed, type AgentFacts, isLive, observe, observeAll, type Observed } from './service.js';
import { type Answered, answerAgent } from './control/answer.js';
import { type Interrupted, interruptAgent } from './control/interrupt.js';
import { type Killed, killAgent } from './control/kill.js';
import { type Restarted, restartAgent, type RestartWish } from './control/restart.js';
import type { Dialog } from '../providers/dialog.js';
import type { Look } from './look.js';
import { type AgentAnswer, type AgentPage, type AgentPane, readAnswer, readConversation, readPane } from './read.js';
import type { AgentRecord } from './records.js';
import type { AgentUsage, Usage } from './usage.js';
import type { Rounds } from './wait/rounds.js';
import { type AgentWait, type AgentWaitResult, waitForAgents } from './wait/wait-for-agents.js';
import { spawnAgent } from './spawn.js';
import type { Spawned, Spawner, SpawnSources, SpawnWish, Waiting } from './spawn-wish.js';

/** An agent as one look has shown it, with the evidence. */
export interface Explained {
  readonly facts: AgentFacts;
  readonly look: Look;
  readonly record: AgentRecord;
  /** When it was looked at, on the clock of the evidence. */
  readonly now: number;
  /** How long ago that was, in milliseconds, where it was kept; undefined: it was looked at now. */
  readonly ageMs?: number | undefined;
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
  /** @throws OrcError as {@link sendMessage} */
  readonly send: (wish: SendWish) => Promise<Message>;
  /** How many messages wait, by agent. */
  readonly unread: () => Promise<ReadonlyMap<string, number>>;
  /** What their processes use, by agent; only what was measured a short while ago. */
  readonly usage: () => Promise<ReadonlyMap<string, Usage>>;
  readonly inbox: Inbox;
  /** @throws OrcError NOT_FOUND, CANCELLED */
  readonly wait: (wait: AgentWait) => Promise<AgentWaitResult>;
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

export interface Inbox {
  /** Of whom the call is, where that is an agent. */
  readonly own: string | undefined;
  /** Messages to an agent that are kept, oldest first. @throws OrcError NOT_FOUND, DENIED */
  readonly read: (name: string) => Promise<readonly Message[]>;
  /** Those of these that waited for the caller itself; from then on they are delivered. */
  readonly take: (ids: readonly string[]) => Promise<readonly Message[]>;
  /** The caller itself has done its work. */
  readonly done: () => Promise<void>;
}

/** What an app has of agents once, and each call uses. */
export interface AgentServices extends SpawnSources, Omit<SendSources, keyof SpawnSources | 'interrupt'> {
  readonly messages: Messages;
  readonly usage: Pick<AgentUsage, 'of'>;
  readonly rounds: () => Rounds;
  /** As a monitor in this process has seen it a short while ago, and nothing was sent to it since. */
  readonly recent: (name: string) => { readonly view: Observed; readonly ageMs: number } | undefined;
}

/** @param spawner whoever makes the call */
export function createAgents(sources: AgentServices, spawner: Spawner): Agents {
  const { tmux, rows, messages, sender } = sources;
  /** What a caller may not see, it may not read the mail of. */
  const visible = async (name: string, listing: Listing): Promise<ManagedAgent> => {
    const agent = await agentNamed(rows, name);
    if (sender.agent?.name !== name && isLive(agent, listing)) await sources.permit.look(agent.pane);
    return agent;
  };
  /** What the monitor has seen of it, for who may see that. */
  const recent = async ({ name, pane, panePid }: ManagedAgent): Promise<ReturnType<AgentServices['recent']>> => {
    const kept = sources.recent(name);
    if (kept?.view.record.panePid !== panePid) return undefined;
    const isDenied = await sources.permit.look(pane).then(() => false, () => true); // prettier-ignore
    return isDenied ? undefined : kept;
  };
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
      const kept = await recent(agent);
      const seen = kept?.view ?? (await observe(sources, agent, await tmux.list()));
      return { ...seen, now: sources.clock.mono(), ageMs: kept?.ageMs };
    },
    send: (wish) =>
      sendMessage(
        { ...sources, interrupt: (name) => interruptAgent(sources, name, (work) => work()).then(() => undefined) },
        wish,
      ),
    unread: messages.counts,
    usage: async () => sources.usage.of(await rows.list()),
    inbox: {
      own: sender.agent?.name,
      read: async (name) => messages.of((await visible(name, await tmux.list())).name),
      done: () => (sender.agent === undefined ? Promise.resolve() : markDone(sources, sender.agent.name)),
      take: (ids) => (sender.agent === undefined ? Promise.resolve([]) : messages.take(sender.agent.name, ids)),
    },
    wait: async (wait) => {
      const listing = await tmux.list();
      await Promise.all(wait.names.map((name) => visible(name, listing)));
      // What waits for them may have nobody else: a command line that sent it has ended.
      const unread = await messages.counts();
      for (const name of wait.names) if (unread.has(name)) sources.office().kick(name);
      return waitForAgents(sources.rounds(), sources.clock, wait);
    },
    readAnswer: (name) => readAnswer(sources, name),
    readTranscript: (name, from) => readConversation(sources, name, from),
    readPane: (name) => readPane(sources, name),
  };
}
