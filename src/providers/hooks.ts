import type { EventName } from './events.js';
import type { Telling } from './provider.js';

/** A word for sh(1) that stands for itself. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** What a shell runs to tell of an event. */
export const tellingLine = ({ words }: Telling, event: EventName): string => [...words, event].map(quoted).join(' ');

/**
 * Settings of hooks in the form that Claude Code has and others have taken over: the event of the CLI, and what it is.
 * @param timeout in the CLI's own unit
 */
export function hookSettings(
  telling: Telling,
  events: Readonly<Record<string, EventName>>,
  timeout: number,
): Readonly<Record<string, unknown>> {
  const entry = (event: EventName): object => ({ type: 'command', command: tellingLine(telling, event), timeout });
  return Object.fromEntries(Object.entries(events).map(([name, event]) => [name, [{ hooks: [entry(event)] }]]));
}
