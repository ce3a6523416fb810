import type { Provider } from './provider.js';

/** The embedded default: a plain shell. Its messages are commands, and its state is told by its processes. */
export const shell: Provider = {
  id: 'shell',
  kind: 'shell',
  command: undefined,
  exitCommand: 'exit',
  interruptKeys: ['C-c'],
  envNames: [],
  packs: [],
  launch: () => ({ args: [], env: {} }),
};
