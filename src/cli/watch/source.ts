import type { App } from '../../app/create-app.js';
import { OrcError } from '../../kernel/errors.js';
import type { ListedPane } from './fleet.js';

/** What a look at a pane brought. */
export interface Look {
  readonly text: string;
  readonly cursor: string;
  /** More follows: look again with this cursor. */
  readonly truncated: boolean;
  readonly lines_missed: number | null;
}

/** Panes as the operations show them: what a configuration hides, or a layer takes out, is not there. */
export interface Source {
  /**
   * Every pane once.
   * @throws OrcError
   */
  readonly list: () => Promise<ListedPane[]>;
  /** Likewise, but a pane of a linked window once for each session that the window is in. */
  readonly listAll: () => Promise<ListedPane[]>;
  /** @throws OrcError NOT_FOUND when the pane is gone. */
  readonly look: (
    target: string,
    options: { readonly lines: number; readonly ansi?: boolean; readonly since?: string },
  ) => Promise<Look & { readonly pane: { readonly id: string } }>;
  /** Fails as the operations do for a target that is not there. */
  readonly session: (target: string) => Promise<void>;
}

interface PaneData {
  readonly id: string;
  readonly index: number;
  readonly command: string;
  readonly dead: boolean;
  readonly exit_status?: number;
  readonly agent?: string;
}
interface ListData {
  readonly sessions: readonly {
    readonly id: string;
    readonly name: string;
    readonly windows?: readonly {
      readonly id: string;
      readonly index: number;
      readonly name: string;
      readonly panes?: readonly PaneData[];
    }[];
  }[];
  readonly next_cursor?: string;
}

const PAGE = 500;

function panesIn({ sessions }: ListData): ListedPane[] {
  return sessions.flatMap(({ windows = [], ...session }) =>
    windows.flatMap(({ panes = [], ...window }) =>
      panes.map((pane) => ({
        id: pane.id,
        target: `${session.name}:${String(window.index)}.${String(pane.index)}`,
        session: { id: session.id, name: session.name },
        window: { id: window.id, index: window.index, name: window.name },
        index: pane.index,
        command: pane.command,
        dead: pane.dead,
        exitStatus: pane.exit_status,
        agent: pane.agent,
      })),
    ),
  );
}

/**
 * Every call is an operation and passes the dispatcher with all its layers, as any other command does. For the limits
 * all of them are one command.
 */
export function createSource({ dispatcher }: App, signal: AbortSignal): Source {
  let goesOn = false;
  const call = async (name: string, args: Record<string, unknown>): Promise<unknown> => {
    const result = await dispatcher.dispatch({ name, args, surface: 'cli', signal, goesOn });
    goesOn = true;
    if (result.ok) return result.data;
    const { code, message, hint, retry_after_ms: retryAfterMs, details } = result.error;
    throw new OrcError(code, message, {
      hint,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(details === undefined ? {} : { details }),
    });
  };
  const listAll = async (): Promise<ListedPane[]> => {
    const panes: ListedPane[] = [];
    let cursor: string | undefined;
    do {
      const args = { detail: 'panes', limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
      const page = (await call('list_sessions', args)) as ListData;
      panes.push(...panesIn(page));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    return panes;
  };
  return {
    listAll,
    list: async () => {
      const panes = new Map<string, ListedPane>();
      for (const pane of await listAll()) if (!panes.has(pane.id)) panes.set(pane.id, pane);
      return [...panes.values()];
    },
    look: async (target, options) =>
      (await call('capture_pane', { target, ...options })) as Awaited<ReturnType<Source['look']>>,
    session: async (session) => {
      await call('list_sessions', { detail: 'sessions', session });
    },
  };
}
