import { piPack } from './packs/pi.js';
import { asText, type Provider } from './provider.js';

/** pi. It has no permission modes: it asks before nothing. */
export const pi: Provider = {
  id: 'pi',
  kind: 'agent',
  command: 'pi',
  envNames: ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY', 'PI_CODING_AGENT_DIR'],
  packs: [piPack],
  asksNothing: true,
  launch: ({ model, message }) => ({
    args: [...(model === undefined ? [] : ['--model', model]), ...(message === undefined ? [] : [asText(message)])],
    env: {},
  }),
};
