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

/** Name of a file in the agent's own folder: who it is, and its briefing. */
export const ROLE_FILE = 'role';

/** Where a conversation begins anew, what these hooks print is given to the model. */
const ANEW = 'clear|compact|resume';

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
  const entry = (command: string): object => ({ type: 'command', command, timeout });
  const told = Object.entries(HOOKS).map(([name, event]) => [name, [{ hooks: [entry(tellingLine(telling, event))] }]] as const);
  const role = { matcher: ANEW, hooks: [entry(`cat ${quoted(`${telling.folder}/${ROLE_FILE}`)}`)] };
  return Object.fromEntries(told.map(([name, entries]) => [name, name === 'SessionStart' ? [...entries, role] : entries]));
} // prettier-ignore
