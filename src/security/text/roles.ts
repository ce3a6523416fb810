/** How far a caller is trusted by what it is, least first. */
export const SECURITY_ROLES = ['guest', 'worker', 'pm', 'host', 'operator'] as const;
export type SecurityRole = (typeof SECURITY_ROLES)[number];

/** The one who has less. */
export const lowerRole = (one: SecurityRole, other: SecurityRole): SecurityRole =>
  SECURITY_ROLES.indexOf(one) <= SECURITY_ROLES.indexOf(other) ? one : other;

const LEADS = 'pm';
const WORKS = 'worker';

/** What agents do, and with which rights: those that lead a team, and those that work in it. */
const AGENT_ROLES: Readonly<Record<string, typeof LEADS | typeof WORKS>> = {
  ...{ pm: LEADS, 'project-manager': LEADS, orchestrator: LEADS, orc: LEADS },
  ...{ developer: WORKS, dev: WORKS, backend: WORKS, frontend: WORKS },
  ...{ qa: WORKS, 'qa-engineer': WORKS, tester: WORKS, devops: WORKS, ops: WORKS },
  ...{ reviewer: WORKS, 'code-reviewer': WORKS, researcher: WORKS, research: WORKS },
  ...{ docs: WORKS, documentation: WORKS, writer: WORKS },
};

const TEAM_TYPES = new Set(['frontend', 'backend', 'fullstack', 'testing']);

/**
 * An agent's role in its one spelling; undefined for one that is not known. Case does not matter.
 * @param more further roles, from the config
 */
export function agentRole(text: string, more: readonly string[] = []): string | undefined {
  const wanted = text.toLowerCase();
  if (Object.hasOwn(AGENT_ROLES, wanted)) return wanted;
  return more.map((role) => role.toLowerCase()).find((role) => role === wanted);
}

/** A team's type in its one spelling; undefined for one that is not known. Case does not matter. */
export function teamType(text: string): string | undefined {
  const wanted = text.toLowerCase();
  return TEAM_TYPES.has(wanted) ? wanted : undefined;
}

/** The rights that go with an agent's role. Whatever is not known to lead works. */
export function securityRoleOf(role: string): typeof LEADS | typeof WORKS {
  const known = role.toLowerCase();
  return Object.hasOwn(AGENT_ROLES, known) && AGENT_ROLES[known] === LEADS ? LEADS : WORKS;
}
