import type { PermissionMode } from '../kernel/agent-words.js';
import { asText, joined, type LaunchWish } from './provider.js';

/** Words that Gemini CLI takes at its start, and Qwen Code, which descends from it. */
export const wordsLikeGemini = (
  modes: Readonly<Record<PermissionMode, string>>,
  { permissionMode, model, sessionId, resume, message }: LaunchWish,
): string[] => [
  ...joined('--approval-mode', permissionMode && modes[permissionMode]),
  resume === undefined ? `--session-id=${sessionId}` : `--resume=${resume}`,
  ...joined('--model', model),
  ...joined('--prompt-interactive', message === undefined ? undefined : asText(message)),
];
