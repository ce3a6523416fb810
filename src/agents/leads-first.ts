import { securityRoleOf } from '../security/text/roles.js';
import type { ManagedAgent } from '../store/managed-agents.js';

type Named = Pick<ManagedAgent, 'name' | 'role' | 'owner' | 'since'>;

export const isLead = ({ role }: Pick<ManagedAgent, 'role'>): boolean => securityRoleOf(role) === 'pm';

/**
 * In the order in which they are started again: those that lead, then those that have started others, then the rest; the
 * oldest first.
 */
export function leadsFirst<T extends Named>(agents: readonly T[]): readonly T[] {
  const owners = new Set(agents.map(({ owner }) => owner));
  const rank = (agent: T): number => {
    if (isLead(agent)) return 0;
    return owners.has(`agent:${agent.name}`) ? 1 : 2;
  };
  return agents.toSorted((a, b) => rank(a) - rank(b) || a.since - b.since || (a.name < b.name ? -1 : 1));
}
