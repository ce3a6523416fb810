/** What an agent can be doing (contract, section 4). */
export const AGENT_STATES = [
  ...(['starting', 'idle', 'working', 'waiting_permission', 'waiting_input', 'rate_limited'] as const),
  ...(['error', 'exited', 'crashed', 'unknown'] as const),
] as const;
export type AgentState = (typeof AGENT_STATES)[number];
