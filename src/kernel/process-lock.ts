/** A lock that processes have together. What a process held is let go when it ends, however it ends. */
export interface ProcessLock {
  /**
   * Tries once, and waits for nobody.
   * @param mode `shared`: beside others that share it; `alone`: beside nobody
   * @returns false where others keep it
   * @throws where it cannot be had at all
   */
  readonly take: (mode: 'shared' | 'alone') => Promise<boolean>;
  /** Lets go what was taken. */
  readonly release: () => void;
  readonly close: () => void;
}
