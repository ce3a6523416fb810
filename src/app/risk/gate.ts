import type { Config } from '../../config/schema.js';
import { realPath } from '../../config/places.js';
import { OrcError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import { refusalError } from '../../security/inner/policy.js';
import type { Answer, Approvals } from '../../security/risk/approvals.js';
import type { Creations } from '../../security/risk/creations.js';
import { questionText } from '../../security/risk/question.js';
import { reaches, type Risk, riskOf } from '../../security/risk/risk.js';
import type { RiskTarget } from '../../security/risk/target.js';
import type { Listing } from '../../tmux/listing.js';
import type { AppCall } from '../dispatcher.js';
import { telling } from '../operator-errors.js';
import type { Act, Gate } from './act.js';
import { createReach, gone, type Reach, type ReachOptions } from './reach.js';
import { filterListing, targetOf, targetWords } from './target-of.js';

export interface GateOptions extends ReachOptions {
  readonly settings: () => Pick<Config['security'], 'trust' | 'risk' | 'permissions' | 'sanitizer'>;
  readonly scope: () => Config['tmux']['scope'];
  readonly approvals: Approvals;
  /** Of the tmux server that calls go to. */
  readonly creations: () => Creations;
  /** The filter for what a person is shown. */
  readonly clean: (text: string) => string;
  readonly logger: Logger;
}

/** What is known of a change when it is judged. */
interface Case {
  readonly call: AppCall;
  readonly act: Act;
  readonly target: RiskTarget | undefined;
  readonly own: boolean;
  readonly risk: Risk;
}

const operationOf = ({ operation }: AppCall): string => operation?.name ?? '';

/** The words of an answer that lets the call go on, or the refusal. */
function permissionOf(answer: Answer, { call, target, risk }: Case): string {
  if (answer.state === 'once') return 'approval_once';
  if (answer.state === 'granted') return 'approval_grant';
  const what = `${operationOf(call)}${target === undefined ? '' : ` on ${target.id}`}`;
  if (answer.state === 'denied')
    throw new OrcError('DENIED', `The operator has said no to ${what}.`, { hint: 'Do not repeat it.' });
  if (answer.state === 'full')
    throw new OrcError('DENIED', 'Too many questions of this caller stand open.', {
      hint: 'Let the operator answer them (tmux-orc security approvals), or wait until they end.',
    });
  call.note?.({ decision: { rule: 'confirmation_required' } });
  const { id, seconds } = answer;
  const way = call.caller.role === 'operator' ? 'Add --yes, or run it at a terminal.' : `Ask the user to run: tmux-orc approve ${id}. Then make exactly this call again.`; // prettier-ignore
  const why = call.doubt ?? `${what} is of ${risk} risk.`;
  throw new OrcError('CONFIRMATION_REQUIRED', `${why} It needs a yes.`, {
    hint: way,
    details: { approval_id: id, expires_in_seconds: seconds, risk },
  });
}

async function confirm(options: GateOptions, judged: Case): Promise<void> {
  const { call, act, target, own, risk } = judged;
  const { caller, args, note } = call;
  const { says } = act;
  const destroys = act.deed === 'destroy';
  const ask = (): Promise<Answer> => {
    const text = options.clean(questionText({ caller: caller.id, says, target, own, risk, doubt: call.doubt, isAll: destroys && target?.isAll === true })); // prettier-ignore
    const question = {
      caller: caller.id,
      since: caller.agent?.since,
      operation: operationOf(call),
      args,
      target,
      destroys,
      risk,
      text,
      isForOnce: call.doubt !== undefined || act.isForOnce === true,
    };
    return telling('The confirmation cannot be kept', () => options.approvals.ask(question));
  };
  const permission =
    call.confirmed && caller.role === 'operator' ? 'confirmed_by_flag' : permissionOf(await ask(), judged);
  const rule = destroys && !own ? 'confirmed_foreign_destroy' : 'confirmed';
  note?.({ permissionUsed: permission, decision: { layer: 'confirmation', rule } });
}

async function decide(options: GateOptions, judged: Case): Promise<void> {
  const { call, risk } = judged;
  const { block_from_risk: block, confirm_from_risk: confirmFrom } = options.settings().trust;
  if (reaches(risk, block)) {
    call.note?.({ decision: { layer: 'risk', rule: 'risk_blocked' } });
    throw new OrcError('DENIED', `${operationOf(call)} is of ${risk} risk here, which the config refuses.`, {
      hint: 'security.trust.block_from_risk is the least risk that is refused.',
    });
  }
  if (call.doubt !== undefined || reaches(risk, confirmFrom)) await confirm(options, judged);
}

const isBelow = (path: string, root: string): boolean =>
  path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`);

/** @throws OrcError DENIED for a program that would start where the role starts none */
function requireFolder(call: AppCall, reach: Reach, folder: string | undefined): void {
  const { execute } = reach.permission();
  if (folder === undefined || execute === undefined) return;
  const path = realPath(folder);
  if (execute.some((root) => isBelow(path, realPath(root)))) return;
  const key = `security.permissions.${reach.role()}.paths`;
  const hint = `${key} names the folders. Give another cwd.`;
  throw refusalError(call, { layer: 'policy', rule: 'path_not_permitted', key, message: `A ${reach.role()} starts no program in this folder.`, hint }); // prettier-ignore
}

/** What nobody can be shown to have created is not ours. */
const unknownSessions =
  (logger: Logger) =>
  (error: unknown): ReadonlySet<string> => {
    logger.warn('who created what cannot be looked up', { error: error instanceof Error ? error.message : '' });
    return new Set();
  };

/** What changes nothing, or only stops something: whose it is decides. */
function looking({ scope }: GateOptions, reach: Reach): Pick<Gate, 'look' | 'job' | 'interrupt'> {
  const look = async (pane: string, listing: Listing, deed: 'look' | 'stop' | 'interrupt'): Promise<void> => {
    const target = targetOf(listing, pane) ?? gone();
    reach.require(target, await reach.relation(target), deed);
  };
  return {
    look: async (pane, listing) => {
      if (reach.permission().targets !== 'all') await look(pane, await listing(), 'look');
    },
    job: async (deed, place, listing) => {
      if (reach.permission().targets === 'all' && scope() === 'all') return;
      const at = await place();
      if (at === undefined) return;
      const seen = await listing();
      const target = targetOf(seen, at.pane);
      // Jobs outlive a tmux server; the panes of the next one have the same ids.
      if (target !== undefined && target.server.pid !== at.serverPid) gone();
      await look(at.pane, seen, deed);
    },
    interrupt: async (pane, serverPid, listing) => {
      const seen = await listing();
      if (targetOf(seen, pane)?.server.pid !== serverPid) gone();
      await look(pane, seen, 'interrupt');
    },
  };
}

/** Judges what one call does to tmux: whose it is, own pane, risk, confirmation. */
export function createGate(options: GateOptions, call: AppCall): Gate {
  const reach = createReach(options, call);
  const readable = async (listing: Listing): Promise<Listing> => {
    const panes = listing.sessions.flatMap(({ windows }) => windows.flatMap((window) => window.panes));
    const targets = [...new Set(panes.map(({ id }) => id))].flatMap((id) => targetOf(listing, id) ?? []);
    const may = await reach.readable(targets);
    return filterListing(listing, ({ id }) => may.has(id));
  };
  return {
    messages: () => options.settings().sanitizer.message_policy,
    check: async (act, listing) => {
      const target = act.target === undefined ? undefined : (targetOf(await listing(), act.target) ?? gone());
      const relation = target === undefined ? 'own' : await reach.relation(target);
      const own = relation !== 'foreign';
      const ruled = { operation: operationOf(call), role: call.caller.role, targets: targetWords(target, act.names) };
      const danger = { deed: act.deed, own, endsAll: target?.isAll === true, isGrave: act.isGrave === true };
      const risk = riskOf(danger, ruled, options.settings().risk.rules);
      call.note?.({ risk, foreignTarget: own ? undefined : true });
      if (target !== undefined) reach.require(target, relation, act.reaches ? act.deed : 'arrange');
      requireFolder(call, reach, act.folder);
      await decide(options, { call, act, target, own, risk });
    },
    ...looking(options, reach),
    narrow: async (listing) => {
      reach.saw(listing);
      const server = listing.sessions[0]?.windows[0]?.panes[0]?.server;
      if (options.scope() === 'all' || server === undefined) return listing;
      const ids = listing.sessions.map(({ id }) => id);
      const ours = await options.creations().sessionsOf(server, ids).catch(unknownSessions(options.logger)); // prettier-ignore
      return { sessions: listing.sessions.filter(({ id }) => ours.has(id)) };
    },
    readable: async (listing) => (reach.permission().targets === 'all' ? listing : readable(listing)),
    created: async (server, things, list) => {
      try {
        const creations = options.creations();
        const old = await creations.add(call.caller.id, server, things);
        if (old.length === 0) return;
        const listing = await list();
        await creations.forget(old.filter((id) => targetOf(listing, id) === undefined));
      } catch (error) {
        // It is there; only its next change will need a yes.
        options.logger.warn('who created it cannot be kept', { error: error instanceof Error ? error.message : '' });
      }
    },
  };
}
