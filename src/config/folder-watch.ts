import { type FSWatcher, watch } from 'node:fs';

/** Tells when something changes in a folder. */
export interface FolderWatch {
  /** @param folders path and identity: a folder of the same path that is another one is watched anew */
  readonly watch: (folders: ReadonlyMap<string, string>) => void;
  readonly close: () => void;
}

export function createFolderWatch(onChange: () => void): FolderWatch {
  const watchers = new Map<string, { readonly identity: string; readonly watcher: FSWatcher }>();
  const drop = (path: string): void => {
    watchers.get(path)?.watcher.close();
    watchers.delete(path);
  };
  return {
    watch: (folders) => {
      for (const [path, { identity }] of watchers) if (folders.get(path) !== identity) drop(path);
      for (const [path, identity] of folders) {
        if (watchers.has(path)) continue;
        try {
          // Whoever watches keeps no process alive.
          const watcher = watch(path, { persistent: false }, onChange);
          watcher.on('error', () => {
            drop(path);
          });
          watchers.set(path, { identity, watcher });
        } catch {
          // The system may have no watches left; whoever uses this looks from time to time too.
        }
      }
    },
    close: () => {
      for (const path of [...watchers.keys()]) drop(path);
    },
  };
}
