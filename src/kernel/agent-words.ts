/** What an agent can be doing (contract, section 4). */
export const AGENT_STATES = [
  ...(['starting', 'idle', 'working', 'waiting_permission', 'waiting_input', 'rate_limited'] as const),
  ...(['error', 'exited', 'crashed', 'unknown'] as const),
] as const;
export type AgentState = (typeof AGENT_STATES)[number];

const ENDED: readonly AgentState[] = ['exited', 'crashed'];
const ASKING: readonly AgentState[] = ['waiting_permission', 'waiting_input'];
const TROUBLED: readonly AgentState[] = ['rate_limited', 'error'];

/** Its program runs no more. */
export const isEndedState = (state: AgentState): boolean => ENDED.includes(state);
/** It waits for an answer. */
export const isAsking = (state: AgentState): boolean => ASKING.includes(state);
/** A turn has failed, or is tried again. */
export const isTroubled = (state: AgentState): boolean => TROUBLED.includes(state);
/** What `attention` means (contract, section 4). */
export const needsAttention = (state: AgentState): boolean =>
  isAsking(state) || isTroubled(state) || isEndedState(state);

/** `ask`: before each command. `auto`: as far as the CLI itself thinks it safe. `bypass`: never. */
export const PERMISSION_MODES = ['ask', 'auto', 'bypass'] as const;
export type PermissionMode = (typeof PERMISSION_MODES)[number];

/** What ended an agent: the command of its CLI, a signal, or the end of its pane. */
export const ENDINGS = ['exit_command', 'signal', 'pane'] as const;
export type Ending = (typeof ENDINGS)[number];

/**
 * Where evidence of a state comes from, surest first. `process` is what the system knows of the pane's processes,
 * `registry` a file that the agent itself keeps, `api` its own server or a module of ours inside it, `hook` what it has
 * called us for, `title` a title that is a true signal, `screen` what is read off the screen, `activity` only that something
 * moves.
 */
export const EVIDENCE_SOURCES = ['process', 'api', 'registry', 'hook', 'title', 'screen', 'activity'] as const;
export type EvidenceSource = (typeof EVIDENCE_SOURCES)[number];

/** When a message is delivered: once the agent is idle, at once, or after its turn was stopped. */
export const SEND_MODES = ['when_idle', 'now', 'interrupt'] as const;
export type SendMode = (typeof SEND_MODES)[number];

/** What a wait for agents is for. */
export const AGENT_WAITS = ['idle', 'attention', 'exited', 'change'] as const;
export type AgentWaitFor = (typeof AGENT_WAITS)[number];

/**
 * Where an agent's words come from, best first. `hook` is what it has called us with, `api` its own server, `transcript` the
 * file in which it keeps its conversation, `job` a command that was run in its shell, `screen` what is read off the screen.
 */
export const ANSWER_SOURCES = ['hook', 'api', 'transcript', 'job', 'screen'] as const;
export type AnswerSource = (typeof ANSWER_SOURCES)[number];
