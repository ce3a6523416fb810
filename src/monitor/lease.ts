import { defineTable, type StateStore } from '../store/store.js';

/** What it runs in: a server of a host, a background process of its own, or a terminal. */
export type HolderKind = 'serve' | 'background' | 'foreground';

/** The process that watches over a tmux server. */
export interface Holder {
  /** One word for this start of it. */
  readonly owner: string;
  readonly pid: number;
  readonly kind: HolderKind;
  /** Since when it does, in milliseconds since the epoch. */
  readonly since: number;
}

/** How it goes with the one that watches, as it said when it kept the lease last. */
export interface Pulse {
  readonly rounds: number;
  /** How long the last round took, in milliseconds. */
  readonly lastRoundMs?: number | undefined;
  /** The tmux server did not answer in it: mostly, there is none. */
  readonly isAway: boolean;
}

interface Row extends Holder {
  readonly pulse?: Pulse | undefined;
  /** On the clock of the store. */
  readonly until: number;
}

const leases = defineTable<Row>('monitor_lease', { version: 1, read: (value) => value as Row });
const KEY = 'monitor';

/** Who has not renewed it for so long is gone. */
export const LEASE_MS = 3000;
/** How often it is renewed, and looked whether it is free. */
export const RENEW_MS = 1000;

/** The right to watch over one tmux server: one process has it at a time. */
export interface MonitorLease {
  /** Takes it where it is free, or keeps it. @returns whether it is held now */
  readonly take: () => Promise<boolean>;
  readonly release: () => Promise<void>;
  /** Who has it; undefined where nobody does. */
  readonly holder: () => Promise<Holder | undefined>;
}

/** Who has it, for whoever only wants to know. */
export const holderOf = (store: StateStore): Promise<(Holder & { readonly pulse?: Pulse | undefined }) | undefined> =>
  store.read((view) => {
    const row = view.get(leases, KEY);
    if (row === undefined || row.until <= view.now.mono) return undefined;
    const { until: _, ...holder } = row;
    return holder;
  });

/**
 * @param store the state of that server
 * @param pulse read each time that it is kept
 */
export function createMonitorLease(store: StateStore, self: Holder, pulse?: () => Pulse): MonitorLease {
  return {
    // Looking costs less than writing, and most of the time somebody else has it.
    take: async () => {
      const holder = await holderOf(store);
      if (holder !== undefined && holder.owner !== self.owner) return false;
      return store.transact((tx) => {
        const row = tx.get(leases, KEY);
        if (row !== undefined && row.owner !== self.owner && row.until > tx.now.mono) return false;
        const until = tx.now.mono + LEASE_MS;
        const since = row?.owner === self.owner ? row.since : tx.now.wall;
        tx.put(leases, KEY, { ...self, since, until, pulse: pulse?.() }, { expiresAt: until });
        return true;
      });
    },
    release: () =>
      store.transact((tx) => {
        if (tx.get(leases, KEY)?.owner === self.owner) tx.delete(leases, KEY);
      }),
    holder: () => holderOf(store),
  };
} // prettier-ignore
