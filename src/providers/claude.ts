import { isObject } from '../kernel/json.js';
import { hookEvents, hookFiles, hookSettings } from './hooks.js';
import { claudePack } from './packs/claude.js';
import {
  asText,
  flag,
  mcpServers,
  type Provider,
  type Registry,
  type RegistryEntry,
  type TrustRecord,
} from './provider.js';
import { claudeTranscript } from './transcripts/claude.js';

const MODES = { ask: 'default', auto: 'auto', bypass: 'bypassPermissions' } as const;

function saysOf(status: unknown, waitingFor: unknown): RegistryEntry['says'] | undefined {
  if (status === 'idle' || status === 'shell') return 'idle';
  if (status === 'busy') return 'working';
  if (status !== 'waiting') return undefined;
  return waitingFor === 'permission prompt' ? 'waiting_permission' : 'waiting_input';
}

/** `~/.claude/sessions/<pid>.json`, written on changes only, and left behind by a process that was killed. */
const registry: Registry = {
  variable: 'CLAUDE_CONFIG_DIR',
  folder: '.claude',
  path: (pid) => ['sessions', `${String(pid)}.json`],
  read: (content) => {
    if (!isObject(content)) return undefined;
    const { status, waitingFor, statusUpdatedAt, procStart, sessionId } = content;
    const says = saysOf(status, waitingFor);
    if (says === undefined) return undefined;
    const at = typeof statusUpdatedAt === 'string' ? Date.parse(statusUpdatedAt) : Number(statusUpdatedAt);
    return {
      says,
      rule: `status ${String(status)}`,
      since: Number.isFinite(at) ? at : undefined,
      procStart: typeof procStart === 'string' || typeof procStart === 'number' ? String(procStart) : undefined,
      ...(typeof sessionId === 'string' ? { sessionId } : {}),
    };
  },
};

/** `~/.claude.json`, or the file of this name where its other files are: `projects[folder].hasTrustDialogAccepted`. */
const trust: TrustRecord = {
  variable: 'CLAUDE_CONFIG_DIR',
  folder: '',
  file: '.claude.json',
  lock: '.claude.json.lock',
  add: (content, folder) => {
    if (!isObject(content)) return undefined;
    const projects = isObject(content.projects) ? content.projects : {};
    const project = isObject(projects[folder]) ? projects[folder] : {};
    if (project.hasTrustDialogAccepted === true) return content;
    return { ...content, projects: { ...projects, [folder]: { ...project, hasTrustDialogAccepted: true } } };
  },
};

/** Its hooks tell of no turn that Esc has ended; its own file does. */
const HOOK_SECONDS = 5;

/** Claude Code. What is set here holds for this one start, beside what the user has set. */
export const claude: Provider = {
  id: 'claude',
  kind: 'agent',
  command: 'claude',
  exitCommand: '/exit',
  interruptKeys: ['Escape'],
  conversations: 'ours',
  envNames: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL', 'CLAUDE_CODE_OAUTH_TOKEN', 'CLAUDE_CONFIG_DIR'],
  packs: [claudePack],
  transcript: claudeTranscript,
  registry,
  trust,
  events: hookEvents,
  launch: ({ permissionMode, model, sessionId, resume, message, role, telling, server }) => ({
    args: [
      // It takes any number of values; the flag behind it ends them.
      ...flag('--mcp-config', server && JSON.stringify(mcpServers(server))),
      ...flag('--settings', telling && JSON.stringify({ hooks: hookSettings(telling, HOOK_SECONDS, 'at once') })),
      ...flag('--permission-mode', permissionMode && MODES[permissionMode]),
      ...(resume === undefined ? ['--session-id', sessionId] : ['--resume', resume]),
      ...flag('--model', model),
      ...(message === undefined ? [] : [asText(message)]),
    ],
    // What it suggests as the next message looks like one that somebody has typed.
    env: { CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: 'false' },
    ...(telling === undefined ? {} : { files: hookFiles(role, 'at once') }),
  }),
}; // prettier-ignore
