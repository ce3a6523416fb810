/** Shells that run_command can drive. `posix` is dash, ash or any `sh`. */
export type ShellKind = 'bash' | 'zsh' | 'fish' | 'posix';

const KINDS: Readonly<Record<string, ShellKind>> = {
  bash: 'bash',
  rbash: 'bash',
  zsh: 'zsh',
  fish: 'fish',
  sh: 'posix',
  dash: 'posix',
  ash: 'posix',
};

/** Programs that take commands of their own language at a prompt. */
const REPLS =
  /^(?:i?python[0-9.]*|node|deno|bun|irb|pry|psql|mysql|mariadb|sqlite3|redis-cli|mongosh|R|ghci|lua[0-9.]*|gdb|lldb|php|perl|scala|jshell|julia|erl|iex|bc|ftp|sftp|telnet)$/;

export function shellKind(command: string): ShellKind | undefined {
  return Object.hasOwn(KINDS, command) ? KINDS[command] : undefined;
}

export function isRepl(command: string): boolean {
  return REPLS.test(command);
}

/**
 * OSC 7711 is nobody's: terminals swallow an unknown OSC, so nobody sees the marker, and the line that we type holds
 * no escape character, so its echo can never be taken for one (ECMA-48, section 8.3.89).
 */
export const MARKER = '\u001b]7711;';
const MARKER_SOURCE = String.raw`\033]7711;`;

/** Quotes a path for the shell; NUL cannot be in a path. */
export function quotePath(path: string, kind: ShellKind): string {
  const escaped = kind === 'fish' ? path.replaceAll(/[\\']/g, String.raw`\$&`) : path.replaceAll("'", String.raw`'\''`);
  return `'${escaped}'`;
}

export interface ScriptPaths {
  readonly command: string;
  /** Made when the script begins. */
  readonly start: string;
  readonly exit: string;
}

/** End marker and exit file with the status that `$?` (fish: `$status`) has where it stands. */
function trailer(kind: ShellKind, id: string, exit: string): string {
  const path = quotePath(exit, kind);
  const printf = kind === 'posix' ? 'command printf' : 'builtin printf';
  if (kind === 'fish') {
    return `begin; set -l s $status; ${printf} %s $s > ${path}; ${printf} '${MARKER_SOURCE}${id};E;%s\\007' $s; end`;
  }
  const write = (status: string): string =>
    `${printf} %s ${status} >| ${path}; ${printf} '${MARKER_SOURCE}${id};E;%s\\007' ${status}`;
  // A subshell leaves the user's variables alone, and its exit gives them the status of their command. The usual status
  // needs neither, nor the time for a process.
  return `case $? in 0) ${write('0')};; *) (s=$?; ${write('"$s"')}; exit "$s");; esac`;
}

const START_PRINTF: Readonly<Record<ShellKind, string>> = {
  bash: 'builtin printf',
  zsh: 'builtin printf',
  fish: 'builtin printf',
  posix: 'command printf',
};
/** dash drops everything after a syntax error in a plain `.`; `command .` fails in zsh. */
const SOURCE: Readonly<Record<ShellKind, string>> = { bash: '.', zsh: '.', fish: 'source', posix: 'command .' };

/** The file that is sourced in the pane: start marker, the command from its own file, end marker. */
export function runScript(kind: ShellKind, id: string, paths: ScriptPaths): string {
  return [
    // noclobber must not stop it.
    `${START_PRINTF[kind]} '' ${kind === 'fish' ? '>' : '>|'} ${quotePath(paths.start, kind)}`,
    `${START_PRINTF[kind]} '${MARKER_SOURCE}${id};S\\007'`,
    `${SOURCE[kind]} ${quotePath(paths.command, kind)}`,
    trailer(kind, id, paths.exit),
    '',
  ].join('\n');
}

/** Sourced at the prompt after an interrupt: proves that the shell reads again, and sets the status of an interrupt. */
export function probeScript(kind: ShellKind, id: string, paths: ScriptPaths): string {
  return [
    kind === 'fish' ? 'function __orc_interrupted; return 130; end; __orc_interrupted' : '(exit 130)',
    trailer(kind, id, paths.exit),
    '',
  ].join('\n');
}

/** What is typed. The leading space keeps it out of the history where the user has set that. */
export function typedLine(kind: ShellKind, script: string): string {
  return ` ${SOURCE[kind]} ${quotePath(script, kind)}\r`;
}
