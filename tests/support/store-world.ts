import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BootClock, BootTime } from '../../src/kernel/boot-clock.js';
import { createSqliteStore, type SqliteStoreOptions } from '../../src/store/sqlite/sqlite-store.js';
import type { StateStore } from '../../src/store/store.js';

/** A state folder of one test. */
export interface StoreWorld {
  /** The state folder; it does not exist yet. */
  readonly root: string;
  /** The file of the store. */
  readonly path: string;
  readonly notices: string[];
  /** Another store on the same file, as another process has it. */
  readonly open: (options?: Partial<SqliteStoreOptions>) => StateStore;
  /** Names and modes of what is in the folder. */
  readonly modes: () => Record<string, string>;
  readonly close: () => Promise<void>;
}

export function createStoreWorld(name = 'user.db'): StoreWorld {
  const base = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/nowhere', 's-'));
  const root = join(base, 'tmux-orchestrator');
  const stores: StateStore[] = [];
  const notices: string[] = [];
  return {
    root,
    path: join(root, name),
    notices,
    open: (options = {}) => {
      const store = createSqliteStore({
        ...{ root, folder: root, name, timeoutMs: () => 1000, onNotice: (notice) => notices.push(notice) },
        ...options,
      });
      stores.push(store);
      return store;
    },
    modes: () =>
      Object.fromEntries(
        readdirSync(root).map((file) => [file, (statSync(join(root, file)).mode & 0o777).toString(8)]),
      ),
    close: async () => {
      await Promise.all(stores.map((store) => store.close()));
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** A clock that a test moves. */
export function fakeBootClock(start: Partial<BootTime> = {}): {
  clock: BootClock;
  set: (more: Partial<BootTime>) => void;
  pass: (ms: number) => void;
} {
  let time: BootTime = { awake: 1000, suspended: 0, boot: 'boot-1', wall: 1_700_000_000_000, ...start };
  return {
    clock: () => time,
    set: (more) => (time = { ...time, ...more }),
    pass: (ms) => (time = { ...time, awake: time.awake + ms, wall: time.wall + ms }),
  };
}
