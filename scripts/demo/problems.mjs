/** A failure with a message for the user and the exit code that goes with it. */
export class DemoError extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.name = 'DemoError';
    this.exitCode = exitCode;
  }
}

/** The user, or the system, ended the demo. */
export class Stopped extends DemoError {
  /**
   * @param {string} how
   * @param {number} exitCode
   */
  constructor(how, exitCode) {
    super(`Stopped by ${how}; the session and its tmux server are removed.`, exitCode);
  }
}
