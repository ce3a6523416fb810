import { accountOf } from '../agents/account.js';
import {
  type AccountBlock,
  allBlocks,
  allLimited,
  blockOf,
  dropLimited,
  dueOf,
  limitedOf,
  type LimitedAgent,
  putBlock,
} from '../agents/account-blocks.js';
import { isEndedState } from '../kernel/agent-words.js';
import type { Duty, RoundView } from './duties.js';
import type { AgentView } from './fleet.js';
import { isNewLimit, isOwnLimit, putLimit } from './limit-block.js';
import { begunBy, check, end, hasEndedWell, passOver, resume, type ResumePorts, settle } from './resumption.js';

export interface RateLimitPorts extends ResumePorts {
  /** Told of what is paused and what goes on. */
  readonly tell: (what: 'paused' | 'resumed', agent: string, block: AccountBlock | undefined) => void;
}

/** What is kept, and when it was read on the store's clock. */
interface Kept {
  readonly now: number;
  readonly blocks: ReadonlyMap<string, AccountBlock>;
  readonly limited: ReadonlyMap<string, LimitedAgent>;
}

const TRUE_SIGNALS: readonly string[] = ['api', 'registry', 'title'];

/** It goes on by itself: what is sent now would be one turn too many. */
const isAtWork = ({ facts: { state }, look: { evidence } }: AgentView): boolean =>
  state === 'working' || evidence.some(({ source, says }) => says === 'working' && TRUE_SIGNALS.includes(source));

/** Its composer is there and empty, and nothing is asked. */
const canTake = ({ facts: { state }, look: { dialog, draft } }: AgentView): boolean =>
  (state === 'idle' || state === 'rate_limited') && dialog === undefined && draft === '';

/** What an agent was sent just now may not show yet, while its screen tells of the limit before. */
const STEADY_MS = 1000;

/** Those whose limit two looks have shown, in one and the same turn. */
function createSteady(): (agents: RoundView['agents']) => readonly AgentView[] {
  const seen = new Map<string, { readonly turn: string; readonly at: number }>();
  return (agents) => {
    for (const name of seen.keys()) if (!agents.has(name)) seen.delete(name);
    return [...agents].flatMap(([name, view]) => {
      const before = seen.get(name);
      if (!isOwnLimit(view)) {
        seen.delete(name);
        return [];
      }
      const turn = `${String(view.agent.panePid)} ${String(view.record.seq)}`;
      if (before?.turn !== turn) {
        seen.set(name, { turn, at: view.at });
        return [];
      }
      return view.at - before.at < STEADY_MS ? [] : [view];
    });
  };
}

/** An agent that was not cut has had an answer in a turn that began after the block: others are not kept back by it. */
function opens(view: AgentView, { sinceWall, account, isPartial }: AccountBlock, limited: Kept['limited']): boolean {
  const { agent, facts, look, record } = view;
  if (isPartial === true || facts.state !== 'idle') return false;
  if ((limited.get(agent.name)?.stage ?? 'done') !== 'done') return false;
  const told = look.told?.event === 'finished' ? look.told.at : 0;
  return accountOf(record).key === account.key && told > sinceWall && (record.openAt ?? 0) > sinceWall;
}

const isOpened = (block: AccountBlock, { agents }: RoundView, { now, limited }: Kept): boolean =>
  now < block.until && [...agents.values()].some((view) => opens(view, block, limited));

/** What could not be sent, in a lockdown for example, is tried again after so long. */
const RETRY_MS = 10_000;

type Next = 'drop' | 'end' | 'settle' | 'check' | 'pass over' | 'resume';

/** Nothing was taken by an agent whose screen tells of the limit still. */
const afterAll = ({ isSent }: LimitedAgent, view: AgentView): Next | undefined =>
  isSent !== true && view.facts.state === 'rate_limited' && canTake(view) ? 'pass over' : undefined;

function goingOn(row: LimitedAgent, view: AgentView, now: number): Next | undefined {
  if (isAtWork(view)) return 'settle';
  const isRefused = row.stage === 'issuing' && now - row.at < RETRY_MS;
  return canTake(view) && !isRefused ? 'resume' : undefined;
}

/** What is to be done about a limited agent now. */
function nextOf(row: LimitedAgent, view: AgentView | undefined, block: AccountBlock | undefined, { now, wall, lookedAt }: { readonly now: number; readonly wall: number; readonly lookedAt: number }): Next | undefined {
  if (view?.agent.panePid !== row.panePid || isEndedState(view.facts.state)) return 'drop';
  if (row.stage === 'issued') return 'check';
  // A turn has begun since: somebody has taken care of it, and be it a process of ours that has ended meanwhile.
  if (row.stage !== 'done' && (view.record.seq > row.endSeq || block === undefined)) return 'settle';
  if (hasEndedWell(row, view, wall)) return 'end';
  // Only what is seen after the end counts.
  if (block !== undefined && lookedAt < dueOf(view.agent.name, block)) return undefined;
  return row.stage === 'done' ? afterAll(row, view) : goingOn(row, view, now);
} // prettier-ignore

/**
 * Pauses accounts whose limit is used up, and lets their agents go on when that ends. Everything about it is in the store:
 * another process that watches goes on with it.
 */
export function createRateLimits(ports: RateLimitPorts): Duty {
  const { store, messages, sender, tell } = ports;
  const steady = createSteady();
  const read = (): Promise<Kept> =>
    store.read((view) => ({
      now: view.now.mono,
      blocks: new Map(allBlocks(view).map((block) => [block.account.key, block])),
      limited: new Map(allLimited(view)),
    }));

  const pause = async (view: AgentView, { limited, now }: Kept): Promise<void> => {
    const { name } = view.agent;
    if (!isNewLimit(limited.get(name), view, now)) return;
    const all = await messages.of(name);
    const block = await store.transact((tx) => putLimit(tx, view, begunBy(tx, all, sender, view)));
    if (block !== undefined) tell('paused', name, block);
  };

  const goOn = async (name: string, row: LimitedAgent, round: RoundView, kept: Kept, signal: AbortSignal): Promise<void> => {
    const view = round.agents.get(name);
    const block = kept.blocks.get(row.account);
    const lookedAt = kept.now - (view === undefined ? 0 : Math.max(0, round.now.mono - view.at));
    const next = nextOf(row, view, block, { now: kept.now, wall: round.now.wall, lookedAt });
    if (next === 'drop')
      await store.transact((tx) => {
        if (limitedOf(tx, name)?.panePid === row.panePid) dropLimited(tx, name);
      });
    if (next === 'settle') await settle(store, name, row);
    if (next === 'end') await end(store, name, row);
    if (next === 'check') await check(ports, name, row);
    if (next === 'pass over') await passOver(ports, name, row);
    if (next === 'resume' && (await resume(ports, name, row, signal)) === 'sent') tell('resumed', name, block);
  };

  return {
    name: 'rate limits',
    everyMs: 500,
    run: async (round, signal) => {
      const cut = steady(round.agents);
      const kept = await read();
      for (const view of cut) await pause(view, kept);
      for (const block of kept.blocks.values())
        if (isOpened(block, round, kept))
          await store.transact((tx) => {
            // One more limit may have been told since it was read.
            const found = blockOf(tx, block.account.key);
            if (found !== undefined && isOpened(found, round, kept)) putBlock(tx, { ...found, isPartial: true });
          });
      for (const [name, row] of kept.limited) {
        if (signal.aborted) return;
        await goOn(name, row, round, kept, signal);
      }
    },
  };
} // prettier-ignore
