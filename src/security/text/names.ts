import { OrcError } from '../../kernel/errors.js';

declare const brand: unique symbol;
/** A session name that tmux stores exactly as it is. */
export type SessionName = string & { readonly [brand]: 'SessionName' };
/** A window name that tmux stores exactly as it is. */
export type WindowName = string & { readonly [brand]: 'WindowName' };

// ASCII, no tmux target or format syntax, no shell metacharacter: tmux expands `#(...)` in names, and users'
// hooks often pass names to a shell. JavaScript's `$` without the m flag matches only at the very end.
const SESSION = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const WINDOW = /^[A-Za-z0-9_](?:[A-Za-z0-9_. -]{0,62}[A-Za-z0-9_.-])?$/;
const RESERVED = '_orc';
/** What tmux or a shell would run, or the start of another command. */
const EXECUTES = /[#$][({]|`|\|\||&&|[;|]\s*[A-Za-z.~/]/;

function refuse(name: string, what: string, allowed: string, suggestion: string | undefined): never {
  throw new OrcError('INVALID_INPUT', `${what}: not an allowed name.`, {
    ...(EXECUTES.test(name) ? { rule: 'command_injection' } : {}),
    hint: `Allowed: ${allowed}.${suggestion === undefined ? '' : ` For example "${suggestion}".`}`,
  });
}

const isSessionName = (name: string): boolean => SESSION.test(name) && !name.toLowerCase().startsWith(RESERVED);
const isWindowName = (name: string): boolean => WINDOW.test(name);

function suggest(name: string, isAllowed: (candidate: string) => boolean): string | undefined {
  const candidate = name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64);
  return isAllowed(candidate) ? candidate : undefined;
}

/**
 * @returns the name as tmux will hold it: `.` becomes `_`, because tmux does that silently and the session would
 * not be where its creator looks for it.
 * @throws OrcError INVALID_INPUT
 */
export function sessionName(name: string, what = 'name'): SessionName {
  if (!isSessionName(name)) {
    refuse(
      name,
      what,
      'letters, digits, "_", "." and "-", first a letter, digit or "_", at most 64; "_orc" is reserved',
      suggest(name, isSessionName),
    );
  }
  return name.replaceAll('.', '_') as SessionName;
}

/** @throws OrcError INVALID_INPUT */
export function windowName(name: string, what = 'name'): WindowName {
  if (!isWindowName(name)) {
    refuse(
      name,
      what,
      'letters, digits, "_", ".", "-" and inner spaces, first a letter, digit or "_", at most 64',
      suggest(name, isWindowName),
    );
  }
  return name as WindowName;
}

const AGENT = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,30}[A-Za-z0-9])?$/;
const isAgentName = (name: string): boolean => AGENT.test(name) && !name.toLowerCase().startsWith(RESERVED);

/** @returns the name of an agent, which is also that of its window @throws OrcError INVALID_INPUT */
export function agentName(name: string, what = 'name'): WindowName {
  if (!isAgentName(name)) {
    const allowed = 'letters, digits, "_" and "-", first and last a letter or digit, at most 32';
    refuse(name, what, allowed, suggest(name, isAgentName));
  }
  return name as WindowName;
}

/** The session part of a target as tmux stores it; foreign names that we would not create are left as they are. */
export function storedSessionName(text: string): string {
  return SESSION.test(text) ? text.replaceAll('.', '_') : text;
}
