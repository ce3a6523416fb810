import { launchLikeGemini } from './gemini-like.js';
import { qwenPack } from './packs/qwen.js';
import type { Provider } from './provider.js';

/** Qwen Code. */
export const qwen: Provider = {
  id: 'qwen',
  kind: 'agent',
  command: 'qwen',
  envNames: ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENAI_MODEL', 'DASHSCOPE_API_KEY'],
  packs: [qwenPack],
  events: {
    source: 'hook',
    fields: { sessionId: 'session_id', message: 'prompt', answer: 'last_assistant_message', error: 'error' },
  },
  launch: launchLikeGemini({
    modes: { ask: 'default', auto: 'auto-edit', bypass: 'yolo' },
    hooks: { SessionStart: 'started', UserPromptSubmit: 'submitted', Stop: 'finished', StopFailure: 'failed' },
    defaultsVariable: 'QWEN_CODE_SYSTEM_DEFAULTS_PATH',
  }),
};
