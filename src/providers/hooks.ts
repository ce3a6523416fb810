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

/**
 * When the model is told once more who it is, after its conversation has begun anew: by what a hook prints at that moment,
 * or, where a CLI takes no notice of that, by one at the next message.
 */
export type Again = 'at once' | 'with a message';

/** Files in the agent's own folder: what it is told, and that it is to be told. */
const ROLE_FILE = 'role';
const MARK_FILE = 'again';
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

interface HookGroup {
  readonly matcher?: string;
  readonly command: string;
}

/** What gives the role again, by the hook that does it. */
function roleHooks({ folder }: Telling, again: Again): Readonly<Record<string, HookGroup>> {
  const [role, mark] = [ROLE_FILE, MARK_FILE].map((name) => quoted(`${folder}/${name}`));
  if (again === 'at once') return { SessionStart: { matcher: ANEW, command: `cat ${String(role)}` } };
  return {
    SessionStart: { matcher: ANEW, command: `: >${String(mark)}` },
    UserPromptSubmit: { command: `rm ${String(mark)} 2>/dev/null && cat ${String(role)} || :` },
  };
}

/**
 * Settings of these hooks.
 * @param timeout in the CLI's own unit
 */
export function hookSettings(telling: Telling, timeout: number, again: Again): Readonly<Record<string, unknown>> {
  const roles = roleHooks(telling, again);
  const group = ({ matcher, command }: HookGroup): object => ({
    ...(matcher === undefined ? {} : { matcher }),
    hooks: [{ type: 'command', command, timeout }],
  });
  return Object.fromEntries(
    Object.entries(HOOKS).map(([name, event]) => {
      const groups = [{ command: tellingLine(telling, event) }, ...(roles[name] === undefined ? [] : [roles[name]])];
      return [name, groups.map(group)];
    }),
  );
}

/** What they read. @param role who the agent is */
export function hookFiles(role: string, again: Again): Readonly<Record<string, string>> {
  const output = { hookSpecificOutput: { hookEventName: 'UserPromptSubmit', additionalContext: role } };
  return { [ROLE_FILE]: again === 'at once' ? role : `${JSON.stringify(output)}\n` };
}
