import type { ManagedAgent } from '../store/managed-agents.js';

/** Those that lead a team, and those that lead such. */
const RANKS: Readonly<Record<string, number>> = { pm: 1, 'project-manager': 1, orchestrator: 2, orc: 2 };

export const rankOf = ({ role }: Pick<ManagedAgent, 'role'>): number =>
  Object.hasOwn(RANKS, role) ? (RANKS[role] ?? 0) : 0;

const AGENT = 'agent:';

/** Nearest rank first, then the one that was there first. */
const byNearness = (one: ManagedAgent, other: ManagedAgent): number =>
  rankOf(one) - rankOf(other) || one.since - other.since || (one.name < other.name ? -1 : 1);

function ownerOf(agent: ManagedAgent, others: readonly ManagedAgent[]): ManagedAgent | undefined {
  const starter = agent.owner.startsWith(AGENT) ? agent.owner.slice(AGENT.length) : undefined;
  const owner = starter === undefined ? undefined : others.find(({ name }) => name === starter);
  // One that has come later has only the name of who started it.
  if (owner === undefined || owner.since > agent.since || rankOf(owner) < rankOf(agent)) return undefined;
  return owner.team === null || owner.team === agent.team ? owner : undefined;
}

/**
 * The agent that is told of another one: who leads its team, else who started it. Nobody leads who leads him, so that no
 * two can keep each other awake, and nobody leads an agent of another team.
 * @param fit those that can be told something
 */
export function leadOf(agent: ManagedAgent, fit: readonly ManagedAgent[]): ManagedAgent | undefined {
  const others = fit.filter(({ name }) => name !== agent.name);
  const [nearest] = others
    .filter((other) => agent.team !== null && other.team === agent.team && rankOf(other) > rankOf(agent))
    .sort(byNearness);
  return nearest ?? ownerOf(agent, others);
}
