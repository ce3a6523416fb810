import { opencodePack } from './packs/opencode.js';
import { asText, type PermissionMode, type Provider } from './provider.js';

/** What OPENCODE_PERMISSION says to the kinds of tools. */
const MODES: Readonly<Record<PermissionMode, Readonly<Record<string, string>>>> = {
  ask: { bash: 'ask', edit: 'ask', webfetch: 'ask' },
  auto: { bash: 'ask', edit: 'allow', webfetch: 'allow' },
  bypass: { '*': 'allow' },
};

/** OpenCode. A model is `provider/model`. */
export const opencode: Provider = {
  id: 'opencode',
  kind: 'agent',
  command: 'opencode',
  envNames: ['OPENCODE_API_KEY', 'OPENCODE_CONFIG', 'ANTHROPIC_API_KEY', 'OPENAI_API_KEY'],
  packs: [opencodePack],
  launch: ({ permissionMode, model, message }) => ({
    args: [
      ...(model === undefined ? [] : [`--model=${model}`]),
      ...(message === undefined ? [] : [`--prompt=${asText(message)}`]),
    ],
    env: {
      ...(permissionMode === undefined ? {} : { OPENCODE_PERMISSION: JSON.stringify(MODES[permissionMode]) }),
      OPENCODE_DISABLE_AUTOUPDATE: '1',
    },
  }),
};
