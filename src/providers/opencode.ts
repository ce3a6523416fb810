import { pathToFileURL } from 'node:url';
import { opencodePack } from './packs/opencode.js';
import type { PermissionMode } from '../kernel/agent-words.js';
import { asText, joined, type OfferedServer, type Provider, SERVER_NAME, type Telling } from './provider.js';

/** What OPENCODE_PERMISSION says to the kinds of tools. */
const MODES: Readonly<Record<PermissionMode, Readonly<Record<string, string>>>> = {
  ask: { bash: 'ask', edit: 'ask', webfetch: 'ask' },
  auto: { bash: 'ask', edit: 'allow', webfetch: 'allow' },
  bypass: { '*': 'allow' },
};

const configOf = (telling: Telling | undefined, server: OfferedServer | undefined): object => ({
  ...(telling === undefined ? {} : { plugin: [pathToFileURL(`${telling.modules}/opencode.mjs`).href] }),
  ...(server === undefined
    ? {}
    : {
        mcp: { [SERVER_NAME]: { type: 'local', command: [server.command, ...server.args], environment: server.env } },
      }),
});

/** OpenCode. A model is `provider/model`. A plugin of ours inside it tells of its turns and of what it asks. */
export const opencode: Provider = {
  id: 'opencode',
  kind: 'agent',
  command: 'opencode',
  envNames: ['OPENCODE_API_KEY', 'OPENCODE_CONFIG', 'ANTHROPIC_API_KEY', 'OPENAI_API_KEY'],
  packs: [opencodePack],
  events: { source: 'api', fields: { sessionId: 'session_id', answer: 'answer', error: 'error' } },
  launch: ({ permissionMode, model, resume, message, telling, server }) => ({
    args: [
      ...joined('--session', resume),
      ...joined('--model', model),
      ...joined('--prompt', message === undefined ? undefined : asText(message)),
    ],
    env: {
      ...(permissionMode === undefined ? {} : { OPENCODE_PERMISSION: JSON.stringify(MODES[permissionMode]) }),
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      // It goes on top of the user's own files.
      OPENCODE_CONFIG_CONTENT: JSON.stringify(configOf(telling, server)),
      ...(telling === undefined ? {} : { TMUX_ORC_EVENTS: JSON.stringify(telling.words) }),
    },
  }),
}; // prettier-ignore
