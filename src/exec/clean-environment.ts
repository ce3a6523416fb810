/** What every process that we start may see of our own environment: enough to run, nothing secret. */
export const BASE = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TMUX_TMPDIR', 'TZ'];
// A tmux server hands its environment to every pane, so people's panes need what a login would give them.
export const SERVER = [
  ...BASE,
  'LANG',
  'LANGUAGE',
  'TERM',
  'COLORTERM',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'DBUS_SESSION_BUS_ADDRESS',
  'EDITOR',
  'VISUAL',
  'PAGER',
];
export const SERVER_PREFIXES = ['LC_', 'XDG_'];
/** Our own settings, keys among them: no program that we start needs them. */
export const OURS = /^(?:TMUX_ORC_|ORC_)/;

export type Environment = Readonly<Record<string, string>>;

function pick(source: NodeJS.ProcessEnv, wanted: (name: string) => boolean): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) if (value !== undefined && wanted(name)) picked[name] = value;
  return picked;
}

/** Environment of a tmux client process. A UTF-8 locale is forced: without one tmux prints `_` for other scripts. */
export function clientEnvironment(source: NodeJS.ProcessEnv): Environment {
  return {
    ...pick(source, (name) => BASE.includes(name)),
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TERM: source.TERM ?? 'xterm-256color',
  };
}

/**
 * Environment of a tmux server that we start; it becomes the environment of every pane (tmux(1), GLOBAL AND SESSION
 * ENVIRONMENT).
 * @param passthrough further names that the operator allows.
 */
export function serverEnvironment(source: NodeJS.ProcessEnv, passthrough: readonly string[]): Environment {
  const wanted = (name: string): boolean =>
    !OURS.test(name) &&
    (SERVER.includes(name) || passthrough.includes(name) || SERVER_PREFIXES.some((prefix) => name.startsWith(prefix)));
  return { LANG: 'C.UTF-8', TERM: 'xterm-256color', ...pick(source, wanted) };
}

/** Where the process is, and who it is: not for one that stays when that place is gone. */
const OF_PLACE = new Set(['TMUX', 'TMUX_PANE', 'TMUX_ORC_TOKEN']);

/**
 * Environment of a process of our own that goes on without a terminal: our settings, and what it gives to others.
 * @param passthrough as of {@link serverEnvironment}
 */
export function ownEnvironment(source: NodeJS.ProcessEnv, passthrough: readonly string[]): Environment {
  const { NODE_EXTRA_CA_CERTS: certificates } = source;
  return {
    ...serverEnvironment(source, passthrough),
    ...pick(source, (name) => OURS.test(name) && !OF_PLACE.has(name)),
    ...(certificates === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificates }),
  };
}
