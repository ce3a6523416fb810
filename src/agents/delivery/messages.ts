import { randomBytes } from 'node:crypto';
import type { SendMode } from '../../kernel/agent-words.js';
import type { MessageText } from '../../security/text/message.js';
import { defineTable, type Reading, type StateStore, type Transaction } from '../../store/store.js';

/**
 * `queued`: waits until the agent is idle. `held`: something stands in the way that somebody else has to clear; nothing was
 * submitted. `sending`: somebody is at it. `submitted`: taken by the agent, by evidence. `refused`: will never be delivered.
 * `unknown`: it may have been taken; nobody sends it again.
 */
export type MessageState = 'queued' | 'held' | 'sending' | 'submitted' | 'refused' | 'unknown';

/** How it got there. */
export type SendMethod = 'paste' | 'job' | 'inbox';

export interface Message {
  readonly id: string;
  readonly agent: string;
  /** First process of the agent's pane: another one is another agent. */
  readonly panePid: number;
  /** Place in the agent's queue. */
  readonly order: number;
  /** Caller that sent it. */
  readonly from: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** As the sender gave it, cleaned. */
  readonly body: string;
  /** What is written: the same, with the sender's name around it where that is an agent. */
  readonly text: MessageText;
  readonly mode: SendMode;
  readonly state: MessageState;
  readonly reason?: string | undefined;
  readonly method?: SendMethod | undefined;
  /** What shows that it was taken. */
  readonly evidence?: readonly string[] | undefined;
  /** An idle with a greater seq is one after it. */
  readonly seq: number;
  /** The text stands in the agent's composer, not submitted. */
  readonly isTyped?: boolean | undefined;
  /** The job that it became, in a shell. */
  readonly job?: string | undefined;
}

export type NewMessage = Pick<Message, 'agent' | 'panePid' | 'from' | 'at' | 'body' | 'text' | 'mode' | 'seq'>;
export type Change = Partial<
  Pick<Message, 'state' | 'reason' | 'method' | 'evidence' | 'seq' | 'isTyped' | 'job' | 'panePid'>
>;

/** What has become of it. */
export type Outcome = Change & Pick<Message, 'state'>;

const OPEN: readonly MessageState[] = ['queued', 'held', 'sending'];
/** Nothing more becomes of it by itself. */
export const isSettled = ({ state }: Pick<Message, 'state'>): boolean => !OPEN.includes(state);

const messages = defineTable<Message>('messages', { version: 1, read: (value) => value as Message });
/** Ids of all messages of an agent, in order. */
const inbox = defineTable<string>('message_inbox', { version: 1, read: (value) => value as string });
/** Ids of those that are not settled, likewise: what is looked at again and again. */
const outbox = defineTable<string>('message_outbox', { version: 1, read: (value) => value as string });
const orders = defineTable<number>('message_orders', { version: 1, read: (value) => value as number });
interface Key {
  readonly id: string;
  readonly digest: string;
}
const keys = defineTable<Key>('message_keys', { version: 1, read: (value) => value as Key });
interface Lease {
  readonly owner: string;
  readonly until: number;
}
const leases = defineTable<Lease>('message_leases', { version: 1, read: (value) => value as Lease });

/** How long settled messages and idempotency keys are kept. */
const KEPT_MS = 7 * 86_400_000;
/** Who has not renewed it for so long is gone. */
export const LEASE_MS = 10_000;
/** As many may wait for one agent. */
export const MAX_WAITING = 200;
const MAX_ROWS = 1000;

const placeOf = ({ agent, order }: Pick<Message, 'agent' | 'order'>): string =>
  `${agent}\n${String(order).padStart(12, '0')}`;
const prefixOf = (agent: string): string => `${agent}\n`;

const all = (view: Reading, table: typeof inbox, agent: string): Message[] =>
  view.list(table, { prefix: prefixOf(agent), limit: MAX_ROWS }).flatMap(({ row }) => view.get(messages, row) ?? []);

function put(tx: Transaction, message: Message): void {
  const expiresAt = tx.now.mono + KEPT_MS;
  const isOver = isSettled(message);
  tx.put(messages, message.id, message, isOver ? { expiresAt } : {});
  tx.put(inbox, placeOf(message), message.id, isOver ? { expiresAt } : {});
  if (isOver) tx.delete(outbox, placeOf(message));
  else tx.put(outbox, placeOf(message), message.id);
}

const holds = (view: Reading, agent: string, owner: string): boolean => {
  const lease = view.get(leases, agent);
  return lease?.owner === owner && lease.until > view.now.mono;
};

/** What came of putting a message into a queue. */
export type Added =
  | { readonly kind: 'added'; readonly message: Message }
  /** The same was sent before with this key. */
  | { readonly kind: 'known'; readonly message: Message }
  /** Something else was. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'full' };

/** The messages to the agents of one tmux server, for all processes. */
export interface Messages {
  /** @param key of the sender for this send, with what tells whether it is the same */
  readonly add: (message: NewMessage, key?: { readonly name: string; readonly digest: string }) => Promise<Added>;
  /** Whether something was sent with a key. */
  readonly hasKey: (name: string) => Promise<boolean>;
  readonly get: (id: string) => Promise<Message | undefined>;
  /** Those that are kept, oldest first. */
  readonly of: (agent: string) => Promise<readonly Message[]>;
  /** Those of them that are not settled. */
  readonly waiting: (agent: string) => Promise<readonly Message[]>;
  /** How many are not settled, by agent. */
  readonly counts: () => Promise<ReadonlyMap<string, number>>;
  /**
   * Takes the queue of an agent, or keeps it.
   * @param owner one word for who delivers
   */
  readonly lease: (agent: string, owner: string) => Promise<boolean>;
  readonly release: (agent: string, owner: string) => Promise<void>;
  /** Changes a message that is not settled, for who has its queue. @returns undefined for anybody else */
  readonly change: (id: string, owner: string, change: Change) => Promise<Message | undefined>;
  /**
   * For the agent itself, which reads what waits for it: from then on that counts as delivered, but what is being written.
   * @param ids what it is given to read
   * @returns those of them that waited
   */
  readonly take: (agent: string, ids: readonly string[]) => Promise<readonly Message[]>;
}

function add(tx: Transaction, wish: NewMessage, key: Parameters<Messages['add']>[1]): Added {
  const known = key && tx.get(keys, key.name);
  const before = known && tx.get(messages, known.id);
  if (before !== undefined)
    return known?.digest === key?.digest ? { kind: 'known', message: before } : { kind: 'conflict' };
  if (tx.list(outbox, { prefix: prefixOf(wish.agent), limit: MAX_WAITING }).length >= MAX_WAITING)
    return { kind: 'full' };
  const order = (tx.get(orders, wish.agent) ?? 0) + 1;
  const message: Message = { ...wish, id: randomBytes(8).toString('hex'), order, state: 'queued' };
  tx.put(orders, wish.agent, order);
  put(tx, message);
  if (key !== undefined)
    tx.put(keys, key.name, { id: message.id, digest: key.digest }, { expiresAt: tx.now.mono + KEPT_MS });
  return { kind: 'added', message };
}

/** @param store the state of that server */
export function createMessages(store: StateStore): Messages {
  return {
    add: (wish, key) => store.transact((tx) => add(tx, wish, key)),
    hasKey: (name) => store.read((view) => view.get(keys, name) !== undefined),
    get: (id) => store.read((view) => view.get(messages, id)),
    of: (agent) => store.read((view) => all(view, inbox, agent)),
    waiting: (agent) => store.read((view) => all(view, outbox, agent)),
    counts: () =>
      store.read((view) => {
        const counts = new Map<string, number>();
        for (const { key } of view.list(outbox, { limit: 10_000 })) {
          const agent = key.slice(0, key.indexOf('\n'));
          counts.set(agent, (counts.get(agent) ?? 0) + 1);
        }
        return counts;
      }),
    lease: (agent, owner) =>
      store.transact((tx) => {
        const lease = tx.get(leases, agent);
        if (lease !== undefined && lease.owner !== owner && lease.until > tx.now.mono) return false;
        const until = tx.now.mono + LEASE_MS;
        tx.put(leases, agent, { owner, until }, { expiresAt: until });
        return true;
      }),
    release: (agent, owner) =>
      store.transact((tx) => {
        if (holds(tx, agent, owner)) tx.delete(leases, agent);
      }),
    change: (id, owner, change) =>
      store.transact((tx) => {
        const old = tx.get(messages, id);
        if (old === undefined || isSettled(old) || !holds(tx, old.agent, owner)) return undefined;
        const next = { ...old, ...change };
        put(tx, next);
        return next;
      }),
    take: (agent, ids) =>
      store.transact((tx) => {
        const waiting = all(tx, outbox, agent).filter(
          ({ id, state, isTyped }) => ids.includes(id) && state !== 'sending' && isTyped !== true,
        );
        for (const message of waiting)
          put(tx, { ...message, state: 'submitted', method: 'inbox', evidence: ['read'], reason: undefined });
        return waiting;
      }),
  };
}
