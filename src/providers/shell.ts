import type { Provider } from './provider.js';

/** The embedded default: a plain shell. Its messages are commands, and its state is told by its processes. */
export const shell: Provider = {
  id: 'shell',
  command: 'sh',
  envNames: [],
  packs: [],
  launch: () => ({ args: [], env: {} }),
};
