import type { PermissionMode } from '../kernel/agent-words.js';
import type { DetectionPack } from './pack.js';

/** How an agent is to be started. */
export interface LaunchWish {
  readonly permissionMode: PermissionMode;
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
  /** The program. */
  readonly command: string;
  /** Variables that it documents for keys and endpoints; a tmux server that we start passes them on. */
  readonly envNames: readonly string[];
  /** Oldest first; none for one whose state is told by its processes. */
  readonly packs: readonly DetectionPack[];
  readonly launch: (wish: LaunchWish) => Launch;
  /** It asks before nothing, whatever the permission mode is. */
  readonly asksNothing?: true;
  /** What it keeps of itself where others can read it. */
  readonly registry?: Registry;
}

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
