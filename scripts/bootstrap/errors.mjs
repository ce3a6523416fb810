/** A failure with a message for the user and the exit code that goes with it. */
export class BootstrapError extends Error {
  /**
   * @param {string} message
   * @param {number} exitCode 2 when the user has to change something on the machine, else 1
   */
  constructor(message, exitCode) {
    super(message);
    this.name = 'BootstrapError';
    this.exitCode = exitCode;
  }
}

/**
 * The end of a command's output, indented, for an error message.
 *
 * @param {string} output
 * @param {number} [count]
 */
export function lastLines(output, count = 20) {
  const lines = output.trimEnd().split(/\r?\n/).slice(-count);
  return lines.map((line) => `  ${line}`.trimEnd()).join('\n');
}
