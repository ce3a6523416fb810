import { qwenPack } from './packs/qwen.js';
import { asText, type Provider } from './provider.js';

const MODES = { ask: 'default', auto: 'auto-edit', bypass: 'yolo' } as const;

/** Qwen Code. */
export const qwen: Provider = {
  id: 'qwen',
  kind: 'agent',
  command: 'qwen',
  envNames: ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENAI_MODEL', 'DASHSCOPE_API_KEY'],
  packs: [qwenPack],
  launch: ({ permissionMode, model, sessionId, message }) => ({
    args: [
      ...(permissionMode === undefined ? [] : [`--approval-mode=${MODES[permissionMode]}`]),
      `--session-id=${sessionId}`,
      ...(model === undefined ? [] : [`--model=${model}`]),
      ...(message === undefined ? [] : [`--prompt-interactive=${asText(message)}`]),
    ],
    env: {},
  }),
};
