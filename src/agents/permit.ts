/** What is started in the place of a program. */
export interface Restarting {
  /** It acts by itself and asks nobody. */
  readonly isGrave: boolean;
  /** Where it is started. */
  readonly folder: string;
}

/**
 * What the call that is made may do to the panes of agents. Asked before anything is done over the port that is behind no
 * gate; each throws the OrcError that the caller is told.
 */
export interface Permit {
  /** Before what it shows or says is given out. */
  readonly look: (pane: string) => Promise<void>;
  /**
   * Before something is typed.
   * @param says for the person who is asked, for example `send it "x"`
   * @param text of the caller that a program is given: it is held against the policy for such text
   */
  readonly input: (pane: string, says: string, text?: string) => Promise<void>;
  /** Before what an agent does is stopped: whose it is matters, and nothing else. */
  readonly stop: (pane: string, serverPid: number) => Promise<void>;
  /** Before it is ended. @param says for the person who is asked */
  readonly end: (pane: string, says: string) => Promise<void>;
  /** Before it is ended and another program is started in its place. */
  readonly restart: (pane: string, says: string, what: Restarting) => Promise<void>;
}
