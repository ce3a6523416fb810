import type { AgentFacts } from '../agents/service.js';
import type { AgentState } from '../kernel/agent-words.js';
import type { OperationContext } from './define-operation.js';
import { findPlace } from './place.js';

/** Which agents are meant; what is not named is not asked for. */
export interface AgentFilter {
  /** As callers name sessions. */
  readonly session?: string | undefined;
  readonly team?: string | undefined;
  readonly role?: string | undefined;
  readonly state?: AgentState | undefined;
}

/** @throws OrcError NOT_FOUND, AMBIGUOUS for the session */
export async function agentsLike(context: OperationContext, filter: AgentFilter): Promise<readonly AgentFacts[]> {
  const { team, state } = filter;
  const session =
    filter.session === undefined
      ? undefined
      : (await findPlace(context, filter.session, 'session', 'session')).session.name;
  const role = filter.role?.toLowerCase();
  return (await context.agents.list()).filter(
    (agent) =>
      (session === undefined || agent.session === session) &&
      (team === undefined || agent.team === team) &&
      (role === undefined || agent.role === role) &&
      (state === undefined || agent.state === state),
  );
}
