import { blockOf, limitedOf, type LimitedAgent, putLimited } from '../agents/account-blocks.js';
import type { Message, Messages } from '../agents/delivery/messages.js';
import { isSettled } from '../agents/delivery/messages.js';
import { defineTable, type Reading, type StateStore, type Transaction } from '../store/store.js';
import type { AgentView } from './fleet.js';
import type { Begun } from './limit-block.js';

/** What an agent is told whose turn was begun by nobody of ours. */
export const GO_ON = 'The usage limit is over. Go on with what you were doing when it cut you off.';
/** As often a prompt is sent again because limits have cut its turn. */
export const MOST_AGAIN = 3;

/** What goes back to one cut turn: what had begun that, and how often something was sent for it since. */
interface Prompt {
  readonly root: string;
  readonly count: number;
}

const prompts = defineTable<Prompt>('limit_prompts', { version: 1, read: (value) => value as Prompt });
/** Longer than any block: what was sent before it counts when it ends. */
const KEPT_MS = 9 * 86_400_000;

/** What has become of a wish to send something. */
export type Put =
  | { readonly kind: 'put'; readonly message: string }
  /** Not now; nothing was sent. */
  | { readonly kind: 'later' }
  | { readonly kind: 'never' };

export interface ResumePorts {
  readonly store: StateStore;
  readonly messages: Pick<Messages, 'of' | 'get' | 'waiting'>;
  /** Whom messages of ours are from. */
  readonly sender: string;
  /** Sends a message; the same key again sends nothing twice. */
  readonly send: (agent: string, text: string, key: string, signal: AbortSignal) => Promise<Put>;
  /** Whether it is this process still that watches. */
  readonly isHeld: () => Promise<boolean>;
}

/** The message of ours that has begun the turn that an agent is in, or was in last; undefined where that is not known. */
function sourceOf(all: readonly Message[], { record, agent }: AgentView): Message | undefined {
  const mine = all.filter(
    ({ panePid, method, state }) => panePid === agent.panePid && method === 'paste' && isSettled({ state }),
  );
  const last = mine.at(-1);
  // What may have been taken is not sent again; and a turn that began later is another one.
  if (last?.state === 'unknown') return undefined;
  const taken = mine.filter(({ state }) => state === 'submitted').at(-1);
  return taken !== undefined && record.seq <= taken.seq + 1 ? taken : undefined;
}

const promptKey = (agent: string, id: string): string => `${agent}\n${id}`;

function rootOf(view: Reading, agent: string, { root, source, panePid, endSeq }: LimitedAgent): string {
  if (root !== undefined) return root;
  const id = source ?? `turn ${String(panePid)} ${String(endSeq)}`;
  return view.get(prompts, promptKey(agent, id))?.root ?? id;
}

/** What an agent's cut turn was for. */
function promptOf(view: Reading, agent: string, row: LimitedAgent): Prompt {
  const root = rootOf(view, agent, row);
  return { root, count: view.get(prompts, promptKey(agent, root))?.count ?? 0 };
}

/** Whether somebody else has given an agent something to do since its turn was cut; what was perhaps taken counts too. */
const hasNewWork = (all: readonly Message[], sender: string, { panePid, endSeq, message }: LimitedAgent): boolean =>
  all.some(
    ({ id, from, method, state, seq, ...of }) =>
      from !== sender &&
      of.panePid === panePid &&
      method === 'paste' &&
      (state === 'submitted' || state === 'unknown') &&
      (id === message || seq > endSeq),
  );

/**
 * What has begun an agent's cut turn. After a limit it is the same work still, whatever is known of that turn: it goes back
 * to the same, so that what is sent for it has an end.
 * @param all messages of the agent
 * @param sender whom messages of ours are from
 */
export function begunBy(view: Reading, all: readonly Message[], sender: string, cut: AgentView): Begun {
  const { name, panePid } = cut.agent;
  const source = sourceOf(all, cut)?.id;
  const old = limitedOf(view, name);
  if (old?.panePid !== panePid || old.isOver === true || hasNewWork(all, sender, old)) return { source };
  return { source, root: rootOf(view, name, old) };
} // prettier-ignore

/** The end of a turn is one that nothing has cut when so long nothing else is seen; longer where its CLI tells nothing. */
const STEADY_MS = 1000;
const UNTOLD_MS = 30_000;

/** Whether a later turn of an agent that was limited has ended well. @param now milliseconds since the epoch */
export function hasEndedWell(row: LimitedAgent, { facts, look, record }: AgentView, now: number): boolean {
  if (row.stage !== 'done' || row.isOver === true || facts.state !== 'idle' || record.seq < row.endSeq + 2)
    return false;
  if (look.told === undefined) return now - facts.since >= UNTOLD_MS;
  return look.told.event === 'finished' && now - look.told.at >= STEADY_MS;
}

const sendKey = (block: string): string => `after-limit ${block}`;

/** Puts a row on a later stage, where it is the same still. @returns what it is then */
function advance(
  tx: Transaction,
  agent: string,
  row: LimitedAgent,
  change: Partial<LimitedAgent>,
): LimitedAgent | undefined {
  const old = limitedOf(tx, agent);
  if (old?.stage !== row.stage || old.panePid !== row.panePid || old.endSeq !== row.endSeq) return undefined;
  const next = { ...old, ...change, at: tx.now.mono };
  putLimited(tx, agent, next, tx.now.mono);
  return next;
}

/** Nothing more is done about it. @param isSent it has taken what it was to go on with */
export const settle = (store: StateStore, agent: string, row: LimitedAgent, isSent?: true): Promise<unknown> =>
  store.transact((tx) => advance(tx, agent, row, { stage: 'done', isSent }));

/** What comes later goes back to nothing of before. */
export const end = (store: StateStore, agent: string, row: LimitedAgent): Promise<unknown> =>
  store.transact((tx) => advance(tx, agent, row, { isOver: true }));

/** Where nothing is sent again, what waits for the agent is tried: its screen tells of the limit as before. */
export async function passOver({ store, messages }: ResumePorts, agent: string, row: LimitedAgent): Promise<void> {
  const [next] = await messages.waiting(agent);
  if (next === undefined && row.stage === 'done') return;
  const change = next === undefined ? { stage: 'done' as const } : { stage: 'issued' as const, message: next.id };
  await store.transact((tx) => advance(tx, agent, row, change));
}

/**
 * Lets an agent go on after a limit, once: with the message whose turn was cut, or with a word that it may go on. It is on
 * record before it is sent, under a key of the block, so that whoever watches next sends nothing twice.
 * @returns what has become of it
 */
export async function resume(ports: ResumePorts, agent: string, row: LimitedAgent, signal: AbortSignal): Promise<'sent' | 'later' | 'over'> {
  const { store, messages, send, isHeld } = ports;
  const prompt = await store.read((view) => promptOf(view, agent, row));
  if (row.stage === 'waiting' && prompt.count >= MOST_AGAIN) {
    await passOver(ports, agent, row);
    return 'over';
  }
  const begun = await store.transact((tx) => {
    const block = blockOf(tx, row.account);
    const next = block && advance(tx, agent, row, { stage: 'issuing' });
    // Counted once, also where this process ends before it is sent.
    if (row.stage === 'waiting' && next !== undefined)
      tx.put(prompts, promptKey(agent, prompt.root), { root: prompt.root, count: prompt.count + 1 }, { expiresAt: tx.now.mono + KEPT_MS });
    return next && { row: next, key: sendKey(block.id) };
  });
  if (begun === undefined || !(await isHeld())) return 'later';
  const source = row.source === undefined ? undefined : await messages.get(row.source);
  let put = await send(agent, source?.text ?? GO_ON, begun.key, signal);
  // What may not be sent as it is, because it has become too long in its envelope for example.
  if (put.kind === 'never' && source !== undefined) put = await send(agent, GO_ON, begun.key, signal);
  if (put.kind === 'later') return 'later';
  await store.transact((tx) => {
    if (put.kind === 'never') return advance(tx, agent, begun.row, { stage: 'done' });
    tx.put(prompts, promptKey(agent, put.message), { root: prompt.root, count: 0 }, { expiresAt: tx.now.mono + KEPT_MS });
    return advance(tx, agent, begun.row, { stage: 'issued', message: put.message });
  });
  return put.kind === 'put' ? 'sent' : 'over';
} // prettier-ignore

/** Looks what has become of what was sent. */
export async function check({ store, messages }: ResumePorts, agent: string, row: LimitedAgent): Promise<void> {
  const found = row.message === undefined ? undefined : await messages.get(row.message);
  if (found === undefined || isSettled(found))
    await settle(store, agent, row, found?.state === 'submitted' || undefined);
}
