import * as z from 'zod';
import { LOG_LEVELS } from '../kernel/logger.js';
import { count, path, positive, text, texts } from './fields.js';
import { providersSchema } from './provider-settings.js';
import { securitySchema } from './security-schema.js';

export const PROFILES = ['development', 'standard', 'staging', 'production', 'high-security'] as const;
export const TOOLSETS = ['tmux', 'agents', 'teams', 'ops', 'work'] as const;

const tmux = z.strictObject({
  socket_name: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, 'up to 64 letters, digits, "_", "." and "-"').nullable().default(null).describe('tmux -L: a server of its own by name'),
  socket_path: path().max(100).nullable().default(null).describe('tmux -S: the full path of a socket'),
  scope: z.enum(['all', 'owned']).default('all').describe('owned: only sessions that tmux-orc created'),
}); // prettier-ignore

const agents = z.strictObject({
  default_provider: text().default('auto').describe('Provider of a new agent; auto: the first one installed'),
  default_session: text().default('agents').describe('Session that new agents are put in'),
  max_agents: positive(1000).default(50).describe('Agents on one tmux server'),
  ready_timeout_seconds: positive(600).default(45).describe('How long a start may take'),
  min_free_memory_mb: count().default(512).describe('Free memory below which none is started'),
  max_memory_mb: positive().nullable().default(null).describe('Memory bound of one agent'),
  env_passthrough: texts().default([]).describe('Further variables that panes of a tmux server started by us see'),
  providers: providersSchema
    .default({})
    .describe('Own or changed providers, by id; docs/guides/agents.md tells their keys'),
  roles: texts().default([]).describe('Further roles'),
  offer_server: z.boolean().default(true).describe('Tell new agents of our MCP server, where their CLI can be told'),
  trusted_folders: z
    .array(path())
    .default([])
    .describe('Absolute paths of folders in which agents need not ask whether to trust them'),
});

const monitoring = z.strictObject({
  enabled: z.boolean().default(true).describe('Watch panes and agents'),
  interval_ms: positive(60_000).default(500).describe('Time between two looks'),
  fresh_ms: count(60_000).default(1000).describe('A cached state younger than this is served as it is'),
  max_cache_entries: positive(100_000).default(100).describe('Terminal states kept'),
  max_cache_age_hours: z.number().positive().max(8760).default(24).describe('Age from which a state goes'),
  max_cache_bytes: positive(10_000_000_000).default(67_108_864).describe('Bytes of all states together'),
  cleanup_interval_minutes: positive(10_080).default(60).describe('Time between two clean-ups'),
  idle_alert_minutes: z.array(positive(10_080)).default([3, 5, 8]).describe('Idle times that alert'),
  auto_restart: z.boolean().default(false).describe('Restart crashed agents'),
  pm_recovery_grace_period_minutes: count(10_080).default(3).describe('Wait before a project manager is recovered'),
  notification_cooldown_seconds: count(86_400).default(300).describe('Silence after a notification of the same kind'),
});

const http = z.strictObject({
  enabled: z.boolean().default(false).describe('Serve MCP over HTTP too'),
  host: z
    .string()
    .regex(/^[A-Za-z0-9._:%-]{1,255}$/, 'an address or a host name')
    .default('127.0.0.1')
    .describe('Address to listen on'),
  port: count(65_535).default(7717).describe('Port; 0: any'),
  auth: z.boolean().default(true).describe('Require a key'),
  // It stands between quotes in a header.
  realm: z
    .string()
    .regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/, 'printable ASCII without quotes')
    .default('tmux-orc')
    .describe('Realm of the challenge'),
  // No wildcard: an origin is compared as a whole (RFC 6454, section 6.2).
  allowed_origins: z
    .array(z.string().regex(/^[a-z][a-z0-9+.-]*:\/\/[^\s/*?#]+$/, 'exact origins such as "https://example.org"'))
    .default([])
    .describe('Exact origins of browsers'),
  allowed_hosts: z
    .array(z.string().regex(/^[A-Za-z0-9._:[\]-]+$/, 'exact host names'))
    .default([])
    .describe('Further exact Host names'),
  allowed_ips: texts().default([]).describe('Peers; empty: any that reaches the address'),
  max_request_bytes: positive().default(10_485_760).describe('Largest body'),
  max_header_bytes: positive(1_048_576).default(8192).describe('Largest header block'),
  max_header_count: positive(1000).default(50).describe('Most headers'),
  max_path_chars: positive(65_536).default(2048).describe('Longest path'),
  max_query_chars: positive(65_536).default(4096).describe('Longest query'),
  max_connections: positive(10_000).default(64).describe('Connections at once'),
  headers_timeout_seconds: positive(600).default(10).describe('Longest wait for headers'),
  request_timeout_seconds: positive(600).default(30).describe('Longest wait for a request'),
  failed_auth_per_minute: positive().default(10).describe('Failed logins of one peer in a minute'),
  tls_cert_file: text().nullable().default(null).describe('Certificate chain, PEM'),
  tls_key_file: text().nullable().default(null).describe('Private key, PEM'),
  behind_proxy: z.boolean().default(false).describe('TLS ends at a proxy in front'),
  metrics: z.boolean().default(true).describe('Serve /metrics to keys'),
});

/** Every key of the config with its default, bounds and meaning: what the contract's section 6 shows. */
export const configSchema = z.strictObject({
  profile: z.enum(PROFILES).default('standard').describe('Set of defaults'),
  tmux: tmux.prefault({}),
  mcp: z
    .strictObject({
      toolsets: z
        .array(z.enum(TOOLSETS))
        .default(['tmux', 'agents', 'teams', 'ops'])
        .describe('Groups of tools that are offered'),
      read_only: z.boolean().default(false).describe('Offer only tools that change nothing'),
      max_result_bytes: positive(10_485_760).default(262_144).describe('Largest result of a call'),
    })
    .prefault({}),
  agents: agents.prefault({}),
  monitoring: monitoring.prefault({}),
  security: securitySchema.prefault({}),
  http: http.prefault({}),
  state: z
    .strictObject({ backend: z.enum(['sqlite']).default('sqlite').describe('Where shared state is kept') })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(LOG_LEVELS).default('info').describe('Least level that is logged'),
      format: z
        .enum(['json', 'text'])
        .default('json')
        .describe('Form of a line on standard error of serve; lines of the file are JSON'),
    })
    .prefault({}),
});

export type Config = z.output<typeof configSchema>;
