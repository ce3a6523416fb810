declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** tmux's own ids: `$1`, `@2`, `%3`. Never reused within one tmux server (tmux(1), COMMANDS). */
export type SessionId = Branded<string, 'SessionId'>;
export type WindowId = Branded<string, 'WindowId'>;
export type PaneId = Branded<string, 'PaneId'>;

// tmux keeps ids as unsigned 32-bit numbers.
const MAX_ID = 4_294_967_295;

function isId(sigil: string, text: string): boolean {
  return text.startsWith(sigil) && /^(0|[1-9][0-9]{0,9})$/.test(text.slice(1)) && Number(text.slice(1)) <= MAX_ID;
}

/** @returns the text as a session id, or undefined when it is not exactly `$` and a 32-bit decimal number. */
export function parseSessionId(text: string): SessionId | undefined {
  return isId('$', text) ? (text as SessionId) : undefined;
}

/** @returns the text as a window id, or undefined when it is not exactly `@` and a 32-bit decimal number. */
export function parseWindowId(text: string): WindowId | undefined {
  return isId('@', text) ? (text as WindowId) : undefined;
}

/** @returns the text as a pane id, or undefined when it is not exactly `%` and a 32-bit decimal number. */
export function parsePaneId(text: string): PaneId | undefined {
  return isId('%', text) ? (text as PaneId) : undefined;
}
