import { claudePack } from './packs/claude.js';
import { asText, type Provider, type Registry, type RegistryEntry } from './provider.js';

const MODES = { ask: 'default', auto: 'auto', bypass: 'bypassPermissions' } as const;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function saysOf(status: unknown, waitingFor: unknown): RegistryEntry['says'] | undefined {
  if (status === 'idle' || status === 'shell') return 'idle';
  if (status === 'busy') return 'working';
  if (status !== 'waiting') return undefined;
  return waitingFor === 'permission prompt' ? 'waiting_permission' : 'waiting_input';
}

/** `~/.claude/sessions/<pid>.json`, written on changes only, and left behind by a process that was killed. */
const registry: Registry = {
  path: (pid) => ['.claude', 'sessions', `${String(pid)}.json`],
  read: (content) => {
    if (!isObject(content)) return undefined;
    const { status, waitingFor, statusUpdatedAt, procStart } = content;
    const says = saysOf(status, waitingFor);
    if (says === undefined) return undefined;
    const at = typeof statusUpdatedAt === 'string' ? Date.parse(statusUpdatedAt) : Number(statusUpdatedAt);
    return {
      says,
      rule: `status ${String(status)}`,
      since: Number.isFinite(at) ? at : undefined,
      procStart: typeof procStart === 'string' || typeof procStart === 'number' ? String(procStart) : undefined,
    };
  },
};

/** Claude Code. */
export const claude: Provider = {
  id: 'claude',
  kind: 'agent',
  command: 'claude',
  envNames: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL', 'CLAUDE_CODE_OAUTH_TOKEN', 'CLAUDE_CONFIG_DIR'],
  packs: [claudePack],
  registry,
  launch: ({ permissionMode, model, sessionId, message }) => ({
    args: [
      ...(permissionMode === undefined ? [] : ['--permission-mode', MODES[permissionMode]]),
      ...['--session-id', sessionId],
      ...(model === undefined ? [] : ['--model', model]),
      ...(message === undefined ? [] : [asText(message)]),
    ],
    env: {},
  }),
}; // prettier-ignore
