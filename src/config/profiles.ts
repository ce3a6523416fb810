import { type PROFILES } from './schema.js';

export type Profile = (typeof PROFILES)[number];
type Block = Readonly<Record<string, unknown>>;

/** What each profile changes in the defaults. `standard` is the defaults themselves. */
export const PROFILE_CHANGES: Readonly<Record<Profile, Block>> = {
  standard: {},
  development: {
    security: {
      rate_limit: { enabled: false },
      budget: { enabled: false },
      loop_detection: { enabled: false },
      // They are still written to the log.
      unknown_tools: { enabled: false },
      timeouts: { tmux_ms: 10_000 },
      trust: { confirm_from_risk: 'critical' },
      injection: { threshold: 0.7 },
    },
    http: { request_timeout_seconds: 60 },
    log: { level: 'debug' },
  },
  staging: {
    security: {
      rate_limit: { max_requests: 60 },
      budget: { max_tool_calls_per_session: 200 },
      timeouts: { tool_seconds: 30 },
    },
  },
  production: {
    security: {
      rate_limit: { max_requests: 30, burst_size: 5, max_requests_per_hour: 1000 },
      budget: { max_tool_calls_per_session: 50, session_ttl_seconds: 1800 },
      loop_detection: { max_identical_calls: 2 },
      unknown_tools: { max_attempts: 3 },
      timeouts: { tool_seconds: 30 },
      trust: {
        default: 'untrusted',
        session_timeout_seconds: 1800,
        confirm_from_risk: 'medium',
        block_from_risk: 'critical',
      },
      sanitizer: { message_policy: 'strict_for_shells' },
      injection: { action: 'confirm' },
      max_concurrent_executions: 5,
    },
    http: { max_request_bytes: 5_242_880, max_header_bytes: 4096, max_header_count: 30 },
  },
  'high-security': {
    security: {
      rate_limit: { max_requests: 10, burst_size: 2, max_requests_per_hour: 500 },
      budget: { max_tool_calls_per_session: 25, session_ttl_seconds: 900 },
      loop_detection: { max_identical_calls: 1 },
      unknown_tools: { max_attempts: 1 },
      timeouts: { tool_seconds: 20, tmux_ms: 3000 },
      trust: {
        default: 'untrusted',
        session_timeout_seconds: 1800,
        confirm_from_risk: 'medium',
        block_from_risk: 'critical',
      },
      sanitizer: { message_policy: 'strict_for_shells' },
      injection: { action: 'block', block_threshold: 0.5 },
      redaction: { pii: true },
      max_concurrent_executions: 5,
    },
    http: { max_request_bytes: 1_048_576, max_header_bytes: 2048, max_header_count: 20, request_timeout_seconds: 20 },
  },
};
