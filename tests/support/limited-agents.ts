import { createAccountLimits } from '../../src/agents/account-blocks.js';
import { createMessages, type Messages } from '../../src/agents/delivery/messages.js';
import type { AgentRecord } from '../../src/agents/records.js';
import type { AgentState, EvidenceSource } from '../../src/kernel/agent-words.js';
import type { AgentView } from '../../src/monitor/fleet.js';
import { createRateLimits } from '../../src/monitor/rate-limits.js';
import type { Put } from '../../src/monitor/resumption.js';
import { cleanMessage } from '../../src/security/text/message.js';
import { createMemoryStore } from '../../src/store/memory-store.js';
import type { StateStore } from '../../src/store/store.js';
import { fakeBootClock } from './store-world.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const SENDER = 'system:monitor';

/** An agent as a look would show it. */
export interface Shown {
  readonly state: AgentState;
  readonly seq?: number;
  readonly text?: string;
  readonly source?: EvidenceSource;
  readonly draft?: string | undefined;
  readonly isAsking?: true;
  readonly told?: { readonly event: 'finished' | 'failed'; readonly at: number };
  readonly home?: string;
  readonly panePid?: number;
  readonly openAt?: number;
  /** Milliseconds since the epoch. */
  readonly since?: number;
}

/** A store, a clock, and agents whose looks are made up. */
export class LimitedAgents {
  readonly time = fakeBootClock();
  readonly store: StateStore = createMemoryStore(this.time.clock);
  readonly messages: Messages = createMessages(this.store);
  readonly limits = createAccountLimits(this.store);
  readonly shown = new Map<string, Shown>();
  readonly sent: { readonly agent: string; readonly text: string; readonly key: string; readonly at: number }[] = [];
  /** What becomes of what is sent next. */
  put: Put['kind'] = 'put';
  #keys = new Map<string, string>();
  #views = new Map<string, { readonly shown: Shown; readonly view: AgentView }>();
  #duty = this.#holder();

  now(): number {
    return this.time.clock().wall;
  }

  #mono(): number {
    const { awake, suspended } = this.time.clock();
    return awake + suspended;
  }

  #holder(): ReturnType<typeof createRateLimits> {
    return createRateLimits({
      ...{ store: this.store, messages: this.messages, isHeld: () => Promise.resolve(true), tell: () => undefined },
      sender: SENDER,
      send: async (agent, text, key) => {
        if (this.put !== 'put') return { kind: this.put };
        this.sent.push({ agent, text, key, at: this.now() });
        const known = this.#keys.get(`${agent} ${key}`);
        const id = known ?? (await this.queue(agent, text, SENDER));
        this.#keys.set(`${agent} ${key}`, id);
        return { kind: 'put', message: id };
      },
    });
  }

  /** Another process watches from now on. */
  restart(): void {
    this.#duty = this.#holder();
  }

  /** A message that waits. */
  async queue(agent: string, text: string, from = 'operator'): Promise<string> {
    const seq = this.shown.get(agent)?.seq ?? 0;
    const { panePid = 7 } = this.shown.get(agent) ?? {};
    const added = await this.messages.add({
      ...{ agent, panePid, from, at: this.now(), body: cleanMessage(text, 1000).text, seq, mode: 'when_idle' },
      text: cleanMessage(text, 1000).text,
    });
    if (added.kind !== 'added') throw new Error(added.kind);
    return added.message.id;
  } // prettier-ignore

  /** A message that was delivered, and has begun a turn; or perhaps. */
  async deliver(agent: string, id: string, seq: number, state: 'submitted' | 'unknown' = 'submitted'): Promise<void> {
    await this.messages.lease(agent, 'test');
    await this.messages.change(id, 'test', { state, method: 'paste', seq });
  }

  #view(name: string, shown: Shown): AgentView {
    const { state, seq = 2, text, source = 'hook', isAsking, told, home = '/home/a/.claude', panePid = 7, openAt, since = this.now() } = shown;
    const draft = 'draft' in shown ? shown.draft : '';
    const record = {
      ...{ provider: 'claude', registry: home, panePid, isAlone: true, isReady: true, readyBy: 0, isOpen: false },
      ...{ state, since, seq, openAt },
    } satisfies AgentRecord;
    const evidence = [{ source, says: state, rule: 'made up', at: 0 }];
    return {
      agent: { name, role: 'developer', owner: 'operator', team: null, depth: 0, token: null, since: 0, pane: '%1', panePid, server: { pid: 1, startedAt: 1 } },
      facts: { name, role: 'developer', provider: 'claude', state, confidence: 1, pane: '%1', session: 's', window: '@1', team: undefined, since, seq, worktree: undefined },
      look: { verdict: { state, confidence: 1, winner: evidence[0], runnerUp: undefined }, evidence, lines: [], text, draft, ...(told && { told: { ...told, turns: seq } }), ...(isAsking && { dialog: { title: 'x', options: [] } as never }) },
      ...{ record, found: undefined, isOpen: false, at: this.#mono() },
    };
  } // prettier-ignore

  /** One round: what is shown was looked at now. */
  async round(): Promise<void> {
    const agents = new Map<string, AgentView>();
    for (const [name, shown] of this.shown) {
      const before = this.#views.get(name);
      // A state began when it was first seen.
      const since = before?.shown.state === shown.state ? before.view.facts.since : undefined;
      const view = this.#view(name, { ...(since === undefined ? {} : { since }), ...shown });
      this.#views.set(name, { shown, view });
      agents.set(name, view);
    }
    const now = { mono: this.#mono(), wall: this.now() };
    await this.#duty.run({ now, agents, listing: { sessions: [] }, changes: [] }, new AbortController().signal);
  }

  /** Rounds for so long. */
  async pass(ms: number, stepMs = 1500): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.time.pass(Math.min(stepMs, ms - passed));
      await this.round();
    }
  }
}
