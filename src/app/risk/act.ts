import type { Deed } from '../../security/risk/risk.js';
import type { Server } from '../../security/risk/target.js';
import type { Created } from '../../security/risk/creations.js';
import type { Listing } from '../../tmux/listing.js';

/** One change, just before it is sent to tmux. */
export interface Act {
  readonly deed: Deed;
  /** Id of what it is done to; undefined for what does not exist yet. */
  readonly target: string | undefined;
  /** Writes into it or ends it; else it only arranges what is around. */
  readonly reaches: boolean;
  /** For the person who is asked, for example `rename it to "x"`. */
  readonly says: string;
  /** Names of what does not exist yet. */
  readonly names?: readonly string[];
}

/** Stands before every change of one call. */
export interface Gate {
  /** @param listing the one that the call has looked at, or a new one @throws OrcError when it must not go on */
  readonly check: (act: Act, listing: () => Promise<Listing>) => Promise<void>;
  /** Keeps on record what the call has created. */
  readonly created: (server: Server, things: readonly Created[], list: () => Promise<Listing>) => Promise<void>;
}
