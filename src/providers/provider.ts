import type { DetectionPack } from './pack.js';

/** `ask`: before each command. `auto`: as far as the CLI itself thinks it safe. `bypass`: never. */
export const PERMISSION_MODES = ['ask', 'auto', 'bypass'] as const;
export type PermissionMode = (typeof PERMISSION_MODES)[number];

/** How an agent is to be started. */
export interface LaunchWish {
  /** Undefined: nothing of it goes along. */
  readonly permissionMode: PermissionMode | undefined;
  readonly model?: string | undefined;
  /** A UUID that the CLI is to call its conversation by, where it lets that be chosen. */
  readonly sessionId: string;
  /** The first message, which the CLI takes at its start. */
  readonly message?: string | undefined;
}

/** What is started. */
export interface Launch {
  /** Behind the program's name. */
  readonly args: readonly string[];
  /** Variables besides those of the pane. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * One agent CLI: how it is found, started and read. What differs between versions is in its packs.
 */
export interface Provider {
  readonly id: string;
  /** Below an agent no shell reads what is written; a shell runs it, and its state is told by its processes. */
  readonly kind: 'agent' | 'shell';
  /** The program: a name to be found on PATH, or an absolute path. Undefined: the shell of the user. */
  readonly command: string | undefined;
  /** Words behind the program's name in every call of it, also in one for its version; `launch` gives them too. */
  readonly leadingArgs?: readonly string[];
  /** Variables that it documents for keys and endpoints; a tmux server that we start passes them on. */
  readonly envNames: readonly string[];
  /** Oldest first. Without any, and without a registry, only the end of its process is known. */
  readonly packs: readonly DetectionPack[];
  readonly launch: (wish: LaunchWish) => Launch;
  /** It asks before nothing, whatever the permission mode is. */
  readonly asksNothing?: true | undefined;
  /** What it keeps of itself where others can read it. */
  readonly registry?: Registry;
}

/** Whether anything tells what it is doing, beside its end. */
export const isReadable = ({ kind, packs, registry }: Provider): boolean =>
  kind === 'shell' || packs.length > 0 || registry !== undefined;

/** A file in which a CLI keeps what it is doing. */
export interface Registry {
  /** Below the home of the CLI. */
  readonly path: (pid: number) => readonly string[];
  /** @returns undefined when the file tells nothing that is understood */
  readonly read: (content: unknown) => RegistryEntry | undefined;
}

export interface RegistryEntry {
  readonly says: 'idle' | 'working' | 'waiting_permission' | 'waiting_input';
  /** Its own word. */
  readonly rule: string;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
  /** Start of its process, in clock ticks since boot (proc(5), field 22): another process may have got its number. */
  readonly procStart: string | undefined;
}

/** The version in what a program prints for `--version`. */
export const versionIn = (text: string): string | undefined => /\b\d+\.\d+\.\d+\b/.exec(text)?.[0];

/** A CLI takes a message that begins like this for a command of its own, some also behind blanks. */
export const isCommand = (message: string): boolean => /^\s*[/!@#?]/.test(message);

/** A message as an argument of its own that is neither a flag nor, as a single word, a subcommand. */
export const asText = (message: string): string => (/^-|^\S+$/.test(message) ? ` ${message}` : message);
