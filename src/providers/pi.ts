import { piPack } from './packs/pi.js';
import { asText, flag, type Provider } from './provider.js';
import { piTranscript } from './transcripts/pi.js';

/** pi. It has no permission modes: it asks before nothing. An extension of ours inside it tells of its turns. */
export const pi: Provider = {
  id: 'pi',
  kind: 'agent',
  command: 'pi',
  exitCommand: '/quit',
  interruptKeys: ['Escape'],
  conversations: 'its own',
  envNames: ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY', 'PI_CODING_AGENT_DIR'],
  packs: [piPack],
  transcript: piTranscript,
  asksNothing: true,
  events: { source: 'api', fields: { sessionId: 'session_id', message: 'message', answer: 'answer', error: 'error' } },
  launch: ({ model, resume, message, telling }) => ({
    args: [
      ...flag('--extension', telling && `${telling.modules}/pi.mjs`),
      ...flag('--session', resume),
      ...flag('--model', model),
      ...(message === undefined ? [] : [asText(message)]),
    ],
    env: telling === undefined ? {} : { TMUX_ORC_EVENTS: JSON.stringify(telling.words) },
  }),
};
