import type { AgentState, PermissionMode } from '../kernel/agent-words.js';
import type { Dialog } from './dialog.js';
import type { DetectionPack } from './pack.js';
import type { EventSpec } from './events.js';
import type { Entry } from './transcripts/entry.js';

/** How an agent is to be started. */
export interface LaunchWish {
  /** Undefined: nothing of it goes along. */
  readonly permissionMode: PermissionMode | undefined;
  readonly model?: string | undefined;
  /** A UUID that the CLI is to call its conversation by, where it lets that be chosen. */
  readonly sessionId: string;
  /** What the CLI calls a conversation of before that goes on; undefined: a new one. */
  readonly resume?: string | undefined;
  /** The first message, which the CLI takes at its start. */
  readonly message?: string | undefined;
  /** Who it is, for the model, where its conversation begins anew: its name, role and briefing. */
  readonly role: string;
  /** Absolute path of the folder it works in. */
  readonly cwd: string;
  /** Whoever runs us trusts that folder: the CLI need not ask. */
  readonly isTrusted: boolean;
  /** How it is to tell of its events; undefined: not at all. */
  readonly telling?: Telling | undefined;
  /** Where its own server is to listen; undefined where it has none. */
  readonly api?: ApiAddress | undefined;
  /** Our server, for its use; undefined: it is not offered. */
  readonly server?: OfferedServer | undefined;
}

/** How a CLI tells of its events. */
export interface Telling {
  /** Absolute path of a folder of its own, which is private. */
  readonly folder: string;
  /** Absolute path of the folder with the modules that some CLIs load (bin/hooks). */
  readonly modules: string;
  /** The words that tell of an event; its name comes behind them, its payload as input or as one more word. */
  readonly words: readonly string[];
}

/** The HTTP server of a CLI, on loopback. */
export interface ApiAddress {
  readonly port: number;
  /** Without it nobody is answered. */
  readonly password: string;
}

/** What a CLI's own server is asked for its state. */
export interface ApiSpec {
  /** User name that goes with the password (RFC 7617). */
  readonly user: string;
  readonly paths: readonly string[];
  /** @param answers as JSON, in the order of the paths @returns undefined when they tell nothing that is understood */
  readonly read: (answers: readonly unknown[]) => ApiReading | undefined;
  /** What it has of its conversations. */
  readonly talk?: ApiTalk;
}

/** How a CLI's own server is asked for a conversation. */
export interface ApiTalk {
  /** Path of those that were changed since then, in milliseconds since the epoch. */
  readonly list: (since: number) => string;
  readonly readList: (answer: unknown) => readonly ApiConversation[];
  /** The title of the one that is shown, in the pane's. It may be cut. */
  readonly titleIn: (paneTitle: string) => string | undefined;
  /** Path of its last messages. @param before where another page has ended; undefined: the very last */
  readonly page: (id: string, count: number, before: string | undefined) => string;
  /** Header that tells where the page ends; none for the first messages of all. */
  readonly beforeHeader: string;
  /** @returns oldest first */
  readonly read: (answer: unknown) => readonly ApiMessage[];
}

export interface ApiConversation {
  readonly id: string;
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly changedAt: number;
}

export interface ApiMessage {
  readonly id: string;
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  /** Nothing is added to it any more. */
  readonly isOver: boolean;
  readonly entries: readonly Entry[];
}

export interface ApiReading {
  readonly says: AgentState;
  /** Its own word. */
  readonly rule: string;
  /** What it says about an error. */
  readonly text?: string | undefined;
  /** What it calls the conversation that is at work. */
  readonly sessionId?: string | undefined;
  /** The first question that it waits for, with what answers it. */
  readonly dialog?: Dialog | undefined;
}

/** An MCP server as it is started over stdio. */
export interface OfferedServer {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Variables of the pane that it needs too, where the CLI would keep them from it. */
  readonly inherits: readonly string[];
}

/** What is started. */
export interface Launch {
  /** Behind the program's name. */
  readonly args: readonly string[];
  /** Variables besides those of the pane. */
  readonly env: Readonly<Record<string, string>>;
  /** Written into its own folder before the start, by name. */
  readonly files?: Readonly<Record<string, string>>;
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
  /** What ends it when it is typed and it is idle; undefined where that is not known. */
  readonly exitCommand?: string;
  /** Keys of tmux that stop its turn while it works, pressed one after the other; undefined where none are known. */
  readonly interruptKeys?: readonly string[];
  /** Who calls its conversations by ids: it takes ours, or has its own; undefined where none can go on. */
  readonly conversations?: 'ours' | 'its own';
  /** With a conversation that goes on it takes no message at its start. */
  readonly resumesSilently?: true;
  /** It asks before nothing, whatever the permission mode is. */
  readonly asksNothing?: true | undefined;
  /** What it keeps of itself where others can read it. */
  readonly registry?: Registry;
  /** What it tells by calling us. */
  readonly events?: EventSpec;
  /** Its own server, which tells its state. */
  readonly api?: ApiSpec;
  /** Where it keeps which folders are trusted. */
  readonly trust?: TrustRecord;
  /** Where it keeps its conversations. */
  readonly transcript?: TranscriptSpec;
}

/** A folder in which a CLI keeps files of its own. */
export interface VendorFolder {
  /** Variable that names it; else it is `folder` below the home. */
  readonly variable: string;
  /** Empty for the home itself. */
  readonly folder: string;
}

/** Files of a CLI in which it keeps its conversations, one each, line by line as JSON; what is written once stays. */
export interface TranscriptSpec extends VendorFolder {
  /** Names on the way to the file of a conversation, below that folder. An object stands for all names like it. */
  readonly path: (id: string) => readonly (string | NameLike)[];
  /** Whether a first line is of that conversation, and that is one with a person; where the name does not tell enough. */
  readonly isOf?: (line: unknown, id: string) => boolean;
  /** Some entries are told again on later lines, with more: those that have a key. */
  readonly repeats?: true;
  /** What a line tells. */
  readonly read: (line: unknown) => readonly Entry[];
}

export interface NameLike {
  readonly start?: string;
  readonly end?: string;
}

/** A file of a CLI in which it keeps which folders are trusted, for those that cannot be told at the start. */
export interface TrustRecord extends VendorFolder {
  /** Name of the file. */
  readonly file: string;
  /** Name of its lock while it is changed: a folder that is made (proper-lockfile). */
  readonly lock: string;
  /** @returns the content with the folder trusted, itself where it is so; undefined where it is not understood */
  readonly add: (content: unknown, folder: string) => unknown;
}

/** Whether anything tells what it is doing, beside its end. */
export const isReadable = ({ kind, packs, registry, events, api }: Provider): boolean =>
  kind === 'shell' || packs.length > 0 || [registry, events, api].some((source) => source !== undefined);

/** A file in which a CLI keeps what it is doing. */
export interface Registry extends VendorFolder {
  /** Below that folder. */
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
  /** What it calls its conversation. */
  readonly sessionId?: string | undefined;
}

/** The version in what a program prints for `--version`. */
export const versionIn = (text: string): string | undefined => /\b\d+\.\d+\.\d+\b/.exec(text)?.[0];

/** A CLI takes a message like this for a command of its own, some also behind blanks. */
export const isCommand = (message: string): boolean => /^\s*(?:[/!]|(?:exit|quit|:q)\s*$)/i.test(message);

/** A message as an argument of its own that is neither a flag nor, as a single word, a subcommand. */
export const asText = (message: string): string => (/^-|^\S+$/.test(message) ? ` ${message}` : message);

/** A flag and its value, where there is one. */
export const flag = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [name, value]);

/** The same as one word. */
export const joined = (name: string, value: string | undefined): string[] =>
  value === undefined ? [] : [`${name}=${value}`];

/** An entry `mcpServers`, as most CLIs have it. */
export const mcpServers = (server: OfferedServer): object => ({
  mcpServers: { [SERVER_NAME]: { command: server.command, args: server.args, env: server.env } },
});

/** What our server is called in the agents' own settings. */
export const SERVER_NAME = 'tmux-orc';
