import type { ErrorCode } from '../kernel/errors.js';
import { isEndedState } from '../kernel/agent-words.js';
import type { Duty } from '../monitor/duties.js';
import { createRecovery, type Restart } from '../monitor/recovery.js';
import type { DutyTools } from './duty-tools.js';

const MINUTE_MS = 60_000;

/** What says nothing about the agent, and passes. */
const PASSING: readonly ErrorCode[] = [
  ...(['LOCKED_DOWN', 'RATE_LIMITED', 'BUDGET_EXCEEDED', 'TMUX_UNAVAILABLE', 'CIRCUIT_OPEN'] as const),
];
/** It may have been started. */
const UNKNOWN: readonly ErrorCode[] = ['OUTCOME_UNKNOWN', 'TIMEOUT', 'CANCELLED'];

function outcomeOf(code: ErrorCode): Restart {
  if (PASSING.includes(code)) return 'later';
  return UNKNOWN.includes(code) ? 'unknown' : 'failed';
}

interface Restarted {
  readonly agent: { readonly state: Parameters<typeof isEndedState>[0] };
}

/** Agents that have crashed are started again, where the config or their own start says so. */
export function recovering({ store, config, watching, act }: DutyTools): Duty {
  const restart = async (agent: string, signal: AbortSignal): Promise<Restart> => {
    const result = await act('restart_agent', { agent, resume: true, only_ended: true }, signal);
    if (!result.ok) return outcomeOf(result.error.code);
    const { state } = (result.data as unknown as Restarted).agent;
    return isEndedState(state) ? 'failed' : 'runs';
  };
  return createRecovery({
    ...{ store, restart, isHeld: watching.isHeld },
    settings: () => {
      const { auto_restart: autoRestart, pm_recovery_grace_period_minutes: minutes } = config().monitoring;
      return { autoRestart, graceMs: minutes * MINUTE_MS };
    },
  });
}
