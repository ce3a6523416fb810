import * as z from 'zod';
import { count, path, positive, text, texts } from './fields.js';
import { PERMITTED_ROLES, REACHES } from './permissions.js';

const ratio = (): z.ZodNumber => z.number().min(0).max(1);
/** Default bound of a message to an agent. */
export const MESSAGE_BYTES = 131_072;
export const RISKS = ['low', 'medium', 'high', 'critical'] as const;

const limit = z.strictObject({
  max_requests: positive(),
  window_seconds: positive(86_400),
  burst_size: positive().optional(),
});

const permission = z.strictObject({
  operations: texts().optional(),
  targets: z.enum(REACHES).optional(),
  paths: z
    .strictObject({
      read: z.array(path()).optional(),
      write: z.array(path()).optional(),
      execute: z.array(path()).optional(),
    })
    .optional(),
  spawn_depth: count(10).optional(),
  spawn_fan_out: count(1000).optional(),
});

const riskRule = z.strictObject({
  operations: texts().optional(),
  targets: texts().optional(),
  roles: texts().optional(),
  risk: z.enum(RISKS),
});
const customPattern = z.strictObject({ name: text(), pattern: text(), weight: ratio().optional() });

const rateLimit = z.strictObject({
  enabled: z.boolean().default(true).describe('Limit calls at all'),
  max_requests: positive().default(100).describe('Calls of one caller in a window'),
  window_seconds: positive(86_400).default(60).describe('Length of the sliding window'),
  burst_size: positive().default(10).describe('Size of the token bucket: calls at once'),
  max_requests_per_hour: positive().nullable().default(null).describe('Calls of one caller in any hour'),
  user_max_requests: positive().default(600).describe('Calls of all callers of one user in a window'),
  user_burst_size: positive().default(100).describe('Token bucket of all callers of one user'),
  block_on_limit: z.boolean().default(false).describe('Wait for a free place instead of refusing'),
  max_wait_seconds: positive(300).default(10).describe('Longest such wait'),
  per_tool: z
    .record(z.string(), z.union([limit, z.literal('exempt')]))
    .default({})
    .describe('Own limits of tools by name, or "exempt"'),
  per_role: z.record(z.string(), limit).default({}).describe('Own limits of roles'),
  per_key: limit.default({ max_requests: 10, window_seconds: 60 }).describe('Limit of one HTTP key'),
});

const sanitizer = z.strictObject({
  message_policy: z
    .enum(['permissive', 'strict_for_shells', 'strict'])
    .default('permissive')
    .describe('Text that is typed; strict refuses what a shell would replace, for shells also more than one line'),
  max_message_bytes: positive(1_048_576)
    .default(MESSAGE_BYTES)
    .describe('Largest message; where it is changed, also the largest text of send_keys, which else is 1 MiB'),
  max_briefing_bytes: positive(1_048_576).default(131_072).describe('Largest briefing'),
  max_command_bytes: positive(1_048_576)
    .default(1_048_576)
    .describe('Largest command of run_command, or of a new pane with its arguments'),
  max_path_chars: positive(4096).default(1024).describe('Longest path'),
  allowed_paths: z
    .array(path())
    .default([])
    .describe('Roots for working directories; empty: the own folder and the home'),
});

/** Without TLS nothing leaves this machine. */
const WEBHOOK =
  /^(?:https:\/\/[^\s/?#]+(?:[/?#]\S*)?|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?(?:[/?#]\S*)?)$/;

const alerts = z.strictObject({
  min_class: z.enum(['low', 'medium', 'high', 'critical']).default('high').describe('Least event class that alerts'),
  webhook_url: z
    .string()
    .regex(WEBHOOK, 'an https address, or an http one of this machine itself')
    .nullable()
    .default(null)
    .describe('Where alerts are posted: https, or http on a loopback address'),
  command: texts()
    .min(1)
    .nullable()
    .default(null)
    .describe('Program run for an alert, as argv; it gets JSON on standard input'),
  limited_ratio: ratio().default(0.1).describe('Share of limited calls of one caller from which it alerts'),
  validation_failures: positive().default(5).describe('Failed validations of one caller in a window that alert'),
  failed_auth_per_minute: positive().default(10).describe('Failed HTTP logins of one peer in a minute'),
  denials_per_hour: positive().default(5).describe('Denied calls of one caller in an hour, beyond which it alerts'),
  memory_ratio: ratio().default(0.8).describe('Share of memory, or of the queue of calls, that counts as exhausted'),
  window_seconds: positive(86_400).default(300).describe('Window of limited_ratio and validation_failures'),
  cooldown_seconds: count(86_400).default(300).describe('Silence after an alert of the same rule and caller'),
});

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const DAYS = `${DAY}(?:-${DAY})?`;
const TIME = '(?:[01][0-9]|2[0-3]):[0-5][0-9]';
const WORK_HOURS = new RegExp(`^(?:${DAYS}(?:,${DAYS})* )?${TIME}-${TIME}$`);

/** The `security` block of the config. */
export const securitySchema = z.strictObject({
  rate_limit: rateLimit.prefault({}),
  budget: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Count write and destroy calls'),
      max_tool_calls_per_session: positive().default(1000).describe('Such calls of one caller on one tmux server'),
      session_ttl_seconds: positive(604_800).default(3600).describe('When the count starts anew'),
    })
    .prefault({}),
  loop_detection: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Notice calls that repeat themselves'),
      max_identical_calls: positive().default(3).describe('Identical write calls with identical results'),
      max_identical_reads: positive().default(30).describe('Identical reads with identical results'),
      window_seconds: positive(86_400).default(300).describe('Window of both'),
    })
    .prefault({}),
  unknown_tools: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Throttle callers that guess tool names; false: only log them'),
      max_attempts: positive().default(5).describe('Unknown names in a window'),
      window_seconds: positive(86_400).default(300).describe('Window of the attempts'),
      throttle_seconds: positive(86_400).default(60).describe('How long every call is then refused'),
    })
    .prefault({}),
  sanitizer: sanitizer.prefault({}),
  trust: z
    .strictObject({
      default: z
        .enum(['trusted', 'untrusted'])
        .default('trusted')
        .describe('Level of a caller without a grant; untrusted: reads only'),
      confirm_from_risk: z.enum(RISKS).default('high').describe('Least risk that asks for confirmation'),
      block_from_risk: z.enum(RISKS).nullable().default(null).describe('Least risk that is refused'),
      session_timeout_seconds: positive(604_800).default(3600).describe('How long a grant lasts'),
    })
    .prefault({}),
  permissions: z
    .partialRecord(z.enum(PERMITTED_ROLES), permission)
    .default({})
    .describe('What the roles guest, worker, pm and host may do; what is not set stays as it is by default'),
  risk: z
    .strictObject({ rules: z.array(riskRule).default([]).describe('Own risks; the first that applies decides') })
    .prefault({}),
  injection: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Look for prompt injection'),
      threshold: ratio().default(0.5).describe('Confidence from which it is reported'),
      action: z.enum(['flag', 'confirm', 'block']).default('flag').describe('What follows from block_threshold'),
      block_threshold: ratio().default(0.8).describe('Confidence from which confirm and block act'),
      custom_patterns: z
        .array(customPattern)
        .default([])
        .describe('Own patterns: name, pattern (RE2 syntax) and weight'),
    })
    .prefault({}),
  redaction: z
    .strictObject({
      secrets: z.boolean().default(true).describe('Replace secrets in everything that leaves'),
      pii: z.boolean().default(false).describe('Replace personal data too'),
      custom: z.array(customPattern).default([]).describe('Own patterns: name and pattern (RE2 syntax)'),
    })
    .prefault({}),
  anomaly: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Note unusual calls'),
      work_hours: z
        .string()
        .regex(WORK_HOURS, 'days and times such as "Mon-Fri 08:00-19:00"')
        .nullable()
        .default(null)
        .describe('When people work, in local time, for example "Mon-Fri 08:00-19:00"; null: always'),
    })
    .prefault({}),
  audit: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Write the audit log'),
      max_bytes: positive().default(10_485_760).describe('Size from which a new file begins'),
      retention_days: positive(36_500).nullable().default(null).describe('Age from which files go'),
      key_file: path().nullable().default(null).describe('Where the signing key is kept'),
    })
    .prefault({}),
  alerts: alerts.prefault({}),
  timeouts: z
    .strictObject({
      tool_seconds: positive(600).default(60).describe('Longest call; waits have their own limit of 55'),
      tmux_ms: positive(60_000).default(5000).describe('Longest answer of tmux'),
      store_ms: positive(60_000).default(1000).describe('Longest answer of the store'),
    })
    .prefault({}),
  circuit_breaker: z
    .strictObject({
      failure_threshold: positive(1000).default(5).describe('Failures in a row that open it'),
      recovery_seconds: positive(3600).default(30).describe('How long it stays open'),
      half_open_max: positive(100).default(3).describe('Trial calls then'),
    })
    .prefault({}),
  max_concurrent_executions: positive(1000).default(10).describe('Calls that work at once'),
  max_concurrent_waits: positive(10_000).default(100).describe('Calls that only wait at once'),
  max_queued: positive(100_000).default(2048).describe('Calls that wait for their turn'),
});
