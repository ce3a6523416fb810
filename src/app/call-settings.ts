import { homedir } from 'node:os';
import { MESSAGE_BYTES } from '../config/security-schema.js';
import type { ConfigSources, LoadedConfig } from '../config/load.js';
import type { OperationContext } from '../operations/define-operation.js';

/** Text for send_keys is no message to an agent: the bound of those holds for it only where somebody has changed it. */
const MAX_TEXT_BYTES = 1_048_576;

/** What handlers need to know of the config. */
export function settingsOf(
  options: Pick<ConfigSources, 'env' | 'cwd'>,
  { config }: LoadedConfig,
): OperationContext['settings'] {
  const { sanitizer } = config.security;
  return {
    maxResultBytes: config.mcp.max_result_bytes,
    maxTextBytes: sanitizer.max_message_bytes === MESSAGE_BYTES ? MAX_TEXT_BYTES : sanitizer.max_message_bytes,
    maxCommandBytes: sanitizer.max_command_bytes,
    agents: {
      defaultProvider: config.agents.default_provider,
      defaultSession: config.agents.default_session,
      readyTimeoutSeconds: config.agents.ready_timeout_seconds,
      maxBriefingBytes: sanitizer.max_briefing_bytes,
      maxMessageBytes: sanitizer.max_message_bytes,
      roles: config.agents.roles,
    },
    scope: config.tmux.scope,
    directories: {
      allowedPaths: sanitizer.allowed_paths,
      maxPathChars: sanitizer.max_path_chars,
      home: options.env.HOME ?? homedir(),
      own: options.cwd,
    },
  };
}
