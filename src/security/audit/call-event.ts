import { type ErrorCode, OrcError } from '../../kernel/errors.js';
import { isObject } from '../../kernel/json.js';
import { shown } from '../../kernel/text.js';
import type { Call, CallFacts } from '../ring.js';
import { isTmuxId } from './arguments.js';
import { type Action, type Actor, type Decision, type Outcome, round, type SecurityFacts } from './record.js';

export function actorOf({ caller, surface }: Call, self: Actor): Actor {
  const client = surface === 'mcp' && caller.id.startsWith('host:') ? caller.id.slice('host:'.length) : undefined;
  return { ...self, caller: caller.id, role: caller.role, team: caller.agent?.team ?? undefined, client };
}

/** Which layer refuses with a code, and the word for it. */
const REFUSALS: Partial<Record<ErrorCode, Decision>> = {
  INVALID_INPUT: { result: 'deny', layer: 'validation', rule: 'tool_validation_failed' },
  UNKNOWN_TOOL: { result: 'deny', layer: 'known_operation', rule: 'unknown_tool' },
  DENIED: { result: 'deny', layer: 'policy', rule: 'authorization_denied' },
  CONFIRMATION_REQUIRED: { result: 'confirm', layer: 'confirmation', rule: 'authorization_denied' },
  LOCKED_DOWN: { result: 'deny', layer: 'lockdown', rule: 'locked_down' },
  RATE_LIMITED: { result: 'deny', layer: 'rate_limit', rule: 'rate_limit_exceeded' },
  BUDGET_EXCEEDED: { result: 'deny', layer: 'budget', rule: 'budget_exhausted' },
  LOOP_DETECTED: { result: 'deny', layer: 'loop_detection', rule: 'loop_detected' },
  CIRCUIT_OPEN: { result: 'deny', layer: 'circuit_breaker', rule: 'breaker_open' },
  AUDIT_UNAVAILABLE: { result: 'deny', layer: 'audit', rule: 'audit_unavailable' },
};
/** Whether a call with this outcome was refused, not tried. */
export const isRefusal = (code: string): boolean => Object.hasOwn(REFUSALS, code);

const ALLOWED: Decision = { result: 'allow', rule: 'tool_invocation' };

/** What the layers decided; undefined stands for a call that ended well. */
export function decisionOf(call: Call, thrown: unknown, facts: CallFacts): Decision {
  const code = thrown instanceof OrcError ? thrown.code : undefined;
  const refusal = code === undefined ? undefined : REFUSALS[code];
  // The filter of the output may have made another error of it.
  const unread = call.malformed !== undefined && code === call.malformed.code;
  const told = unread ? 'request_validation_failed' : thrown instanceof OrcError ? thrown.rule : undefined;
  const rule = told === undefined ? {} : { rule: told };
  return { ...(refusal ?? ALLOWED), ...rule, ...facts.decision };
}

/** Entries of the lists that a read gives back. */
function recordsIn(data: Readonly<Record<string, unknown>>): number | undefined {
  const lists = Object.values(data).filter((value) => Array.isArray(value) && isObject(value[0] ?? {}));
  return lists.length === 0 ? undefined : lists.reduce<number>((sum, list) => sum + (list as unknown[]).length, 0);
}

export function succeeded(call: Call, result: unknown, durationMs: number): Outcome {
  const records = isObject(result) && call.operation?.effect === 'read' ? recordsIn(result) : undefined;
  return { status: 'ok', duration_ms: round(durationMs), records_returned: records };
}

export function failed(thrown: unknown, durationMs: number): Outcome {
  const code = thrown instanceof OrcError ? thrown.code : 'INTERNAL';
  const refused = isRefusal(code);
  const status =
    code === 'OUTCOME_UNKNOWN' ? 'unknown' : code === 'CANCELLED' ? 'cancelled' : refused ? 'refused' : 'error';
  return { status, duration_ms: round(durationMs), error_code: code };
}

/** Parameters that name what a call is about. */
const TARGETS = ['target', 'pane', 'window', 'session', 'job_id'];

function asked(args: unknown): string | undefined {
  if (!isObject(args)) return undefined;
  const values = TARGETS.map((name) => args[name]);
  return values.find((value): value is string => typeof value === 'string' && isTmuxId(value));
}

const MAX_NAME = 32;
/** A name is shown to everybody who uses tmux. One that looks like a key or token is left out all the same. */
const TOKEN = /(?=[A-Za-z0-9_-]{20})(?=[A-Za-z_-]*[0-9])(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{20,}/;

/** What a result says it was about: ids, with the name where there is one. */
function answered(operation: string, result: unknown): string | undefined {
  if (!isObject(result)) return undefined;
  const noun = operation.slice(operation.lastIndexOf('_') + 1);
  const thing = ['killed', noun, 'pane', 'window', 'session', 'agent'].map((name) => result[name]).find(isObject);
  // An agent's pane stands for it.
  const id = thing?.id ?? thing?.pane;
  if (typeof id !== 'string' || !isTmuxId(id)) return undefined;
  const name = thing?.name;
  const named = typeof name === 'string' && name.length <= MAX_NAME && !TOKEN.test(name);
  return named ? `${id} ${shown(name)}` : id;
}

/** @param args as they are recorded */
export function actionOf(call: Call, args: Action['arguments'], facts: CallFacts, result?: unknown): Action {
  const { operation, name } = call;
  return {
    operation: operation?.name ?? (name === undefined ? '' : shown(name)),
    effect: operation?.effect,
    risk: facts.risk,
    target: answered(operation?.name ?? '', result) ?? asked(call.args),
    arguments: args,
  };
}

function sum(value: unknown): number {
  if (typeof value === 'number') return value;
  return isObject(value) ? Object.values(value).reduce<number>((all, part) => all + sum(part), 0) : 0;
}

/** What layers noted, and what the result says was taken out of texts. */
export function securityOf(result: unknown, facts: CallFacts): SecurityFacts | undefined {
  const data = isObject(result) ? result : {};
  const stripped = sum(data.stripped_sequences) + sum(data.removed);
  const redactions = facts.redactions ?? sum(data.redactions);
  const found = {
    permission_used: facts.permissionUsed,
    foreign_target: facts.foreignTarget,
    redactions: redactions > 0 ? redactions : undefined,
    injection: facts.injection,
    stripped: stripped > 0 ? stripped : undefined,
  };
  return Object.values(found).some((value) => value !== undefined) ? found : undefined;
}
