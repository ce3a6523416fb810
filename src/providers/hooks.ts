import type { EventName, EventSpec } from './events.js';
import type { Telling } from './provider.js';

/** A word for sh(1) that stands for itself. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** What a shell runs to tell of an event. */
export const tellingLine = ({ words }: Telling, event: EventName): string => [...words, event].map(quoted).join(' ');

/** Hooks that Claude Code has and others have taken over, and what they tell of. */
const HOOKS: Readonly<Record<string, EventName>> = {
  ...{ SessionStart: 'started', UserPromptSubmit: 'submitted', Stop: 'finished', StopFailure: 'failed' },
};

/** What they tell. */
export const hookEvents: EventSpec = {
  source: 'hook',
  fields: {
    sessionId: 'session_id',
    message: 'prompt',
    answer: 'last_assistant_message',
    error: 'last_assistant_message',
    kind: 'error',
  },
};

/**
 * Settings of these hooks.
 * @param timeout in the CLI's own unit
 */
export function hookSettings(telling: Telling, timeout: number): Readonly<Record<string, unknown>> {
  const entry = (event: EventName): object => ({ type: 'command', command: tellingLine(telling, event), timeout });
  return Object.fromEntries(Object.entries(HOOKS).map(([name, event]) => [name, [{ hooks: [entry(event)] }]]));
}
