import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ApiAddress, Launch, LaunchWish, OfferedServer, Provider, Telling } from '../providers/provider.js';
import { newApiAddress } from './api.js';
import { trustFolder } from './trust-record.js';
import { vendorFolder } from './vendor-file.js';

/** What agents are given besides what was asked for. */
export interface Equipment {
  /** Absolute path of the folder with what CLIs call and load (bin/hooks). */
  readonly modules: string;
  /** Folder for those of the agents of this tmux server. */
  readonly folders: string;
  readonly tmux: { readonly binary: string; readonly socketPath: string };
  /** Our own server, as an agent starts it; undefined: it is not offered. */
  readonly server: OfferedServer | undefined;
  /** Whoever runs us has said that agents need not ask about this folder. */
  readonly isTrusted: (folder: string) => boolean;
}

/** What is to be started, and what was made for it. */
export interface Prepared extends Pick<Launch, 'args' | 'env'> {
  /** What its conversation is called, where that is known beforehand. */
  readonly sessionId: string | undefined;
  /** The agent's own folder; undefined where its CLI tells of nothing. */
  readonly folder: string | undefined;
  /** Where its CLI keeps files about itself. */
  readonly registry: string | undefined;
  /** Where its CLI keeps its conversations. */
  readonly transcripts: string | undefined;
  /** Where its CLI's own server listens. */
  readonly api: ApiAddress | undefined;
}

/** They stand in command lines that other programs read their own way: what could mean anything there is left out. */
const PLAIN = /^[\w/.+@,=: -]+$/;

/** How long a folder without an agent may be about to get one. */
export const FORGOTTEN_MS = 600_000;

function tellingOf({ modules, folders, tmux }: Equipment, id: string): Telling | undefined {
  const folder = join(folders, id);
  const words = ['/bin/sh', join(modules, 'event.sh'), folder, tmux.binary, tmux.socketPath];
  return words.every((word) => PLAIN.test(word)) ? { folder, modules, words } : undefined;
}

/** The name of a folder that we have made (RFC 9562, section 4). */
const OURS = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** When a folder of ours was changed last; undefined for anything else, whatever it is called. */
function changedAt(folder: string): number | undefined {
  const facts = lstatSync(folder, { throwIfNoEntry: false });
  return facts?.isDirectory() === true ? facts.mtimeMs : undefined;
}

/** Takes away a folder with the files in it; one that holds folders stays, and nothing that a link leads to is touched. */
function drop(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (!entry.isDirectory()) unlinkSync(join(folder, entry.name));
    rmdirSync(folder);
  } catch {
    // What cannot be taken away is no reason not to start an agent.
  }
}

/** Takes away the folders of agents that are on record no more, and nothing else. @param kept theirs that are */
export function dropFolders({ folders }: Equipment, kept: ReadonlySet<string>, now: number): void {
  let names: readonly string[];
  try {
    names = readdirSync(folders).filter((name) => OURS.test(name));
  } catch {
    return;
  }
  // By their names: the same folder may be reached by several paths.
  const stay = new Set([...kept].map((path) => basename(path)));
  for (const folder of names.filter((name) => !stay.has(name)).map((name) => join(folders, name)))
    if (now - (changedAt(folder) ?? now) > FORGOTTEN_MS) drop(folder);
}

function fill(folder: string, files: Launch['files'] = {}): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
}

/** What of a wish no CLI is started with. */
interface Asked {
  /** The folder that was asked for, where it works in another one. */
  readonly asked?: string | undefined;
  /** Who it is, to be told again where its conversation begins anew. */
  readonly told: AgentRole;
}

/** Who an agent is. */
export interface AgentRole {
  readonly name: string;
  readonly role: string;
  readonly briefing?: string | undefined;
}

const roleText = ({ name, role, briefing }: AgentRole): string =>
  [`You are the agent ${name}, with the role ${role}.`, ...(briefing === undefined ? [] : ['Your briefing was:', briefing])].join('\n') + '\n'; // prettier-ignore

/**
 * What a CLI is started with, so that it tells of its events, knows our server and asks nothing that is settled. Nothing
 * of the user's own files is changed but the record of trusted folders of a CLI that has no other way.
 * @param env that the CLI will have
 */
export async function prepareLaunch(
  equipment: Equipment,
  provider: Provider,
  { asked, told, ...wish }: Omit<LaunchWish, 'sessionId' | 'role' | 'telling' | 'api' | 'server' | 'isTrusted'> & Asked,
  env: NodeJS.ProcessEnv,
): Promise<Prepared> {
  const sessionId = randomUUID();
  const isTrusted = equipment.isTrusted(asked ?? wish.cwd);
  if (isTrusted && provider.trust !== undefined) trustFolder(provider.trust, env, wish.cwd);
  const telling = provider.events === undefined ? undefined : tellingOf(equipment, sessionId);
  const api = provider.api && (await newApiAddress());
  const launch = provider.launch({
    ...wish,
    role: roleText(told),
    sessionId,
    isTrusted,
    telling,
    api,
    server: equipment.server,
  });
  if (telling !== undefined) fill(telling.folder, launch.files);
  return {
    ...{ args: launch.args, env: launch.env },
    ...{
      sessionId: wish.resume ?? (provider.conversations === 'ours' ? sessionId : undefined),
      folder: telling?.folder,
      api,
    },
    registry: provider.registry && vendorFolder(provider.registry, env),
    transcripts: provider.transcript && vendorFolder(provider.transcript, env),
  };
}
