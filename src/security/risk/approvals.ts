import { randomBytes } from 'node:crypto';
import { defineTable, type StateStore, type StoreTime, type Transaction } from '../../store/store.js';
import { reaches, type Risk } from './risk.js';
import { digestOf, type RiskTarget, serverKey } from './target.js';

/** A call that needs a yes. */
export interface Question {
  readonly caller: string;
  /** When it began, for an agent: milliseconds since the epoch. What its namesakes were given before is not its own. */
  readonly since?: number | undefined;
  readonly operation: string;
  /** As they were parsed. */
  readonly args: unknown;
  readonly target: RiskTarget | undefined;
  readonly destroys: boolean;
  readonly risk: Risk;
  /** What speaks against it is in this call alone: a yes holds for nothing else, and no other yes for it. */
  readonly isForOnce: boolean;
  /** For the person who is asked; written by us. */
  readonly text: string;
}

export type Answer =
  | { readonly state: 'once' }
  | { readonly state: 'granted' }
  | { readonly state: 'denied' }
  | { readonly state: 'full' }
  | { readonly state: 'open'; readonly id: string; readonly seconds: number };

/** For what an answer holds: this call once, or for an hour all like it in its pane or session. */
export const SCOPES = ['once', 'pane', 'session'] as const;
export type Scope = (typeof SCOPES)[number];

/** A question that stands open. */
export interface Open {
  readonly id: string;
  readonly caller: string;
  readonly operation: string;
  readonly risk: Risk;
  readonly text: string;
  readonly seconds: number;
  /** What it can be approved for. */
  readonly scopes: readonly Scope[];
}

/** Questions and their answers, shared by all processes of the user. */
export interface Approvals {
  /** Looks for the answer, using it up; without one the question is kept. */
  readonly ask: (question: Question) => Promise<Answer>;
  readonly list: () => Promise<readonly Open[]>;
  /** @returns what was answered; undefined when no such question is open, or it cannot be approved for that */
  readonly approve: (id: string, scope: Scope) => Promise<Open | undefined>;
  readonly deny: (id: string) => Promise<Open | undefined>;
}

interface Row {
  readonly caller: string;
  readonly operation: string;
  readonly digest: string;
  readonly server: string;
  readonly pane?: string | undefined;
  readonly session?: string | undefined;
  readonly destroys: boolean;
  readonly risk: Risk;
  readonly text: string;
  readonly state: 'open' | 'approved' | 'denied';
  /** On the clock of the store. */
  readonly until: number;
}

interface Grant extends Pick<Row, 'caller' | 'server' | 'destroys' | 'risk'> {
  /** Of a pane or session. */
  readonly id: string;
  /** When it was given, by the wall clock. Undefined in rows of earlier programs. */
  readonly at?: number | undefined;
}

const rows = defineTable<Row>('approvals', { version: 1, read: (value) => value as Row });
const grants = defineTable<Grant>('approval_grants', { version: 1, read: (value) => value as Grant });

const ANSWER_MS = 120_000;
const GRANT_MS = 3_600_000;
/** Open questions of one caller: nobody reads more, and a store is not to be filled. */
const MAX_OPEN = 20;

const newId = (): string => randomBytes(5).toString('hex');
const secondsLeft = (row: Row, now: StoreTime): number => Math.max(1, Math.ceil((row.until - now.mono) / 1000));

function isGranted(tx: Transaction, { caller, since = 0, target, destroys, risk, isForOnce }: Question): boolean {
  if (target === undefined || isForOnce) return false;
  const holds = tx.list(grants).filter(({ row }) => {
    const same = row.caller === caller && row.server === serverKey(target.server);
    return same && (row.at ?? 0) >= since && (row.destroys || !destroys) && reaches(row.risk, risk);
  });
  const has = (id: string): boolean => holds.some(({ row }) => row.id === id);
  return (target.kind === 'pane' && has(target.id)) || target.sessions.every(({ id }) => has(id));
}

function newRow(id: string, question: Question, until: number): Row {
  const { caller, operation, args, target, destroys, risk, text, isForOnce } = question;
  const [session, ...others] = target?.sessions ?? [];
  return {
    ...{ caller, operation, destroys, risk, text, until, state: 'open' },
    digest: digestOf(id, operation, args, target),
    server: target === undefined ? '' : serverKey(target.server),
    pane: target?.kind === 'pane' && !isForOnce ? target.id : undefined,
    session: others.length === 0 && !isForOnce ? session?.id : undefined,
  };
}

function ask(tx: Transaction, question: Question): Answer {
  if (isGranted(tx, question)) return { state: 'granted' };
  const { caller, operation, args, target } = question;
  const own = tx.list(rows).filter(({ row }) => row.caller === caller);
  const same = own.find(({ key, row }) => row.digest === digestOf(key, operation, args, target));
  if (same === undefined) {
    if (own.length >= MAX_OPEN) return { state: 'full' };
    const [id, until] = [newId(), tx.now.mono + ANSWER_MS];
    tx.put(rows, id, newRow(id, question, until), { expiresAt: until });
    return { state: 'open', id, seconds: ANSWER_MS / 1000 };
  }
  const { key, row } = same;
  if (row.state === 'denied') return { state: 'denied' };
  if (row.state === 'open') return { state: 'open', id: key, seconds: secondsLeft(row, tx.now) };
  tx.delete(rows, key);
  return { state: 'once' };
}

function toOpen(id: string, row: Row, now: StoreTime): Open {
  const { caller, operation, risk, text } = row;
  const scopes = SCOPES.filter((scope) => scope === 'once' || row[scope] !== undefined);
  return { id, caller, operation, risk, text, seconds: secondsLeft(row, now), scopes };
}

function answer(tx: Transaction, id: string, scope: Scope | 'no'): Open | undefined {
  const row = tx.get(rows, id);
  if (row?.state !== 'open') return undefined;
  const open = toOpen(id, row, tx.now);
  if (scope !== 'no' && !open.scopes.includes(scope)) return undefined;
  const granted = scope === 'pane' || scope === 'session' ? row[scope] : undefined;
  if (granted === undefined) {
    // Its time begins again: who asked has to learn of it.
    const until = tx.now.mono + ANSWER_MS;
    tx.put(rows, id, { ...row, state: scope === 'no' ? 'denied' : 'approved', until }, { expiresAt: until });
  } else {
    const { caller, server, destroys, risk } = row;
    tx.delete(rows, id);
    tx.put(
      grants,
      newId(),
      { caller, server, destroys, risk, id: granted, at: tx.now.wall },
      { expiresAt: tx.now.mono + GRANT_MS },
    );
  }
  return open;
}

export function createApprovals(store: StateStore): Approvals {
  return {
    ask: (question) => store.transact((tx) => ask(tx, question)),
    list: () =>
      store.read((view) => {
        const open = view.list(rows).filter(({ row }) => row.state === 'open');
        return open.map(({ key, row }) => toOpen(key, row, view.now)).sort((a, b) => a.seconds - b.seconds);
      }),
    approve: (id, scope) => store.transact((tx) => answer(tx, id, scope)),
    deny: (id) => store.transact((tx) => answer(tx, id, 'no')),
  };
}
