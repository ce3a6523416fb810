import { correlationId } from '../../kernel/correlation.js';
import { version } from '../../kernel/version.js';
import type { Alert } from '../../security/alerts/raised.js';

/** What a webhook or a command gets. It holds words of ours, ids and the name that a client gives itself. */
export interface AlertMessage {
  readonly alert_id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly program: string;
  readonly version: string;
  readonly class: Alert['class'];
  readonly rule: string;
  readonly caller: string;
  readonly operation?: string;
  readonly count: number;
  readonly suppressed: number;
  readonly correlation_id?: string;
}

export function messageOf(alert: Alert, at = new Date()): AlertMessage {
  const { rule, class: grave, caller, operation, count, suppressed, correlationId: call } = alert;
  return {
    alert_id: correlationId(at.getTime()),
    at: at.toISOString(),
    ...{ program: 'tmux-orc', version: version(), class: grave, rule, caller },
    ...(operation === '' ? {} : { operation }),
    ...{ count, suppressed },
    ...(call === undefined ? {} : { correlation_id: call }),
  };
}
