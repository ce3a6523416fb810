import type { ManagedAgent } from '../../store/managed-agents.js';
import type { Caller } from '../ring.js';
import { lowerRole, type SecurityRole, securityRoleOf } from '../text/roles.js';

/** Which agent each sign of a process speaks of. */
export interface Claims {
  /** A process above this one is the first one of the agent's pane. Nobody can choose that. */
  readonly ancestry: ManagedAgent | undefined;
  /** The environment names the agent's pane. Whoever starts a program can write it. */
  readonly environment: ManagedAgent | undefined;
  /** The environment names a pane without an agent. */
  readonly otherPane: boolean;
  /** The environment holds the agent's token; `unknown` for one that is no agent's. */
  readonly token: ManagedAgent | 'unknown' | undefined;
}

/** Why the signs do not settle it. */
export type Doubt = 'signs_differ' | 'unknown_token' | 'unproven';

export interface Identity {
  /** Undefined for a process that no sign ties to an agent. */
  readonly caller: Caller | undefined;
  readonly doubt: Doubt | undefined;
}

const NOBODY = 'agent:unknown';

/** The environment alone is a claim; with the token that only that pane was given, or by descent, it is shown. */
function isProven({ ancestry, environment, token }: Claims): boolean {
  if (ancestry !== undefined) return true;
  return typeof token === 'object' && token.name === environment?.name;
}

function doubtOf(claims: Claims, names: ReadonlySet<string>): Doubt | undefined {
  if (claims.token === 'unknown') return 'unknown_token';
  if (names.size > 1 || (names.size === 1 && claims.otherPane)) return 'signs_differ';
  return names.size === 1 && !isProven(claims) ? 'unproven' : undefined;
}

/**
 * Who a process is by its signs. Where they differ the one with less rights counts, and what is not shown is a guest.
 * Pure: what is asked about and what the program goes by is the same.
 */
export function identify(claims: Claims): Identity {
  const { ancestry, environment, token } = claims;
  const told = typeof token === 'object' ? token : undefined;
  const claimed = [ancestry, told, environment].filter((agent) => agent !== undefined);
  const [agent] = claimed;
  const doubt = doubtOf(claims, new Set(claimed.map(({ name }) => name)));
  if (agent === undefined) {
    return { caller: doubt === undefined ? undefined : { id: NOBODY, role: 'guest' }, doubt };
  }
  const least = claimed.map(({ role }) => securityRoleOf(role)).reduce<SecurityRole>(lowerRole, 'pm');
  const role = isProven(claims) && doubt !== 'unknown_token' ? least : 'guest';
  return { caller: { id: `agent:${agent.name}`, role, agent }, doubt };
}
