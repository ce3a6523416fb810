import type { Config } from '../../config/schema.js';
import type { Logger } from '../../kernel/logger.js';
import type { OutputFilter } from '../../security/outer/output-filter.js';
import type { Approvals } from '../../security/risk/approvals.js';
import { createCreations } from '../../security/risk/creations.js';
import type { StateStore } from '../../store/store.js';
import type { ServerAddress } from '../../tmux/server-address.js';
import type { Listing } from '../../tmux/listing.js';
import type { Tmux } from '../../tmux/tmux.js';
import type { Scope } from '../../kernel/scope.js';
import type { Clock } from '../../kernel/clock.js';
import type { Agents } from '../../agents/create-agents.js';
import type { PaneProcess } from '../identity/ancestry.js';
import { type AgentBackground, type CallAgentsOptions, createCallAgents } from '../agents.js';
import type { AppCall } from '../dispatcher.js';
import type { Stores } from '../stores.js';
import type { Permit } from '../../agents/permit.js';
import type { Act, Gate } from './act.js';
import { endingAgents } from './ending-agents.js';
import { createGate } from './gate.js';
import { guardTmux } from './guarded-tmux.js';
import { checkTyped } from './held-text.js';
import { ownPane } from './own-pane.js';
import { targetOf } from './target-of.js';

export interface CallTmuxOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly config: () => Config;
  readonly logger: Logger;
  readonly outgoing: OutputFilter;
  readonly stores: Stores;
  readonly approvals: Approvals;
  /** Socket of the tmux server that calls go to. */
  readonly socketPath: () => string;
  /** The same with the program. @throws OrcError TMUX_UNAVAILABLE */
  readonly address: () => ServerAddress;
  readonly open: () => Tmux;
  readonly background: AgentBackground;
  readonly recent: CallAgentsOptions['recent'];
  readonly clock: Clock;
  readonly scope: Scope;
  readonly oneShot: boolean;
  /** Panes that this process descends from. */
  readonly processes: readonly PaneProcess[];
  /** Told when an option of a pane says something else than the rows. */
  readonly onOption: (call: AppCall, pane: string) => void;
}

/** What the handler of one call has of tmux, and of the agents there. */
export interface CallTmux {
  readonly tmux: () => Tmux;
  readonly readable: Gate['readable'];
  readonly agents: () => Agents;
}

/** Waits go by their own clamp. */
const withinCall = (tmux: Tmux, { time }: AppCall): Tmux => (time === undefined ? tmux : tmux.endingBy(time.end));

/** What the gate of a call lets it do to agents. */
function permitOf(gate: Gate, tmux: () => Tmux, begin: () => void = () => undefined): Permit {
  const listing = (): Promise<Listing> => tmux().list();
  const check = async (act: Act): Promise<void> => {
    await gate.check(act, listing);
    begin();
  };
  return {
    look: (pane) => gate.look(pane, listing),
    input: async (target, says, text) => {
      const program = targetOf(await listing(), target)?.panes[0]?.command;
      if (text !== undefined && program !== undefined) checkTyped(gate.messages(), program, text, 'message');
      await check({ deed: 'input', target, reaches: true, says });
    },
    stop: async (pane, serverPid) => {
      await gate.interrupt(pane, serverPid, listing);
      begin();
    },
    end: (target, says) => check({ deed: 'destroy', target, reaches: true, says }),
    restart: (target, says, what) => check({ deed: 'destroy', target, reaches: true, says, ...what }),
  };
}

/** The port to tmux as each call has it: behind a gate of its own. It is opened when the call first needs it. */
export function createCallTmux(options: CallTmuxOptions): (call: AppCall) => CallTmux {
  const { env, config, logger, outgoing, stores, approvals, socketPath, onOption } = options;
  const store = (): StateStore => stores.server(socketPath());
  const judging = {
    settings: () => config().security,
    scope: () => config().tmux.scope,
    ...{ approvals, logger, clean: outgoing.text, store, onOption },
    creations: () => createCreations(store()),
    ownPane: () => ownPane(env, socketPath()),
    ownProcesses: options.processes,
  };
  const agentsOf = createCallAgents({
    env,
    config,
    clock: options.clock,
    store,
    open: options.open,
    address: options.address,
    scope: options.scope,
    oneShot: options.oneShot,
    background: options.background,
    recent: options.recent,
  });
  return (call) => {
    const gate = createGate(judging, call);
    let guarded: Tmux | undefined;
    const port = (): Tmux => endingAgents(withinCall(options.open(), call), store, options.open().list);
    const tmux = (): Tmux => (guarded ??= guardTmux(port(), gate, call.time?.begin));
    const permit = permitOf(gate, tmux, call.time?.begin);
    return { tmux, readable: gate.readable, agents: () => agentsOf(call, tmux, permit) };
  };
}
