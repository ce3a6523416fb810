import { type Command, InvalidArgumentError } from 'commander';
import type { SecurityTools } from '../app/security-tools.js';
import { shown } from '../kernel/text.js';
import { requirePerson, requireYes } from './confirm.js';
import { parseDuration } from './duration.js';
import { recorded } from './recorded.js';
import type { Result } from './answering.js';
import type { WithTools } from './with-security-tools.js';

type Standing = Awaited<ReturnType<SecurityTools['standings']>>[number];

const MAX_SECONDS = 366 * 86_400;

function duration(text: string): number {
  const seconds = parseDuration(text) ?? Number.NaN;
  if (seconds >= 1 && seconds <= MAX_SECONDS) return seconds;
  throw new InvalidArgumentError('Expected a time such as 30m, 24h or 7d, at most 366d.');
}

const names = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

async function askPerson(tools: SecurityTools, question: string): Promise<void> {
  await requirePerson(tools.requireOperator, 'Trust is changed');
  await requireYes(question, 'Nothing was changed.', 'Answer y to change it.');
}

function toEntry({ caller, trust, operations, contained, trustSeconds, containedSeconds }: Standing): object {
  return {
    ...{ caller, trust, contained },
    ...(operations === undefined ? {} : { operations }),
    ...(trustSeconds === undefined ? {} : { trust_ends_in_seconds: trustSeconds }),
    ...(containedSeconds === undefined ? {} : { contained_for_seconds: containedSeconds }),
  };
}

async function list(tools: SecurityTools): Promise<Result> {
  const found = await tools.standings();
  const left = (seconds: number | undefined): string => (seconds === undefined ? '' : `${String(seconds)} s`);
  const rows = found.map(({ caller, trust, operations, trustSeconds, containedSeconds }) => [
    ...[shown(caller), trust, left(trustSeconds), operations?.map((name) => shown(name)).join(', ') ?? ''],
    left(containedSeconds),
  ]);
  const columns = ['CALLER', 'TRUST', 'ENDS IN', 'ONLY FOR', 'CONTAINED FOR'];
  return [
    { callers: found.map(toEntry) },
    rows.length === 0 ? { summary: 'All callers stand as security.trust.default says.' } : { table: { columns, rows } },
  ];
}

interface GrantFlags {
  readonly operations?: string[];
  readonly for?: number;
}

async function grant(
  tools: SecurityTools,
  caller: string,
  { operations, for: forSeconds }: GrantFlags,
): Promise<Result> {
  const what = operations === undefined ? 'all that its role may' : operations.map((name) => shown(name)).join(', ');
  tools.checkGrant(caller, { operations });
  const rest = operations === undefined ? '' : ' Until the grant ends, every other change is refused to it.';
  await askPerson(tools, `Trust ${shown(caller)} with ${what}?${rest}`);
  const { seconds, unrecorded } = await tools.grant(caller, { operations, forSeconds });
  const data = { caller, trust: 'granted', expires_in_seconds: seconds };
  const summary = `${shown(caller)} is trusted for ${String(seconds)} s with ${what}.`;
  return recorded([{ ...data, ...(operations === undefined ? {} : { operations }) }, { summary }], unrecorded);
}

async function revoke(tools: SecurityTools, caller: string): Promise<Result> {
  await askPerson(tools, `Take the trust in ${shown(caller)} back? Until it gets a grant it only reads.`);
  const { unrecorded } = await tools.revoke(caller);
  const summary = `${shown(caller)} only reads from now on.`;
  return recorded([{ caller, trust: 'revoked' }, { summary }], unrecorded);
}

async function reset(tools: SecurityTools, caller: string): Promise<Result> {
  await askPerson(tools, `Forget grants and revocations of ${shown(caller)}?`);
  const { changed, unrecorded } = await tools.reset(caller);
  const summary = changed ? `${shown(caller)} stands as security.trust.default says.` : 'Nothing was kept of it.';
  return recorded([{ caller, trust: 'default', changed }, { summary }], unrecorded);
}

async function contain(tools: SecurityTools, caller: string, seconds: number): Promise<Result> {
  await tools.requireOperator('Callers are contained by the operator.');
  const { unrecorded } = await tools.contain(caller, seconds);
  const end = 'It ends with: tmux-orc security release';
  const summary = `${shown(caller)} only reads, at a tenth of its rate, for ${String(seconds)} s. ${end}`;
  return recorded([{ caller, contained: true, expires_in_seconds: seconds }, { summary }], unrecorded);
}

async function release(tools: SecurityTools, caller: string): Promise<Result> {
  await askPerson(tools, `End the containment of ${shown(caller)}?`);
  const { changed, unrecorded } = await tools.release(caller);
  const summary = changed ? `${shown(caller)} is not contained any more.` : 'It was not contained.';
  return recorded([{ caller, contained: false, changed }, { summary }], unrecorded);
}

async function explain(tools: SecurityTools, given: Parameters<SecurityTools['explain']>[0]): Promise<Result> {
  const found = await tools.explain(given);
  const { caller, operation, target, decision, layer, rule, key, why, risk } = found;
  const facts: [string, string][] = [
    ['caller', `${shown(caller.id)}, a ${caller.role}${caller.team === undefined ? '' : ` of team ${shown(caller.team)}`}`],
    ['operation', operation],
    ...(target === undefined ? [] : [['target', `${target.id}, ${target.relation}`] as [string, string]]),
    ['decision', decision],
    ['layer', `${layer}, rule ${rule}`],
    ...(key === undefined ? [] : [['key', key] as [string, string]]),
    ...(risk === undefined ? [] : [['risk', risk] as [string, string]]),
    ['why', why],
  ]; // prettier-ignore
  return [{ ...found }, { table: { columns: ['', ''], rows: facts } }];
}

const CALLER = 'such as agent:build or host:claude-code';

/** Who is trusted, who is contained, and why a call goes on or does not. */
export function addTrustCommands(security: Command, withTools: WithTools): void {
  const trust = security.command('trust').description('Which callers are trusted beyond or below the default.');
  trust
    .command('list')
    .description('Lists grants, revocations and containments.')
    .action(() => withTools(list));
  trust
    .command('grant')
    .description('Trusts a caller for a time. Asks at a terminal.')
    .argument('<caller>', CALLER)
    .option('--operations <names>', 'only for these operations or effects, comma-separated', names)
    .option('--for <time>', 'such as 24h; default: security.trust.session_timeout_seconds', duration)
    .action((caller: string, flags: GrantFlags) => withTools((tools) => grant(tools, caller, flags)));
  trust
    .command('revoke')
    .description('Takes the trust in a caller back: it only reads. Asks at a terminal.')
    .argument('<caller>', CALLER)
    .action((caller: string) => withTools((tools) => revoke(tools, caller)));
  trust
    .command('reset')
    .description('Forgets grants and revocations: security.trust.default holds again. Asks at a terminal.')
    .argument('<caller>', CALLER)
    .action((caller: string) => withTools((tools) => reset(tools, caller)));
  security
    .command('contain')
    .description('Lets a caller only read, at a tenth of its rate, in every process at once.')
    .argument('<caller>', `${CALLER}, or operator`)
    .option('--for <time>', 'such as 30m', duration, 3600)
    .action((caller: string, flags: { for: number }) => withTools((tools) => contain(tools, caller, flags.for)));
  security
    .command('release')
    .description('Ends a containment. Asks at a terminal.')
    .argument('<caller>', CALLER)
    .action((caller: string) => withTools((tools) => release(tools, caller)));
  security
    .command('explain')
    .description('Tells what would become of a call, and which layer, rule and config key decide.')
    .argument('<caller>', `${CALLER}, or operator`)
    .argument('<operation>', 'such as kill_pane')
    .argument('[target]', 'a session, window or pane')
    .action((caller: string, operation: string, target: string | undefined) =>
      withTools((tools) => explain(tools, { caller, operation, target })),
    );
}
