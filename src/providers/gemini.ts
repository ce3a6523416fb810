import { launchLikeGemini } from './gemini-like.js';
import { geminiPack } from './packs/gemini.js';
import type { Provider } from './provider.js';

const launch = launchLikeGemini({
  modes: { ask: 'default', auto: 'auto_edit', bypass: 'yolo' },
  hooks: { SessionStart: 'started', BeforeAgent: 'submitted', AfterAgent: 'finished' },
  defaultsVariable: 'GEMINI_CLI_SYSTEM_DEFAULTS_PATH',
});

/** Gemini CLI. */
export const gemini: Provider = {
  id: 'gemini',
  kind: 'agent',
  command: 'gemini',
  envNames: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GEMINI_BASE_URL', 'GOOGLE_CLOUD_PROJECT', 'GOOGLE_CLOUD_LOCATION'],
  packs: [geminiPack],
  events: { source: 'hook', fields: { sessionId: 'session_id', message: 'prompt', answer: 'prompt_response' } },
  launch: (wish) => {
    const { args, env, ...rest } = launch(wish);
    return { ...rest, args, env: { ...env, ...(wish.isTrusted ? { GEMINI_CLI_TRUST_WORKSPACE: 'true' } : {}) } };
  },
}; // prettier-ignore
