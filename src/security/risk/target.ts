import { createHash } from 'node:crypto';

/** One life of a tmux server: ids mean something only within it. */
export interface Server {
  readonly pid: number;
  /** Seconds since the epoch. */
  readonly startedAt: number;
}

export const serverKey = ({ pid, startedAt }: Server): string => `${String(pid)}.${String(startedAt)}`;

export interface RiskPane {
  readonly id: string;
  readonly pid: number;
  readonly command: string;
  /** What an option of the pane says of its agent; any program can write it. */
  readonly agent?: string | undefined;
}

/** What a change would be done to, as tmux listed it. */
export interface RiskTarget {
  readonly kind: 'session' | 'window' | 'pane';
  readonly id: string;
  readonly server: Server;
  /** All that hold it: a window may be linked to several. */
  readonly sessions: readonly { readonly id: string; readonly name: string }[];
  /** The window that it is, or lies in. */
  readonly window?: { readonly id: string; readonly name: string } | undefined;
  /** What it consists of. */
  readonly panes: readonly RiskPane[];
  /** Nothing else would be left on the server. */
  readonly isAll: boolean;
}

/** JSON with the keys of objects in order, so that equal values have equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** Which thing it is, however it was named: another pane process or another life of the server is another thing. */
function identity(target: RiskTarget | undefined): unknown {
  if (target === undefined) return null;
  const pid = target.kind === 'pane' ? target.panes[0]?.pid : undefined;
  return [serverKey(target.server), target.kind, target.id, pid ?? null];
}

/**
 * Stands for exactly this call on exactly this thing.
 * @param salt so that what was typed cannot be guessed from it
 */
export function digestOf(salt: string, operation: string, args: unknown, target: RiskTarget | undefined): string {
  const text = canonical([salt, operation, args, identity(target)]);
  return createHash('sha256').update(text).digest('hex');
}
