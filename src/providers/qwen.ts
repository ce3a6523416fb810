import { wordsLikeGemini } from './gemini-like.js';
import { hookEvents, hookFiles, hookSettings } from './hooks.js';
import { qwenPack } from './packs/qwen.js';
import { joined, mcpServers, type Provider } from './provider.js';
import { qwenTranscript } from './transcripts/qwen.js';

const MODES = { ask: 'default', auto: 'auto-edit', bypass: 'yolo' } as const;

const HOOK_MS = 5000;
/** What its hooks print where a conversation begins goes nowhere (0.15). */
const AGAIN = 'with a message';
/** Settings that all others go before. */
const DEFAULTS_FILE = 'defaults.json';

/** Qwen Code. */
export const qwen: Provider = {
  id: 'qwen',
  kind: 'agent',
  command: 'qwen',
  exitCommand: '/quit',
  interruptKeys: ['Escape'],
  conversations: 'ours',
  envNames: ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENAI_MODEL', 'DASHSCOPE_API_KEY'],
  packs: [qwenPack],
  transcript: qwenTranscript,
  events: { ...hookEvents, noAnswer: '[no response text]', withThoughts: true },
  launch: (wish) => {
    const { role, telling, server } = wish;
    const args = [
      ...joined('--mcp-config', server && JSON.stringify(mcpServers(server))),
      ...wordsLikeGemini(MODES, wish),
    ];
    if (telling === undefined) return { args, env: {} };
    return {
      args,
      env: { QWEN_CODE_SYSTEM_DEFAULTS_PATH: `${telling.folder}/${DEFAULTS_FILE}` },
      files: {
        [DEFAULTS_FILE]: JSON.stringify({ hooks: hookSettings(telling, HOOK_MS, AGAIN) }),
        ...hookFiles(role, AGAIN),
      },
    };
  },
};
