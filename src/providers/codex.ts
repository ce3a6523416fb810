import { codexPack } from './packs/codex.js';
import type { PermissionMode } from '../kernel/agent-words.js';
import { asText, flag, type OfferedServer, type Provider, SERVER_NAME } from './provider.js';
import { codexTranscript } from './transcripts/codex.js';

const MODES: Readonly<Record<PermissionMode, readonly string[]>> = {
  ask: ['--ask-for-approval', 'on-request'],
  auto: ['--ask-for-approval', 'never', '--sandbox', 'workspace-write'],
  bypass: ['--dangerously-bypass-approvals-and-sandbox'],
};

/**
 * A string or a list of strings in TOML: what JSON writes is a basic string there too, but that one more control character
 * may not stand for itself (TOML 1.0, String).
 */
const toml = (value: string | readonly string[]): string => JSON.stringify(value).replaceAll('\x7f', '\\u007f');

const table = (entries: Readonly<Record<string, string>>): string =>
  `{${Object.entries(entries).map(([name, value]) => `${toml(name)}=${value}`).join(',')}}`; // prettier-ignore

/** What would stand in `~/.codex/config.toml`, for this one start. */
const setting = (path: string, value: string): string[] => ['-c', `${path}=${value}`];

function serverSettings({ command, args, env, inherits }: OfferedServer): string[] {
  const texts = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, toml(value)]));
  return [
    ...setting(`mcp_servers.${SERVER_NAME}.command`, toml(command)),
    ...setting(`mcp_servers.${SERVER_NAME}.args`, toml(args)),
    ...setting(`mcp_servers.${SERVER_NAME}.env`, table(texts)),
    ...setting(`mcp_servers.${SERVER_NAME}.env_vars`, toml(inherits)),
  ];
}

/** Codex. It chooses the id of its conversation itself, and tells it with each turn. */
export const codex: Provider = {
  id: 'codex',
  kind: 'agent',
  command: 'codex',
  exitCommand: '/quit',
  interruptKeys: ['Escape'],
  conversations: 'its own',
  envNames: ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'CODEX_API_KEY', 'CODEX_HOME'],
  packs: [codexPack],
  transcript: codexTranscript,
  // Conversations on the side, such as for a title, tell of their ends too: so they say nothing about its state.
  events: { source: 'hook', notesEnds: true, fields: { sessionId: 'thread-id', answer: 'last-assistant-message' } },
  launch: ({ permissionMode, model, resume, message, cwd, isTrusted, telling, server }) => ({
    args: [
      ...(resume === undefined ? [] : ['resume']),
      ...(permissionMode === undefined ? [] : MODES[permissionMode]),
      // A question for an update would take the first message's place.
      ...setting('check_for_update_on_startup', 'false'),
      ...(isTrusted ? setting('projects', table({ [cwd]: table({ trust_level: toml('trusted') }) })) : []),
      ...(telling === undefined ? [] : setting('notify', toml([...telling.words, 'noted']))),
      ...(server === undefined ? [] : serverSettings(server)),
      ...flag('--model', model),
      ...(resume === undefined ? [] : [resume]),
      ...(message === undefined ? [] : [asText(message)]),
    ],
    env: {},
  }),
};
