import type { WaitingCall } from '../../../src/security/outer/concurrency.js';

/** A call on its way, with what a test changes of it. */
export function call(more: Partial<WaitingCall> = {}): WaitingCall {
  return {
    ...{ name: 'list_sessions', args: {}, surface: 'mcp', correlationId: 'id', malformed: undefined },
    ...{ caller: { id: 'host:tests', role: 'host' as const }, counted: true },
    offered: ['list_sessions', 'kill_pane'],
    signal: new AbortController().signal,
    operation: operation(),
    wait: (work) => work(),
    ...more,
  };
}

export function operation(
  more: Partial<NonNullable<WaitingCall['operation']>> = {},
): NonNullable<WaitingCall['operation']> {
  return { name: 'list_sessions', effect: 'read', exempt: false, waits: false, repeats: { volatile: [] }, ...more };
}

/** A promise that is settled from outside. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Lets everything happen that waits for nothing but its turn. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
