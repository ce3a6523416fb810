import { geminiPack } from './packs/gemini.js';
import { asText, type Provider } from './provider.js';

const MODES = { ask: 'default', auto: 'auto_edit', bypass: 'yolo' } as const;

/** Gemini CLI. */
export const gemini: Provider = {
  id: 'gemini',
  kind: 'agent',
  command: 'gemini',
  envNames: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GEMINI_BASE_URL', 'GOOGLE_CLOUD_PROJECT', 'GOOGLE_CLOUD_LOCATION'],
  packs: [geminiPack],
  launch: ({ permissionMode, model, sessionId, message }) => ({
    args: [
      ...(permissionMode === undefined ? [] : [`--approval-mode=${MODES[permissionMode]}`]),
      `--session-id=${sessionId}`,
      ...(model === undefined ? [] : [`--model=${model}`]),
      ...(message === undefined ? [] : [`--prompt-interactive=${asText(message)}`]),
    ],
    env: {},
  }),
}; // prettier-ignore
