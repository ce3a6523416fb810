const SHELLS =
  /^(?:r?bash|dash|ash|busybox|sh|zsh|fish|[lmo]?ksh[0-9]*|yash|t?csh|nu|nushell|pwsh|elvish|xonsh|oil|osh|ysh)$/;

/** The name of a program: a login shell has a dash before it, a command line may have the path. */
const nameOf = (program: string): string => program.split('/').at(-1)?.replace(/^-/, '') ?? '';

/** Whether a program takes lines for commands. @param program its name or path, as tmux or its command line tells it */
export const isShell = (program: string): boolean => SHELLS.test(nameOf(program));
