import { claude } from './claude.js';
import { codex } from './codex.js';
import { gemini } from './gemini.js';
import { opencode } from './opencode.js';
import { pi } from './pi.js';
import type { Provider } from './provider.js';
import { qwen } from './qwen.js';
import { shell } from './shell.js';

/** Every provider that comes with the program, in the order in which one is chosen where none is named. */
export const PROVIDERS: readonly Provider[] = [claude, codex, gemini, opencode, qwen, pi, shell];

const BY_ID: ReadonlyMap<string, Provider> = new Map(PROVIDERS.map((provider) => [provider.id, provider]));

export const providerById = (id: string): Provider | undefined => BY_ID.get(id);
