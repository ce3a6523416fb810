import type { AgentState } from '../kernel/agent-words.js';
import type { Holder, Pulse } from '../monitor/lease.js';
import type { CacheStats } from '../monitor/terminal-cache.js';
import type { Listing } from '../tmux/listing.js';

/** How the tmux server of a process stands, asked without its lasting connection. */
export type ServerState =
  | {
      readonly state: 'running';
      readonly pid: number;
      /** Seconds since the epoch. */
      readonly startedAt: number;
      readonly version: string;
    }
  | { readonly state: 'no_server' }
  | { readonly state: 'not_answering'; readonly problem: string };

export interface TmuxFacts {
  readonly socketPath: string;
  /** Of the tmux program, which may be newer than a server that it finds running; undefined when it does not tell. */
  readonly programVersion: string | undefined;
  readonly server: ServerState;
}

/** How a caller stands with the rate limit. */
export interface RateStanding {
  /** Calls like this one that would be admitted now. */
  readonly calls: number;
  /** Milliseconds until there is one; 0: now. */
  readonly waitMs: number;
  /** Counted with all processes of the user; false while their store does not answer. */
  readonly shared: boolean;
}

/** How a caller stands with its budget of changes. */
export interface BudgetStanding {
  /** Changes that it may still make. */
  readonly calls: number;
  readonly max: number;
  /** Milliseconds until the count starts anew; undefined when nothing is counted yet. */
  readonly resetsInMs: number | undefined;
  /** As of {@link RateStanding}. */
  readonly shared: boolean;
}

/** Who watches over the tmux server, and how that goes. */
export interface MonitorFacts {
  readonly isEnabled: boolean;
  readonly holder: (Holder & { readonly pulse?: Pulse | undefined }) | undefined;
  /** It is this process. */
  readonly isHere: boolean;
}

/** An account of a provider whose limit is used up. */
export interface BlockedStanding {
  /** What it is called where people read it. */
  readonly account: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly isGuess: boolean;
  /** Agents whose turn was cut. */
  readonly agents: readonly string[];
}

/** What the program knows of itself. */
export interface ProgramStatus {
  readonly versions: { readonly tmuxOrc: string; readonly node: string };
  readonly profile: string;
  readonly warnings: readonly string[];
  readonly concurrency: {
    readonly working: number;
    readonly maxWorking: number;
    readonly waiting: number;
    readonly maxWaiting: number;
    readonly queued: number;
    readonly maxQueued: number;
  };
  /** Of requests to tmux: open while they are refused, half open while a few are tried. */
  readonly breaker: {
    readonly state: 'closed' | 'open' | 'half_open';
    readonly failures: number;
    readonly retryAfterMs?: number;
  };
  /** Of the caller; undefined when nothing limits it. */
  readonly rate: () => Promise<RateStanding | undefined>;
  /** Likewise. */
  readonly budget: () => Promise<BudgetStanding | undefined>;
  readonly monitor: () => Promise<MonitorFacts>;
  /** As the monitor of this process has listed it a short while ago; undefined: nobody has, or not all of it may be told. */
  readonly listing: () => { readonly listing: Listing; readonly ageMs: number } | undefined;
  readonly cache: CacheStats & { readonly maxEntries: number };
  /** What the agents of a tmux server were seen to do last. @param serverPid its process */
  readonly agentStates: (serverPid: number) => Promise<readonly AgentState[]>;
  /** Accounts whose agents wait for the end of a limit. */
  readonly blocked: () => Promise<readonly BlockedStanding[]>;
  /** Never starts a server. @throws OrcError TMUX_UNAVAILABLE when no tmux program is found. */
  readonly tmux: () => Promise<TmuxFacts>;
}
