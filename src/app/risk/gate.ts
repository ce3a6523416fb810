import type { Config } from '../../config/schema.js';
import { OrcError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import type { Answer, Approvals } from '../../security/risk/approvals.js';
import type { Creations } from '../../security/risk/creations.js';
import { questionText } from '../../security/risk/question.js';
import { reaches, type Risk, riskOf } from '../../security/risk/risk.js';
import type { RiskTarget } from '../../security/risk/target.js';
import type { AppCall } from '../dispatcher.js';
import { telling } from '../operator-errors.js';
import type { Act, Gate } from './act.js';
import type { OwnPane } from './own-pane.js';
import { targetOf } from './target-of.js';

export interface GateOptions {
  readonly settings: () => Pick<Config['security'], 'trust' | 'risk'>;
  readonly approvals: Approvals;
  /** Of the tmux server that calls go to. */
  readonly creations: () => Creations;
  readonly ownPane: () => OwnPane | undefined;
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

function refuseOwnPane({ caller, note }: AppCall, act: Act, target: RiskTarget, own: OwnPane | undefined): void {
  if (caller.role === 'operator' || !act.reaches || own?.serverPid !== target.server.pid) return;
  if (!target.panes.some(({ id }) => id === own.id)) return;
  note?.({ decision: { layer: 'own_pane', rule: 'own_pane' } });
  throw new OrcError('DENIED', 'This would write into the pane that this server itself runs in, or end it.', {
    hint: 'Use another pane; split_pane and create_session make one.',
  });
}

const operationOf = ({ operation }: AppCall): string => operation?.name ?? '';

function targetWords(target: RiskTarget | undefined, names: readonly string[] = []): string[] {
  if (target === undefined) return [...names];
  const { id, window, sessions } = target;
  return [id, window?.id, ...sessions.flatMap((session) => [session.id, session.name])].filter(
    (word) => word !== undefined,
  );
}

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
      operation: operationOf(call),
      args,
      target,
      destroys,
      risk,
      text,
      isForOnce: call.doubt !== undefined,
    };
    return telling('The confirmation cannot be kept', () => options.approvals.ask(question));
  };
  const permission = call.confirmed ? 'confirmed_by_flag' : permissionOf(await ask(), judged);
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

/** Judges the changes of one call: own pane, risk, confirmation. */
export function createGate(options: GateOptions, call: AppCall): Gate {
  const isOwn = async (target: RiskTarget | undefined): Promise<boolean> => {
    if (target === undefined) return true;
    try {
      return await options.creations().isOwn(call.caller.id, target);
    } catch (error) {
      // What nobody can be shown to have created counts as the user's.
      options.logger.warn('who created it cannot be looked up', { error: error instanceof Error ? error.message : '' });
      return false;
    }
  };
  return {
    check: async (act, listing) => {
      const target = act.target === undefined ? undefined : targetOf(await listing(), act.target);
      if (act.target !== undefined && target === undefined)
        throw new OrcError('NOT_FOUND', 'No such target: it is gone.', { hint: 'list_sessions shows what there is.' });
      const own = await isOwn(target);
      const ruled = { operation: operationOf(call), role: call.caller.role, targets: targetWords(target, act.names) };
      const danger = { deed: act.deed, own, endsAll: target?.isAll === true };
      const risk = riskOf(danger, ruled, options.settings().risk.rules);
      call.note?.({ risk, foreignTarget: own ? undefined : true });
      if (target !== undefined) refuseOwnPane(call, act, target, options.ownPane());
      await decide(options, { call, act, target, own, risk });
    },
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
