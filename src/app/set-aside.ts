import { readdirSync } from 'node:fs';
import { stateFolder } from '../config/folders.js';
import { serverStateFolders } from './state-folder.js';

/** A database that was damaged, kept under another name. */
export interface SetAside {
  readonly store: string;
  /** Its file, without the folder. */
  readonly file: string;
  /** ISO 8601. */
  readonly at: string;
}

const NAME = /^((?:user|state)\.db)\.corrupt-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{4}$/;

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Those that are there still: whoever has looked after what was lost removes them. */
export function listSetAside(env: NodeJS.ProcessEnv): SetAside[] {
  return [stateFolder(env), ...serverStateFolders(env)].flatMap(namesIn).flatMap((file) => {
    const [, store, ...[year, month, day, hour, minute, second]] = NAME.exec(file) ?? [];
    if (store === undefined) return [];
    return {
      store,
      file,
      at: `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`,
    };
  });
}

export const setAsideText = ({ store, file, at }: SetAside): string =>
  `the store ${store} was damaged at ${at} and is kept as ${file}: what no snapshot had is lost`;

export const SET_ASIDE_ADVICE =
  'See what there is with tmux-orc state list, look through tmux-orc security trust list, and remove the file when nothing is missing.';
