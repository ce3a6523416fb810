/** A lock that processes have together. What a process held is let go when it ends, however it ends. */
export interface ProcessLock {
  /**
   * Tries once, and waits for nobody.
   * @param mode `shared`: beside others that share it; `alone`: beside nobody. Who is refused alone keeps others from
   * beginning to share it until it has got it or lets go, so trying again comes to an end.
   * @returns false where others keep it
   * @throws where it cannot be had at all
   */
  readonly take: (mode: 'shared' | 'alone') => Promise<boolean>;
  /** Lets go what was taken, or tried. Never fails. */
  readonly release: () => void;
  readonly close: () => void;
}
