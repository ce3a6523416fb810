import { randomUUID } from 'node:crypto';
import { createAlerts } from '../monitor/alerts.js';
import type { Duty } from '../monitor/duties.js';
import type { MonitorEvent } from '../monitor/event-log.js';
import { createNotices, type Sent } from '../monitor/notices.js';
import { ownEventClass } from '../security/events.js';
import { ownEvent } from '../security/audit/record.js';
import { fromMonitor } from '../security/text/envelope.js';
import { keptIn } from './agents.js';
import { type DutyTools, putMessage } from './duty-tools.js';

/** How often they are looked for; less than a person notices. */
const EVERY_MS = 1000;

const shells =
  ({ providers }: DutyTools) =>
  async (): Promise<(provider: string) => boolean> => {
    const all = await providers();
    return (id) => all.byId(id)?.kind === 'shell';
  };

/** What is news of agents and teams goes into the event log. */
export function alerting(tools: DutyTools): Duty {
  const { store, config } = tools;
  const { messages, done } = keptIn(store);
  const alerts = createAlerts({
    ...{ store, done: done.all, waiting: messages.counts, isShell: shells(tools) },
    idleMinutes: () => config().monitoring.idle_alert_minutes,
  });
  return {
    name: 'alerting',
    everyMs: EVERY_MS,
    run: async (view) => {
      await alerts.run(view);
    },
  };
}

const wordOf = ({ kind }: MonitorEvent): string => (kind === 'team_idle' ? kind : `agent_${kind}`);

/**
 * To the log, and on record, where the watcher over events finds it: it decides by its class whether it alerts, and brings it
 * to webhook and command.
 */
function telling({ audit, logger, clock }: DutyTools): (event: MonitorEvent) => void {
  return (event) => {
    const { agent, team, kind, state, minutes, resetsAt, bytes } = event;
    const word = wordOf(event);
    const facts = { agent, team, state, minutes, resets_at: resetsAt, bytes };
    const about = agent === undefined ? `team:${team ?? ''}` : `agent:${agent}`;
    logger[ownEventClass('security', word) === 'low' ? 'info' : 'warn'](`monitor: ${kind} of ${about}`, facts);
    audit.record(ownEvent({ ...audit.self, caller: about }, word, facts, clock.now()));
  };
}

/** What passes too, though the same call is no use: somebody lifts it, or another process goes on. */
const PASSING: readonly string[] = ['LOCKED_DOWN', 'CANCELLED', 'TMUX_FAILED'];

function sending({ act, logger }: DutyTools): (lead: string, message: string, key: string, signal: AbortSignal) => Promise<Sent> {
  return async (agent, message, key, signal) => {
    const put = await putMessage(act, { agent, message, key }, signal);
    if (put.ok) return { message: put.id };
    const { code, retryable } = put.error;
    if (retryable || PASSING.includes(code)) return 'again';
    logger.warn('monitor: a lead was not told', { agent, code });
    return 'never';
  };
} // prettier-ignore

/** Who leads an agent, the log and the operator are told what the event log has. */
export function noticing(tools: DutyTools): Duty {
  const { store, config, watching } = tools;
  const notices = createNotices({
    ...{ store, isShell: shells(tools), messages: keptIn(store).messages, isHeld: watching.isHeld },
    ...{ tell: telling(tools), send: sending(tools), wrap: fromMonitor, newKey: randomUUID },
    cooldownMs: () => config().monitoring.notification_cooldown_seconds * 1000,
  });
  return { name: 'noticing', everyMs: EVERY_MS, run: notices.run };
}
