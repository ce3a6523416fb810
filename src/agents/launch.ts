import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Launch, LaunchWish, OfferedServer, Provider, Telling } from '../providers/provider.js';
import { trustFolder } from './trust-record.js';

/** What agents are given besides what was asked for. */
export interface Equipment {
  /** Absolute path of the folder with what CLIs call and load (bin/hooks). */
  readonly modules: string;
  /** Folder for those of the agents of this tmux server. */
  readonly folders: string;
  readonly tmux: { readonly binary: string; readonly socketPath: string };
  /** Variables of the pane that bind whatever of ours is started there. */
  readonly settings: Readonly<Record<string, string>>;
  /** Our own server, as an agent starts it; undefined: it is not offered. */
  readonly server: OfferedServer | undefined;
  /** Whoever runs us has said that agents need not ask about this folder. */
  readonly isTrusted: (folder: string) => boolean;
}

/** What is to be started, and what was made for it. */
export interface Prepared extends Pick<Launch, 'args' | 'env'> {
  /** The agent's own folder; undefined where its CLI tells of nothing. */
  readonly folder: string | undefined;
}

/** They stand in command lines that other programs read their own way: what could mean anything there is left out. */
const PLAIN = /^[\w/.+@,=: -]+$/;

/** How long a folder without an agent may be about to get one. */
const FORGOTTEN_MS = 600_000;

function tellingOf({ modules, folders, tmux }: Equipment, id: string): Telling | undefined {
  const folder = join(folders, id);
  const words = ['/bin/sh', join(modules, 'event.sh'), folder, tmux.binary, tmux.socketPath];
  return words.every((word) => PLAIN.test(word)) ? { folder, modules, words } : undefined;
}

/** Takes away the folders of agents that are on record no more. @param kept theirs that are */
export function dropFolders({ folders }: Equipment, kept: ReadonlySet<string>, now: number): void {
  let names: readonly string[];
  try {
    names = readdirSync(folders);
  } catch {
    return;
  }
  for (const folder of names.map((name) => join(folders, name)))
    if (!kept.has(folder) && now - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? now) > FORGOTTEN_MS)
      rmSync(folder, { recursive: true, force: true });
}

/**
 * What a CLI is started with, so that it tells of its events, knows our server and asks nothing that is settled. Nothing
 * of the user's own files is changed but the record of trusted folders of a CLI that has no other way.
 * @param home of the CLI
 */
export function prepareLaunch(
  equipment: Equipment,
  provider: Provider,
  wish: Omit<LaunchWish, 'telling' | 'server' | 'isTrusted'>,
  home: string | undefined,
): Prepared {
  const isTrusted = equipment.isTrusted(wish.cwd);
  if (isTrusted && provider.trust !== undefined && home !== undefined) trustFolder(provider.trust, home, wish.cwd);
  const telling = provider.events === undefined ? undefined : tellingOf(equipment, wish.sessionId);
  const { args, env, files = {} } = provider.launch({ ...wish, isTrusted, telling, server: equipment.server });
  const launch = { args, env: { ...equipment.settings, ...env } };
  if (telling === undefined) return { ...launch, folder: undefined };
  mkdirSync(telling.folder, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(telling.folder, name), text, { mode: 0o600 });
  return { ...launch, folder: telling.folder };
}
