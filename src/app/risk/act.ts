import type { MessagePolicy } from '../../security/text/message-policy.js';
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
  /** What it starts acts by itself and asks nobody. */
  readonly isGrave?: boolean;
  /** A yes holds for this alone, and no other yes for it. */
  readonly isForOnce?: boolean;
  /** Where a program is started. */
  readonly folder?: string;
}

type List = () => Promise<Listing>;

/** Stands between one call and tmux. */
export interface Gate {
  /** What may stand in text that is typed. */
  readonly messages: () => MessagePolicy;
  /** Before a change. @param listing the one that the call has looked at, or a new one @throws OrcError when it must not go on */
  readonly check: (act: Act, listing: List) => Promise<void>;
  /** Before a pane is read. @throws OrcError as `check` */
  readonly look: (pane: string, listing: List) => Promise<void>;
  /**
   * Before a job is looked at or stopped.
   * @param place where it was started; undefined when there is none
   * @throws OrcError as `check`
   */
  readonly job: (
    deed: 'look' | 'stop',
    place: () => Promise<{ readonly pane: string; readonly serverPid: number } | undefined>,
    listing: List,
  ) => Promise<void>;
  /**
   * Before what an agent does is interrupted: whose it is matters, and that it is not where the call comes from.
   * @throws OrcError as `check`
   */
  readonly interrupt: (pane: string, serverPid: number, listing: List) => Promise<void>;
  /** What of a listing this configuration may see. */
  readonly narrow: (listing: Listing) => Promise<Listing>;
  /** What of a listing the call may read panes of. */
  readonly readable: (listing: Listing) => Promise<Listing>;
  /** Keeps on record what the call has created. */
  readonly created: (server: Server, things: readonly Created[], list: List) => Promise<void>;
}
