import * as z from 'zod';
import { OrcError } from '../kernel/errors.js';
import type { Listing } from '../tmux/listing.js';
import type { TmuxStatus } from '../tmux/tmux.js';
import { defineOperation, type OperationContext } from './define-operation.js';
import { given } from './place.js';
import type { BudgetStanding, ProgramStatus, RateStanding, ServerState, TmuxFacts } from './program-status.js';
import { plural, type View } from './view.js';

const statusOutput = z.object({
  tmux: z.object({
    state: z.enum(['running', 'no_server', 'not_answering', 'not_installed']),
    problem: z.string().optional().describe('What is wrong, where something is'),
    socket: z.string().optional().describe('Socket of the server that is talked to'),
    server: z
      .object({
        pid: z.int(),
        version: z.string(),
        started_at: z.string().describe('ISO 8601'),
        uptime_seconds: z.int(),
      })
      .optional(),
    connection: z
      .object({
        mode: z.enum(['control', 'spawned']).describe('How requests go now'),
        connected: z.boolean().describe('The lasting connection is open'),
        connects: z.int().describe('How often it was opened'),
        last_failure: z.string().optional(),
      })
      .optional()
      .describe('Of this process'),
  }),
  breaker: z
    .object({
      state: z
        .enum(['closed', 'open', 'half_open'])
        .describe('open: calls to tmux are refused; half_open: a few are tried'),
      failures: z.int().describe('Requests in a row that tmux did not answer'),
      retry_after_ms: z.int().optional().describe('How long it stays open'),
    })
    .describe('Circuit breaker of this process'),
  sessions: z.int().optional().describe('Counts are missing when tmux could not be asked'),
  windows: z.int().optional(),
  panes: z.int().optional(),
  outcomes: z
    .array(
      z.object({
        id: z.string(),
        operation: z.string(),
        target: z.string(),
        at: z.string().describe('ISO 8601'),
        state: z.enum(['open', 'executed', 'not_executed', 'unknowable']),
      }),
    )
    .describe('Changes of this process that ended with OUTCOME_UNKNOWN, and what became of them'),
  concurrency: z
    .object({
      working: z.int().describe('Calls at work, this one among them'),
      max_working: z.int(),
      waiting: z.int().describe('Calls that only wait, for output for example'),
      max_waiting: z.int(),
      queued: z.int().describe('Calls that wait for their turn'),
      max_queued: z.int(),
    })
    .describe('Calls of this process'),
  rate_limit: z
    .object({
      calls_left: z.int().describe('Calls like this one that can be made at once'),
      retry_after_ms: z.int().describe('Time until there is one'),
      shared: z.boolean().describe('Counted together with all processes of the user'),
    })
    .optional()
    .describe('What is left for this caller; missing when nothing limits it'),
  budget: z
    .object({
      calls_left: z.int().describe('Changes that this caller may still make on this tmux server'),
      limit: z.int(),
      resets_in_seconds: z.int().optional().describe('Until the count starts anew; missing when nothing is counted'),
      shared: z.boolean().describe('Counted together with all processes of the user'),
    })
    .optional()
    .describe('Missing when this caller has none'),
  config: z.object({
    profile: z.string(),
    scope: z.enum(['all', 'owned']),
    warnings: z.array(z.string()),
  }),
  versions: z.object({
    tmux_orc: z.string(),
    node: z.string(),
    tmux: z.string().optional().describe('Of the tmux program'),
  }),
});

type Status = z.output<typeof statusOutput>;
type TmuxPart = Pick<Status, 'tmux' | 'sessions' | 'windows' | 'panes' | 'outcomes'>;

/** Waits for what may fail with one of our errors, and gives that error as a value. */
async function attempt<T>(work: () => T | Promise<T>): Promise<T | OrcError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OrcError) return error;
    throw error;
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();

function counts({ sessions }: Listing): Pick<Status, 'sessions' | 'windows' | 'panes'> {
  // A linked window stands in several sessions and counts once.
  const windows = new Map(sessions.flatMap((session) => session.windows.map((window) => [window.id, window])));
  const panes = [...windows.values()].flatMap((window) => window.panes);
  return { sessions: sessions.length, windows: windows.size, panes: panes.length };
}

function serverPart(server: ServerState): Pick<Status['tmux'], 'server'> {
  if (server.state !== 'running') return {};
  const { pid, version, startedAt } = server;
  const uptime = Math.max(0, Math.round(Date.now() / 1000) - startedAt);
  return { server: { pid, version, started_at: iso(startedAt * 1000), uptime_seconds: uptime } };
}

function connectionPart(status: TmuxStatus): Pick<Status['tmux'], 'connection'> {
  const { mode, connected, connects, lastFailure } = status;
  return { connection: { mode, connected, connects, ...given('last_failure', lastFailure) } };
}

function problemOf(facts: TmuxFacts, listing: Listing | OrcError): string | undefined {
  if (facts.server.state === 'not_answering') return facts.server.problem;
  return listing instanceof OrcError ? listing.message : undefined;
}

async function tmuxPart(context: OperationContext, program: ProgramStatus): Promise<[TmuxPart, TmuxFacts | undefined]> {
  const tmux = await attempt(() => context.tmux);
  const [facts, listing] = await Promise.all([attempt(program.tmux), attempt(() => context.tmux.list())]);
  const status = tmux instanceof OrcError ? undefined : tmux.status();
  const outcomes = (status?.outcomes ?? []).map((outcome) => ({ ...outcome, at: iso(outcome.at) }));
  const connection = status === undefined ? {} : connectionPart(status);
  // Only a program that is not found is an error here.
  if (facts instanceof OrcError)
    return [{ tmux: { state: 'not_installed', problem: facts.message, ...connection }, outcomes }, undefined];
  return [
    {
      tmux: {
        state: facts.server.state,
        ...given('problem', problemOf(facts, listing)),
        socket: facts.socketPath,
        ...serverPart(facts.server),
        ...connection,
      },
      ...(listing instanceof OrcError ? {} : counts(listing)),
      outcomes,
    },
    facts,
  ];
}

function breakerPart({ state, failures, retryAfterMs }: ProgramStatus['breaker']): Status['breaker'] {
  return { state, failures, ...given('retry_after_ms', retryAfterMs) };
}

function ratePart({ calls, waitMs, shared }: RateStanding): NonNullable<Status['rate_limit']> {
  return { calls_left: calls, retry_after_ms: Math.ceil(waitMs), shared };
}

function budgetPart({ calls, max, resetsInMs, shared }: BudgetStanding): NonNullable<Status['budget']> {
  const resets = resetsInMs === undefined ? undefined : Math.ceil(resetsInMs / 1000);
  return { calls_left: calls, limit: max, ...given('resets_in_seconds', resets), shared };
}

const DAY = 86_400;

function duration(seconds: number): string {
  if (seconds < 60) return `${String(seconds)} s`;
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))} min`;
  if (seconds < DAY) return `${String(Math.floor(seconds / 3600))} h ${String(Math.floor((seconds % 3600) / 60))} min`;
  return `${String(Math.floor(seconds / DAY))} d ${String(Math.floor((seconds % DAY) / 3600))} h`;
}

const STATES: Readonly<Record<Status['tmux']['state'], string>> = {
  running: 'running',
  no_server: 'no server runs; creating a session starts one',
  not_answering: 'not answering',
  not_installed: 'not installed',
};

function tmuxFacts({ tmux }: Status): [string, string][] {
  const { server, connection } = tmux;
  const who =
    server === undefined
      ? ''
      : `, version ${server.version}, pid ${String(server.pid)}, up ${duration(server.uptime_seconds)}`;
  const facts: [string, string][] = [['tmux', `${STATES[tmux.state]}${who}`]];
  if (tmux.problem !== undefined) facts.push(['problem', tmux.problem]);
  if (tmux.socket !== undefined) facts.push(['socket', tmux.socket]);
  if (connection !== undefined && tmux.state === 'running') {
    const how = connection.mode === 'control' ? 'control mode' : 'a tmux process for each request';
    facts.push(['connection', `${how}${connection.last_failure === undefined ? '' : `; ${connection.last_failure}`}`]);
  }
  return facts;
}

function breakerText({ state, failures, retry_after_ms: retryAfterMs = 0 }: Status['breaker']): string {
  const after = `after ${plural(failures, 'request')} without an answer`;
  return state === 'open'
    ? `open for ${duration(Math.ceil(retryAfterMs / 1000))} more, ${after}`
    : `tries again, ${after}`;
}

function limitFacts({ rate_limit: rate, budget }: Status): [string, string][] {
  const alone = (shared: boolean): string => (shared ? '' : '; counted by this process alone');
  const facts: [string, string][] = [];
  if (rate !== undefined)
    facts.push(['rate limit', `${plural(rate.calls_left, 'call')} left at once${alone(rate.shared)}`]);
  if (budget !== undefined)
    facts.push([
      'budget',
      `${plural(budget.calls_left, 'change')} of ${String(budget.limit)} left${alone(budget.shared)}`,
    ]);
  return facts;
}

function view(status: Status): View {
  const { sessions, windows, panes, outcomes, breaker, concurrency, config, versions } = status;
  const facts = tmuxFacts(status);
  if (sessions !== undefined)
    facts.push([
      'sessions',
      `${String(sessions)}, with ${plural(windows ?? 0, 'window')} and ${plural(panes ?? 0, 'pane')}`,
    ]);
  const { working, max_working: most, waiting, max_waiting: mostWaiting, queued } = concurrency;
  facts.push([
    'calls',
    `${String(working)} of ${String(most)} at work, ${String(waiting)} of ${String(mostWaiting)} waiting, ${String(queued)} queued`,
  ]);
  if (breaker.state !== 'closed') facts.push(['breaker', breakerText(breaker)]);
  facts.push(...limitFacts(status));
  facts.push([
    'outcomes',
    outcomes.length === 0 ? 'none unknown' : `${String(outcomes.length)} were unknown, see below`,
  ]);
  facts.push(['config', `profile ${config.profile}${config.scope === 'owned' ? ', own sessions only' : ''}`]);
  for (const warning of config.warnings) facts.push(['warning', warning]);
  const program = versions.tmux === undefined ? '' : `, tmux ${versions.tmux}`;
  facts.push(['versions', `tmux-orc ${versions.tmux_orc}, Node ${versions.node}${program}`]);
  return {
    facts,
    table: {
      columns: ['OUTCOME', 'OPERATION', 'TARGET', 'AT', 'STATE'],
      rows: outcomes.map(({ id, operation, target, at, state }) => [id, operation, target, at, state]),
    },
  };
}

const getSystemStatus = defineOperation({
  name: 'get_system_status',
  title: 'System status',
  description:
    'Tells how tmux and this server are: sessions, windows and panes, the connection to tmux, changes whose outcome was unknown, calls at work and left, warnings and versions. Answers also when tmux does not.',
  toolset: 'ops',
  effect: 'read',
  repeats: {
    volatile: [
      ...['tmux.server.uptime_seconds', 'tmux.connection.connects', 'concurrency', 'rate_limit', 'budget'],
      'breaker.retry_after_ms',
    ],
  },
  cli: { path: ['status'], positional: [] },
  input: z.object({}),
  output: statusOutput,
  handle: async (context) => {
    const program = context.status();
    const standing = Promise.all([program.rate(), program.budget()]);
    const [[part, facts], [rate, budget]] = await Promise.all([tmuxPart(context, program), standing]);
    const { working, maxWorking, waiting, maxWaiting, queued, maxQueued } = program.concurrency;
    return {
      ...part,
      breaker: breakerPart(program.breaker),
      concurrency: {
        ...{ working, max_working: maxWorking, waiting, max_waiting: maxWaiting },
        ...{ queued, max_queued: maxQueued },
      },
      ...given('rate_limit', rate === undefined ? undefined : ratePart(rate)),
      ...given('budget', budget === undefined ? undefined : budgetPart(budget)),
      config: { profile: program.profile, scope: context.settings.scope, warnings: [...program.warnings] },
      versions: {
        tmux_orc: program.versions.tmuxOrc,
        node: program.versions.node,
        ...given('tmux', facts?.programVersion),
      },
    };
  },
  view,
});

export const statusOperations = [getSystemStatus];
