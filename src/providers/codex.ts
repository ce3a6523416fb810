import { codexPack } from './packs/codex.js';
import { asText, type PermissionMode, type Provider } from './provider.js';

const MODES: Readonly<Record<PermissionMode, readonly string[]>> = {
  ask: ['--ask-for-approval', 'on-request'],
  auto: ['--ask-for-approval', 'never', '--sandbox', 'workspace-write'],
  bypass: ['--dangerously-bypass-approvals-and-sandbox'],
};

/** Codex. It chooses the id of its conversation itself. */
export const codex: Provider = {
  id: 'codex',
  kind: 'agent',
  command: 'codex',
  envNames: ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'CODEX_API_KEY', 'CODEX_HOME'],
  packs: [codexPack],
  launch: ({ permissionMode, model, message }) => ({
    args: [
      ...(permissionMode === undefined ? [] : MODES[permissionMode]),
      // A question for an update would take the first message's place.
      ...['-c', 'check_for_update_on_startup=false'],
      ...(model === undefined ? [] : ['--model', model]),
      ...(message === undefined ? [] : [asText(message)]),
    ],
    env: {},
  }),
};
