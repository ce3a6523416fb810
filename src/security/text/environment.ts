import { OrcError } from '../../kernel/errors.js';
import { hasLoneSurrogate, shown } from '../../kernel/text.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const MAX_VALUE_BYTES = 32_768;
const MAX_VARIABLES = 100;
/** Beside the arguments: Linux gives both together a quarter of the stack, mostly 2 MiB (execve(2)). */
const MAX_TOTAL_BYTES = 524_288;
// Variables that make the next program load or run something, or that are ours and tmux's to set.
const REFUSED = new RegExp(
  `^(?:${[
    'LD_.*|DYLD_.*|GCONV_PATH|GLIBC_TUNABLES',
    'TMUX.*|ORC_.*',
    'PATH|IFS|ENV|BASH_ENV|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|PROMPT_COMMAND|PS4|ZDOTDIR',
    'NODE_OPTIONS|NODE_PATH|PERL5OPT|PERL5LIB|PERL5DB|PYTHONPATH|PYTHONHOME|PYTHONSTARTUP|RUBYOPT|RUBYLIB',
    'JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|DOTNET_STARTUP_HOOKS',
    'GIT_SSH|GIT_SSH_COMMAND|GIT_PROXY_COMMAND|GIT_EXTERNAL_DIFF|GIT_EXEC_PATH|GIT_CONFIG(?:_.*)?',
    'LESSOPEN|LESSCLOSE',
  ].join('|')})$`,
);
/** Of these, the ones that have no other use than to run code. */
const EXECUTES =
  /^(?:LD_.*|DYLD_.*|NODE_OPTIONS|BASH_ENV|PROMPT_COMMAND|PERL5OPT|PYTHONSTARTUP|GIT_SSH|GIT_SSH_COMMAND|GIT_PROXY_COMMAND|GIT_EXTERNAL_DIFF|LESSOPEN|LESSCLOSE|PERL5DB|RUBYOPT|DOTNET_STARTUP_HOOKS)$/;

/**
 * Checks variables for a new pane.
 * @returns them as `[name, value]` in the caller's order.
 * @throws OrcError INVALID_INPUT naming the variable, never its value.
 */
export function environmentEntries(env: Readonly<Record<string, string>>, what = 'env'): [string, string][] {
  const entries = Object.entries(env);
  if (entries.length > MAX_VARIABLES)
    throw new OrcError(
      'INVALID_INPUT',
      `${what}: ${String(entries.length)} variables, at most ${String(MAX_VARIABLES)}.`,
    );
  let total = 0;
  for (const [name, value] of entries) {
    if (!NAME.test(name))
      throw new OrcError('INVALID_INPUT', `${what}: "${shown(name)}" is not a variable name.`, {
        hint: 'Letters, digits and "_", first no digit, at most 64.',
      });
    if (REFUSED.test(name.toUpperCase())) {
      throw new OrcError('INVALID_INPUT', `${what}: ${shown(name)} may not be set for a pane.`, {
        hint: 'It changes what programs load or run. Set it inside the pane if you need it.',
        ...(EXECUTES.test(name.toUpperCase()) ? { rule: 'command_injection' } : {}),
      });
    }
    if (value.includes('\0') || hasLoneSurrogate(value))
      throw new OrcError('INVALID_INPUT', `${what}: the value of ${shown(name)} is not valid text.`);
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES)
      throw new OrcError(
        'INVALID_INPUT',
        `${what}: the value of ${shown(name)} is larger than ${String(MAX_VALUE_BYTES)} bytes.`,
      );
    total += name.length + Buffer.byteLength(value) + 2;
  }
  if (total > MAX_TOTAL_BYTES)
    throw new OrcError('INVALID_INPUT', `${what}: more than ${String(MAX_TOTAL_BYTES)} bytes in all.`, {
      hint: 'Write large values to a file and pass its path.',
    });
  return entries;
}
