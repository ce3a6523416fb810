import { stateFolder, worktreesFolder } from '../config/folders.js';
import { makePrivateFolder } from '../config/private-files.js';
import type { Config } from '../config/schema.js';
import type { Scope } from '../kernel/scope.js';
import type { Clock } from '../kernel/clock.js';
import { type Agents, type AgentServices, createAgents } from '../agents/create-agents.js';
import { createAccountLimits } from '../agents/account-blocks.js';
import type { DeliverySources } from '../agents/delivery/deliver.js';
import { createMessages } from '../agents/delivery/messages.js';
import { createDoneMarks } from '../agents/done.js';
import { createPostOffice, type PostOffice } from '../agents/delivery/post-office.js';
import { createRounds, type Rounds } from '../agents/wait/rounds.js';
import { holderOf } from '../monitor/lease.js';
import type { Permit } from '../agents/permit.js';
import { createAgentRecords } from '../agents/records.js';
import { createAgentUsage } from '../agents/usage.js';
import { followProviders, type Providers } from '../providers/index.js';
import { createWorktrees } from '../agents/worktree.js';
import { refusalError } from '../security/inner/policy.js';
import { judgeSpawn } from '../security/policy/judge.js';
import { depthBelow, permissionOf } from '../security/policy/permissions.js';
import { createCreations, madeBy } from '../security/risk/creations.js';
import { sessionName } from '../security/text/names.js';
import { createManagedAgents } from '../store/managed-agents.js';
import type { StateStore } from '../store/store.js';
import type { ServerAddress } from '../tmux/server-address.js';
import type { Tmux } from '../tmux/tmux.js';
import { agentEquipment } from './agent-equipment.js';
import type { AppCall } from './dispatcher.js';

/** What goes on beside calls, and what they share of it. */
export interface AgentBackground extends Pick<AgentServices, 'office' | 'rounds'> {
  readonly providers: () => Promise<Providers>;
}

export interface CallAgentsOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly config: () => Config;
  readonly clock: Clock;
  /** Where calls go to. @throws OrcError TMUX_UNAVAILABLE */
  readonly address: () => ServerAddress;
  /** Of the tmux server that calls go to. */
  readonly store: () => StateStore;
  /** The port to tmux behind no gate, for taking back what a call itself has made. */
  readonly open: () => Tmux;
  readonly scope: Scope;
  /** A single command: it delivers its own messages, and leaves those of others. */
  readonly oneShot: boolean;
  readonly background: AgentBackground;
  /** An agent as the monitor of this process has seen it a short while ago. */
  readonly recent: AgentServices['recent'];
}

const MB = 1_048_576;
const nothing = (): undefined => undefined;

/** What is kept of agents. */
export const keptIn = (
  store: StateStore,
): Pick<AgentServices, 'rows' | 'records' | 'usage' | 'done'> & Pick<DeliverySources, 'messages' | 'limits'> => ({
  rows: createManagedAgents(store),
  records: createAgentRecords(store),
  messages: createMessages(store),
  limits: createAccountLimits(store),
  usage: createAgentUsage(store),
  done: createDoneMarks(store),
});

/** What goes on beside calls: delivering, and looking for those who wait. Closed before the port that they use. */
export function createAgentBackground({
  config,
  clock,
  store,
  open,
  scope,
  oneShot,
}: Pick<CallAgentsOptions, 'config' | 'clock' | 'store' | 'open' | 'scope' | 'oneShot'>): AgentBackground {
  const providers = followProviders(() => config().agents.providers);
  const sources = (): DeliverySources => ({ tmux: open(), open, clock, providers, ...keptIn(store()) });
  const isWatched = async (): Promise<boolean> => (await holderOf(store())) !== undefined;
  let office: PostOffice | undefined;
  let rounds: Rounds | undefined;
  const keep = <T extends { readonly close: () => unknown }>(made: T): T => {
    scope.defer(async () => {
      await made.close();
    });
    return made;
  };
  // The port is opened first, so that it is closed last.
  return {
    providers,
    office: () => (office ??= (open(), keep(createPostOffice(sources, oneShot ? undefined : isWatched)))),
    rounds: () => (rounds ??= (open(), keep(createRounds(sources)))),
  };
}

/** The agents as each call has them: who makes it owns what it starts, and is bound by its role. */
export function createCallAgents(
  options: CallAgentsOptions,
): (call: AppCall, tmux: () => Tmux, permit: Permit) => Agents {
  const { env, config, clock, store, background, recent } = options;
  const worktrees = createWorktrees({
    ...{ env, root: worktreesFolder(env) },
    makeFolder: (path) => {
      makePrivateFolder(stateFolder(env), path);
    },
  });
  return (call, tmux, permit) => {
    const { caller, signal } = call;
    // From the first use of agents on, this process delivers what others have left.
    if (!options.oneShot) background.office();
    const { agents, security } = config();
    const permission = permissionOf(caller.role, security.permissions);
    const depth = depthBelow(caller);
    return createAgents(
      {
        ...{ tmux: tmux(), open: options.open, permit, clock, env, signal, worktrees, recent, end: call.time?.end },
        equipment: () => agentEquipment(env, config(), options.address()),
        ...keptIn(store()),
        ...background,
        sender: { id: caller.id, agent: caller.agent && { name: caller.agent.name, role: caller.agent.role } },
        renewed: (server, before, now) => createCreations(store()).renew(server, before, now).catch(nothing),
        madeFor: async (owner, server, things) => {
          const made = things.map(({ id, pid }) => ({ id, pid }));
          await createCreations(store()).add(owner, server, made).catch(nothing);
        },
        undo: (pane) => options.open().killPane(pane).catch(nothing),
        undoMarks: (pane) => options.open().showAgent(pane, undefined).catch(nothing),
      },
      {
        isOwn: ({ id, windows }) => {
          const server = windows[0]?.panes[0]?.server;
          if (server === undefined) return Promise.resolve(false);
          return store().read((view) => madeBy(view, server, id)?.maker === caller.id);
        },
        ownSession: (base) => sessionName(`${base}-${caller.id.replaceAll(/[^A-Za-z0-9_-]+/g, '-')}`.slice(0, 64)),
        isOperator: caller.role === 'operator',
        ...{ owner: caller.id, team: caller.agent?.team ?? null, depth },
        require: (children) => {
          const refusal = judgeSpawn({ role: caller.role, permission, depth, children });
          if (refusal !== undefined) throw refusalError(call, refusal);
        },
        maxAgents: agents.max_agents,
        minFreeBytes: agents.min_free_memory_mb * MB,
      },
    );
  };
}
