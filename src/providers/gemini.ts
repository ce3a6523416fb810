import { wordsLikeGemini } from './gemini-like.js';
import { geminiPack } from './packs/gemini.js';
import type { Provider } from './provider.js';
import { geminiTranscript } from './transcripts/gemini.js';

const MODES = { ask: 'default', auto: 'auto_edit', bypass: 'yolo' } as const;

/**
 * Gemini CLI. Its title is a true signal. Hooks and servers are told only by files of the user, of the project, or of the
 * system, which must be root's (0.61): so it is told of none.
 */
export const gemini: Provider = {
  id: 'gemini',
  kind: 'agent',
  command: 'gemini',
  exitCommand: '/quit',
  interruptKeys: ['Escape'],
  conversations: 'ours',
  envNames: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GEMINI_BASE_URL', 'GOOGLE_CLOUD_PROJECT', 'GOOGLE_CLOUD_LOCATION'],
  packs: [geminiPack],
  transcript: geminiTranscript,
  launch: (wish) => ({
    args: wordsLikeGemini(MODES, wish),
    env: wish.isTrusted ? { GEMINI_CLI_TRUST_WORKSPACE: 'true' } : {},
  }),
}; // prettier-ignore
