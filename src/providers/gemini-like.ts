import type { PermissionMode } from '../kernel/agent-words.js';
import type { EventName } from './events.js';
import { hookSettings } from './hooks.js';
import {
  asText,
  joined,
  type Launch,
  type LaunchWish,
  mcpServers,
  type OfferedServer,
  type Telling,
} from './provider.js';

/** Qwen Code descends from Gemini CLI: most of what they take at the start is the same. */
export interface GeminiLike {
  readonly modes: Readonly<Record<PermissionMode, string>>;
  readonly hooks: Readonly<Record<string, EventName>>;
  /** Variable that names a file of settings that all others go before. */
  readonly defaultsVariable: string;
}

const DEFAULTS_FILE = 'defaults.json';
/** Milliseconds, as both have it. */
const HOOK_TIMEOUT = 5000;

const settingsOf = (hooks: GeminiLike['hooks'], telling: Telling, server: OfferedServer | undefined): object => ({
  hooks: hookSettings(telling, hooks, HOOK_TIMEOUT),
  ...(server === undefined ? {} : mcpServers(server)),
});

export const launchLikeGemini =
  ({ modes, hooks, defaultsVariable }: GeminiLike) =>
  ({ permissionMode, model, sessionId, resume, message, telling, server }: LaunchWish): Launch => ({
    args: [
      ...joined('--approval-mode', permissionMode && modes[permissionMode]),
      resume === undefined ? `--session-id=${sessionId}` : `--resume=${resume}`,
      ...joined('--model', model),
      ...joined('--prompt-interactive', message === undefined ? undefined : asText(message)),
    ],
    ...(telling === undefined
      ? { env: {} }
      : {
          env: { [defaultsVariable]: `${telling.folder}/${DEFAULTS_FILE}` },
          files: { [DEFAULTS_FILE]: JSON.stringify(settingsOf(hooks, telling, server)) },
        }),
  }); // prettier-ignore
