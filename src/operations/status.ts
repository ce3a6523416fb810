import * as z from 'zod';
import { OrcError } from '../kernel/errors.js';
import type { Listing } from '../tmux/listing.js';
import type { TmuxStatus } from '../tmux/tmux.js';
import { blockedFact, blockedOutput, showBlocked } from './blocked-accounts.js';
import { defineOperation, type OperationContext } from './define-operation.js';
import { given } from './place.js';
import { monitorFacts, monitorFields, monitorPart } from './status-monitor.js';
import type { ProgramStatus, ServerState, TmuxFacts } from './program-status.js';
import { limitFacts, limitFields, limitPart } from './status-limits.js';
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
  age_ms: z.int().optional().describe('How old the counts are, where the monitor had them; else they are of now'),
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
  ...limitFields,
  blocked: blockedOutput,
  ...monitorFields,
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
type TmuxPart = Pick<Status, 'tmux' | 'sessions' | 'windows' | 'panes' | 'age_ms' | 'outcomes'>;

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

interface Looked {
  readonly facts: TmuxFacts | OrcError;
  readonly listing: Listing | OrcError;
  /** How old the listing is, where it was kept. */
  readonly ageMs?: number;
}

async function look(context: OperationContext, program: ProgramStatus): Promise<Looked> {
  const kept = program.listing();
  const list = (): Promise<Listing | OrcError> => attempt(() => context.tmux.list());
  const [facts, early] = await Promise.all([attempt(program.tmux), kept === undefined ? list() : undefined]);
  // What was seen of a server that is gone by now, or silent, is not how it is.
  if (kept !== undefined && !(facts instanceof OrcError) && facts.server.state === 'running')
    return { facts, listing: kept.listing, ageMs: kept.ageMs };
  return { facts, listing: early ?? (await list()) };
}

async function tmuxPart(context: OperationContext, program: ProgramStatus): Promise<[TmuxPart, TmuxFacts | undefined]> {
  const tmux = await attempt(() => context.tmux);
  const { facts, listing, ageMs } = await look(context, program);
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
      ...given('age_ms', ageMs),
      outcomes,
    },
    facts,
  ];
}

function breakerPart({ state, failures, retryAfterMs }: ProgramStatus['breaker']): Status['breaker'] {
  return { state, failures, ...given('retry_after_ms', retryAfterMs) };
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

function view(status: Status): View {
  const { sessions, windows, panes, outcomes, breaker, concurrency, config, versions } = status;
  const facts: (readonly [string, string])[] = tmuxFacts(status);
  if (sessions !== undefined)
    facts.push([
      'sessions',
      `${String(sessions)}, with ${plural(windows ?? 0, 'window')} and ${plural(panes ?? 0, 'pane')}`,
    ]);
  facts.push(...monitorFacts(status));
  const { working, max_working: most, waiting, max_waiting: mostWaiting, queued } = concurrency;
  facts.push([
    'calls',
    `${String(working)} of ${String(most)} at work, ${String(waiting)} of ${String(mostWaiting)} waiting, ${String(queued)} queued`,
  ]);
  if (breaker.state !== 'closed') facts.push(['breaker', breakerText(breaker)]);
  facts.push(...limitFacts(status), ...status.blocked.map(blockedFact));
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
    'Tells how tmux and this server are: sessions, windows and panes, agents by state, who watches over them, the connection to tmux, changes whose outcome was unknown, calls at work and left, warnings and versions. Answers also when tmux does not.',
  toolset: 'ops',
  effect: 'read',
  repeats: {
    volatile: [
      ...['tmux.server.uptime_seconds', 'tmux.connection.connects', 'concurrency', 'rate_limit', 'budget'],
      ...['monitor', 'cache', 'age_ms'],
      'breaker.retry_after_ms',
    ],
  },
  cli: { path: ['status'], positional: [] },
  input: z.object({}),
  output: statusOutput,
  handle: async (context) => {
    const program = context.status();
    const standing = Promise.all([program.rate(), program.budget(), program.blocked()]);
    const [[part, facts], [rate, budget, blocked]] = await Promise.all([tmuxPart(context, program), standing]);
    const { working, maxWorking, waiting, maxWaiting, queued, maxQueued } = program.concurrency;
    const pid = facts?.server.state === 'running' ? facts.server.pid : undefined;
    return {
      ...part,
      ...(await monitorPart(program, pid)),
      breaker: breakerPart(program.breaker),
      concurrency: {
        ...{ working, max_working: maxWorking, waiting, max_waiting: maxWaiting },
        ...{ queued, max_queued: maxQueued },
      },
      ...limitPart(rate, budget),
      blocked: blocked.map(showBlocked),
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
