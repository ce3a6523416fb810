import { createHash } from 'node:crypto';
import { defineTable, type Reading, type StateStore, type Transaction } from '../store/store.js';
import { type Account, accountOf } from './account.js';
import type { AgentRecord } from './records.js';

/** An account whose limit is used up. Times are those of the store's clock, where nothing else is said. */
export interface AccountBlock {
  readonly account: Account;
  /** One word for this block: another one of the same account has another. */
  readonly id: string;
  readonly since: number;
  /** When the last limit of it was told, in milliseconds since the epoch: an answer of before says nothing about it. */
  readonly sinceWall: number;
  readonly until: number;
  /** Its agents go on over so long a time behind that, each at a moment of its own. */
  readonly spreadMs: number;
  /** No end was told: it is tried again then. */
  readonly isGuess: boolean;
  /** How often in a row it was used up again at once. */
  readonly strikes: number;
  /** Others of its agents have been seen to get answers since: only those that were limited wait. */
  readonly isPartial?: true | undefined;
}

/**
 * An agent whose turn was cut by a limit. `waiting`: for the end of it. `issuing`: what it goes on with is about to be sent.
 * `issued`: that waits to be taken, and goes before all else. `done`: nothing more is done about it.
 */
export interface LimitedAgent {
  readonly account: string;
  readonly panePid: number;
  /** What its `seq` is when the turn that was cut is over: a greater one is of another turn. */
  readonly endSeq: number;
  readonly stage: 'waiting' | 'issuing' | 'issued' | 'done';
  /** The message of ours that had begun that turn. */
  readonly source?: string | undefined;
  /** What that turn goes back to where it went on with that of the limit before; else its source. */
  readonly root?: string | undefined;
  /** The message that it goes on with. */
  readonly message?: string | undefined;
  /** It has taken that. */
  readonly isSent?: true | undefined;
  /** A turn has ended well since: the next one goes back to nothing of before. */
  readonly isOver?: true | undefined;
  /** When it came to this stage. */
  readonly at: number;
}

const blocks = defineTable<AccountBlock>('account_blocks', { version: 1, read: (value) => value as AccountBlock });
const limited = defineTable<LimitedAgent>('limited_agents', { version: 1, read: (value) => value as LimitedAgent });

/** What is over is kept for so long: whoever is limited again soon after waits longer. */
const KEPT_MS = 86_400_000;
/** After the end of a block what is to be done first is waited for, but not for ever: nobody may be watching. */
const FIRST_MS = 30_000;
const MAX_ROWS = 10_000;

/** How far behind the end of a block an agent goes on: the same each time, whoever asks. */
export function delayOf(agent: string, { id, spreadMs }: Pick<AccountBlock, 'id' | 'spreadMs'>): number {
  const word = createHash('sha256').update(`${id}\n${agent}`).digest().readUInt32BE(0);
  return Math.round((word / 2 ** 32) * spreadMs);
}

export const dueOf = (agent: string, block: AccountBlock): number => block.until + delayOf(agent, block);

export const putBlock = (tx: Transaction, block: AccountBlock): void => {
  tx.put(blocks, block.account.key, block, { expiresAt: block.until + KEPT_MS });
};
export const putLimited = (tx: Transaction, agent: string, row: LimitedAgent, until: number): void => {
  tx.put(limited, agent, row, { expiresAt: until + KEPT_MS });
};
export const dropLimited = (tx: Transaction, agent: string): void => {
  tx.delete(limited, agent);
};
export const blockOf = (view: Reading, key: string): AccountBlock | undefined => view.get(blocks, key);
export const limitedOf = (view: Reading, agent: string): LimitedAgent | undefined => view.get(limited, agent);
export const allLimited = (view: Reading): readonly (readonly [string, LimitedAgent])[] =>
  view.list(limited, { limit: MAX_ROWS }).map(({ key, row }) => [key, row] as const);
export const allBlocks = (view: Reading): readonly AccountBlock[] =>
  view.list(blocks, { limit: MAX_ROWS }).map(({ row }) => row);

function isBlocked(view: Reading, agent: string, record: AgentRecord): boolean {
  const block = blockOf(view, accountOf(record).key);
  if (block === undefined) return false;
  const row = limitedOf(view, agent);
  const isCut = row?.panePid === record.panePid && (row.stage === 'waiting' || row.stage === 'issuing');
  if (block.isPartial === true && !isCut) return false;
  return view.now.mono < dueOf(agent, block) + (isCut ? FIRST_MS : 0);
}

/** An account whose limit is used up, as it is shown. */
export interface BlockedAccount {
  readonly account: Account;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly isGuess: boolean;
  /** Those whose turn was cut. */
  readonly agents: readonly string[];
}

/** What limits keep back, for all processes. */
export interface AccountLimits {
  /** Whether nothing may be given to an agent, because the limit of its account is used up. */
  readonly isBlocked: (agent: string, record: AgentRecord) => Promise<boolean>;
  /** The message that an agent goes on with after a limit; it is sent before all others. */
  readonly first: (agent: string) => Promise<string | undefined>;
  /** Those accounts that are blocked now. */
  readonly blocked: () => Promise<readonly BlockedAccount[]>;
}

/** @param store the state of one tmux server */
export function createAccountLimits(store: StateStore): AccountLimits {
  return {
    isBlocked: (agent, record) => store.read((view) => isBlocked(view, agent, record)),
    first: (agent) =>
      store.read((view) => {
        const row = limitedOf(view, agent);
        return row?.stage === 'issued' ? row.message : undefined;
      }),
    blocked: () =>
      store.read((view) => {
        const { mono, wall } = view.now;
        const cut = allLimited(view).filter(([, { stage }]) => stage !== 'done');
        return allBlocks(view)
          .filter(({ until }) => until > mono)
          .map(({ account, until, isGuess }) => ({
            ...{ account, isGuess, until: wall + until - mono },
            agents: cut.filter(([, row]) => row.account === account.key).map(([name]) => name),
          }));
      }),
  };
}
