/**
 * What "tighter" means for a key. A project file that is not trusted may only set what stands here, in the direction
 * that stands here; every other key is the user's alone.
 */
export type Rule =
  /** Smaller numbers are tighter; null is no limit. */
  | 'lower'
  /** Larger numbers are tighter; null is no end. */
  | 'higher'
  | 'true'
  | 'false'
  /** A list of what is allowed, with fewer of the same entries. */
  | 'fewer'
  /** Likewise, but an empty list allows everything or a default. */
  | 'fewer but some'
  /** A rate: fewer calls, a longer window, a smaller burst. */
  | 'rate'
  /** Rates by name; a name without one has the general rate. */
  | 'rates'
  /** What roles may do. */
  | 'permissions'
  /** From loose to tight. */
  | { readonly order: readonly (string | null)[] };

const RISK_ORDER = ['critical', 'high', 'medium', 'low'] as const;

export const TIGHTENING: Readonly<Record<string, Rule>> = {
  profile: { order: ['development', 'standard', 'staging', 'production', 'high-security'] },
  'tmux.scope': { order: ['all', 'owned'] },
  'mcp.toolsets': 'fewer',
  'mcp.read_only': 'true',
  'mcp.max_result_bytes': 'lower',
  'agents.max_agents': 'lower',
  'agents.ready_timeout_seconds': 'lower',
  'agents.min_free_memory_mb': 'higher',
  'agents.max_memory_mb': 'lower',
  'agents.env_passthrough': 'fewer',
  'agents.offer_server': 'false',
  'agents.trusted_folders': 'fewer',
  'agents.roles': 'fewer',
  'monitoring.enabled': 'true',
  'monitoring.fresh_ms': 'lower',
  'monitoring.max_cache_entries': 'lower',
  'monitoring.max_cache_age_hours': 'lower',
  'monitoring.max_cache_bytes': 'lower',
  'monitoring.cleanup_interval_minutes': 'lower',
  'monitoring.auto_restart': 'false',
  'security.rate_limit.enabled': 'true',
  'security.rate_limit.max_requests': 'lower',
  'security.rate_limit.window_seconds': 'higher',
  'security.rate_limit.burst_size': 'lower',
  'security.rate_limit.max_requests_per_hour': 'lower',
  'security.rate_limit.user_max_requests': 'lower',
  'security.rate_limit.user_burst_size': 'lower',
  'security.rate_limit.block_on_limit': 'false',
  'security.rate_limit.max_wait_seconds': 'lower',
  'security.rate_limit.per_tool': 'rates',
  'security.rate_limit.per_role': 'rates',
  'security.rate_limit.per_key': 'rate',
  'security.budget.enabled': 'true',
  'security.budget.max_tool_calls_per_session': 'lower',
  'security.budget.session_ttl_seconds': 'higher',
  'security.loop_detection.enabled': 'true',
  'security.loop_detection.max_identical_calls': 'lower',
  'security.loop_detection.max_identical_reads': 'lower',
  'security.loop_detection.window_seconds': 'higher',
  'security.unknown_tools.enabled': 'true',
  'security.unknown_tools.max_attempts': 'lower',
  'security.unknown_tools.window_seconds': 'higher',
  'security.unknown_tools.throttle_seconds': 'higher',
  'security.sanitizer.message_policy': { order: ['permissive', 'strict_for_shells', 'strict'] },
  'security.sanitizer.max_message_bytes': 'lower',
  'security.sanitizer.max_briefing_bytes': 'lower',
  'security.sanitizer.max_command_bytes': 'lower',
  'security.sanitizer.max_path_chars': 'lower',
  'security.sanitizer.allowed_paths': 'fewer but some',
  'security.trust.default': { order: ['trusted', 'untrusted'] },
  'security.trust.confirm_from_risk': { order: RISK_ORDER },
  'security.trust.block_from_risk': { order: [null, ...RISK_ORDER] },
  'security.trust.session_timeout_seconds': 'lower',
  'security.permissions': 'permissions',
  'security.injection.enabled': 'true',
  'security.injection.threshold': 'lower',
  'security.injection.action': { order: ['flag', 'confirm', 'block'] },
  'security.injection.block_threshold': 'lower',
  'security.redaction.secrets': 'true',
  'security.redaction.pii': 'true',
  'security.anomaly.enabled': 'true',
  'security.audit.enabled': 'true',
  'security.audit.retention_days': 'higher',
  'security.alerts.min_class': { order: RISK_ORDER },
  'security.alerts.limited_ratio': 'lower',
  'security.alerts.validation_failures': 'lower',
  'security.alerts.failed_auth_per_minute': 'lower',
  'security.alerts.denials_per_hour': 'lower',
  'security.alerts.memory_ratio': 'lower',
  'security.alerts.window_seconds': 'higher',
  'security.alerts.cooldown_seconds': 'lower',
  'security.timeouts.tool_seconds': 'lower',
  'security.timeouts.tmux_ms': 'lower',
  'security.timeouts.store_ms': 'lower',
  'security.circuit_breaker.failure_threshold': 'lower',
  'security.circuit_breaker.recovery_seconds': 'higher',
  'security.circuit_breaker.half_open_max': 'lower',
  'security.max_concurrent_executions': 'lower',
  'security.max_concurrent_waits': 'lower',
  'security.max_queued': 'lower',
  'http.enabled': 'false',
  'http.auth': 'true',
  'http.allowed_origins': 'fewer',
  'http.allowed_hosts': 'fewer',
  'http.allowed_ips': 'fewer but some',
  'http.max_request_bytes': 'lower',
  'http.max_header_bytes': 'lower',
  'http.max_header_count': 'lower',
  'http.max_path_chars': 'lower',
  'http.max_query_chars': 'lower',
  'http.max_connections': 'lower',
  'http.headers_timeout_seconds': 'lower',
  'http.request_timeout_seconds': 'lower',
  'http.failed_auth_per_minute': 'lower',
  'http.metrics': 'false',
};
