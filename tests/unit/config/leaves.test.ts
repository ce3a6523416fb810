import { describe, expect, it } from 'vitest';
import { configLeaves } from '../../../src/config/leaves.js';
import { loadConfig } from '../../../src/config/load.js';

const leaves = configLeaves();

/** Every key of the contract's reference block with its default, in its order. */
const REFERENCE: Readonly<Record<string, unknown>> = {
  profile: 'standard',
  tmux: { socket_name: null, socket_path: null, scope: 'all' },
  mcp: { toolsets: ['tmux', 'agents', 'teams', 'ops'], read_only: false, max_result_bytes: 262144 },
  agents: {
    ...{ default_provider: 'auto', default_session: 'agents', max_agents: 50, ready_timeout_seconds: 45 },
    ...{ min_free_memory_mb: 512, max_memory_mb: null, env_passthrough: [], providers: {}, roles: [] },
    // Beyond the block.
    ...{ offer_server: true, trusted_folders: [] },
  },
  monitoring: {
    ...{ enabled: true, interval_ms: 500, fresh_ms: 1000, max_cache_entries: 100, max_cache_age_hours: 24 },
    ...{ max_cache_bytes: 67108864, cleanup_interval_minutes: 60, idle_alert_minutes: [3, 5, 8], auto_restart: false },
    ...{ pm_recovery_grace_period_minutes: 3, notification_cooldown_seconds: 300 },
  },
  security: {
    rate_limit: {
      ...{ enabled: true, max_requests: 100, window_seconds: 60, burst_size: 10, max_requests_per_hour: null },
      ...{ user_max_requests: 600, user_burst_size: 100, block_on_limit: false, max_wait_seconds: 10 },
      ...{ per_tool: {}, per_role: {}, per_key: { max_requests: 10, window_seconds: 60 } },
    },
    budget: { enabled: true, max_tool_calls_per_session: 1000, session_ttl_seconds: 3600 },
    loop_detection: { enabled: true, max_identical_calls: 3, max_identical_reads: 30, window_seconds: 300 },
    unknown_tools: { enabled: true, max_attempts: 5, window_seconds: 300, throttle_seconds: 60 },
    sanitizer: {
      ...{ message_policy: 'permissive', max_message_bytes: 131072, max_briefing_bytes: 131072 },
      ...{ max_command_bytes: 1048576, max_path_chars: 1024, allowed_paths: [] },
    },
    trust: { default: 'trusted', confirm_from_risk: 'high', block_from_risk: null, session_timeout_seconds: 3600 },
    permissions: {},
    risk: { rules: [] },
    injection: { enabled: true, threshold: 0.5, action: 'flag', block_threshold: 0.8, custom_patterns: [] },
    redaction: { secrets: true, pii: false, custom: [] },
    anomaly: { enabled: true, work_hours: null },
    audit: { enabled: true, max_bytes: 10485760, retention_days: null, key_file: null },
    alerts: {
      ...{ min_class: 'high', webhook_url: null, command: null, limited_ratio: 0.1, validation_failures: 5 },
      ...{
        failed_auth_per_minute: 10,
        denials_per_hour: 5,
        memory_ratio: 0.8,
        window_seconds: 300,
        cooldown_seconds: 300,
      },
    },
    timeouts: { tool_seconds: 60, tmux_ms: 5000, store_ms: 1000 },
    circuit_breaker: { failure_threshold: 5, recovery_seconds: 30, half_open_max: 3 },
    ...{ max_concurrent_executions: 10, max_concurrent_waits: 100, max_queued: 2048 },
  },
  http: {
    ...{ enabled: false, host: '127.0.0.1', port: 7717, auth: true, realm: 'tmux-orc', allowed_origins: [] },
    ...{
      allowed_hosts: [],
      allowed_ips: [],
      max_request_bytes: 10485760,
      max_header_bytes: 8192,
      max_header_count: 50,
    },
    ...{ max_path_chars: 2048, max_query_chars: 4096, max_connections: 64, headers_timeout_seconds: 10 },
    ...{ request_timeout_seconds: 30, failed_auth_per_minute: 10, tls_cert_file: null, tls_key_file: null },
    ...{ behind_proxy: false, metrics: true },
  },
  state: { backend: 'sqlite' },
  log: { level: 'info', format: 'json' },
};

describe('the config keys', () => {
  it('are those of the contract, with its defaults', async () => {
    const { config, origin, warnings } = await loadConfig({ env: { HOME: '/nowhere' }, flags: {}, cwd: '/nowhere' });
    expect(config).toEqual(REFERENCE);
    expect(warnings).toEqual([]);
    expect([...origin.keys()]).toEqual(leaves.map(({ path }) => path));
    expect(new Set(origin.values())).toEqual(new Set(['default']));
  });

  it('have an environment name each, made of their path', () => {
    for (const { path, env } of leaves) expect(env).toBe(`TMUX_ORC_${path.replaceAll('.', '_').toUpperCase()}`);
    expect(leaves.map(({ env }) => env)).toContain('TMUX_ORC_SECURITY_BUDGET_ENABLED');
    expect(new Set(leaves.map(({ env }) => env)).size).toBe(leaves.length);
    expect(leaves.length).toBeGreaterThan(100);
  });

  it('are described in one line each', () => {
    for (const { path, description } of leaves) {
      expect(description, path).toMatch(/^[\x20-\x7e]{3,120}$/);
    }
  });

  it.each([
    ['tmux.socket_name', 'text', true],
    ['tmux.scope', 'text', false],
    ['mcp.toolsets', 'list', false],
    ['mcp.read_only', 'boolean', false],
    ['monitoring.idle_alert_minutes', 'numbers', false],
    ['monitoring.max_cache_age_hours', 'number', false],
    ['agents.providers', 'json', false],
    ['agents.max_memory_mb', 'number', true],
    ['security.rate_limit.per_key', 'json', false],
    ['security.risk.rules', 'json', false],
    ['security.alerts.command', 'list', true],
    ['security.trust.block_from_risk', 'text', true],
  ])('reads %s as %s', (path, form, nullable) => {
    expect(leaves.find((leaf) => leaf.path === path)).toMatchObject({ form, nullable });
  });
});
