import { type Clock, sleep } from '../kernel/clock.js';
import { isNotFound, OrcError } from '../kernel/errors.js';
import type { PaneId, SessionId } from '../kernel/ids.js';
import type { ProcessLock } from '../kernel/process-lock.js';
import { createScope } from '../kernel/scope.js';
import { type Ask, createAsk, unheard } from './ask.js';
import { ControlConnection, type ControlSource } from './control/connection.js';
import { agentOptions, createSession, createWindow, type PaneMaker, splitPane } from './create-pane.js';
import { type Command, encode } from './encode.js';
import { createLink, type Guard, guardedLink, type Link } from './failover.js';
import { type Listing, moveListing, type PaneRow, parseListing } from './listing.js';
import { LIST_CLIENTS, ListingChanged, listMoving, listPanes, newMark } from './listing-rows.js';
import { createJobFiles } from './jobs/job-files.js';
import { PaneJobs } from './jobs/jobs.js';
import type { AgentMarks, ShownState } from './model.js';
import { createOutcomes, type Outcomes, type Probe } from './outcomes.js';
import { cursorAtRow } from './pane/cursor.js';
import { readDelta, readLastLines } from './pane/delta.js';
import { type SentText, SentTexts } from './pane/echo.js';
import { send } from './pane/guarded-write.js';
import { createPaneStreams, type PaneStreams } from './pane/stream.js';
import { waitForOutput } from './pane/wait-output.js';
import type { ServerAddress } from './server-address.js';
import { createSpawnedClient } from './spawned-client.js';
import type { Tmux } from './tmux.js';
import { type Reply, TransportFailure } from './transport.js';
import { createTurns } from './turns.js';

export interface TmuxOptions {
  readonly address: ServerAddress;
  /** Longest answer of tmux; control mode and fall-back share it. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Where job files of this server go. */
  readonly jobsFolder: string;
  /** The state folder, which that one lies in. */
  readonly stateFolder?: string;
  /** Called just before each change is sent, with its name; what it throws, instead of sending, is the change's error. */
  readonly beforeWrite?: (operation: string) => void;
  /** Surrounds each request to tmux; what it throws instead of asking is the request's error. */
  readonly guard?: Guard;
  /** Whether a shell that begins in a folder may go to this one by itself; without it, to none. */
  readonly isAllowedFolder?: (path: string) => Promise<boolean>;
  /** Keeps apart what other processes do on the same server; closed with the port. */
  readonly processLock?: ProcessLock;
  /** `spawned` never opens a control connection: for a single command, where connecting costs more than it saves. */
  readonly transport?: 'control' | 'spawned';
}

const LISTING_ATTEMPTS = 5;

/** A server with no session left answers listings with an error instead of nothing. */
const NOTHING = /no current|can't find|no sessions/;

function bodyOrNothing(reply: Reply | undefined): Buffer {
  if (reply?.ok === true) return reply.body;
  if (reply === undefined || NOTHING.test(reply.error)) return Buffer.alloc(0);
  throw new OrcError('TMUX_FAILED', 'tmux refused to list its panes.', {
    hint: 'Check the server with: tmux list-panes -a.',
  });
}

const allPanes = (listing: Listing): PaneRow[] =>
  listing.sessions.flatMap((session) => session.windows.flatMap((window) => window.panes));

/** How long an exit status may take from the end of its program on, in milliseconds: all of these together. */
const STATUS_PAUSES_MS = [0, 10, 30, 60, 100];

/** Ended by a signal: no exit status will come (3.3 and later tell). */
async function isKilled(link: Link, { id }: PaneRow): Promise<boolean> {
  const line = encode(['display-message', '-p', '-t', id, '#{pane_dead_signal}']);
  // What keeps it from being read is told by the next listing.
  const reply = await link.read({ line, shape: 'single' }).catch(() => undefined);
  return reply?.ok === true && reply.body.toString('utf8').trim() !== '';
}

/**
 * A terminal ends a moment before its program, so a pane can be dead while its exit status is about to come. And a tmux
 * that writes utmp loses a SIGCHLD now and then (tmux issue 311): the status never comes; the same signal again makes it
 * collect that.
 * @param given a listing of now
 */
async function reapedFrom(link: Link, reaped: Set<string>, given: Listing): Promise<Listing> {
  let listing = given;
  const unknown = (): PaneRow[] =>
    allPanes(listing).filter((pane) => pane.dead && pane.exitStatus === undefined && !reaped.has(pane.id));
  for (const pane of unknown()) if (await isKilled(link, pane)) reaped.add(pane.id);
  for (const pause of STATUS_PAUSES_MS) {
    const [first] = unknown();
    if (first === undefined) return listing;
    try {
      process.kill(first.server.pid, 'SIGCHLD');
    } catch {
      break;
    }
    await sleep(pause);
    listing = await listAll(link);
  }
  for (const pane of unknown()) reaped.add(pane.id);
  return listing;
}

const listReaped = async (link: Link, reaped: Set<string>): Promise<Listing> =>
  reapedFrom(link, reaped, await listAll(link));

/** @param ask once; it is asked again where what it reads does not add up */
async function addedUp(ask: () => Promise<Listing>): Promise<Listing> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (failure) {
      if (failure instanceof TransportFailure && failure.kind === 'no-server') return { sessions: [] };
      if (failure instanceof ListingChanged && attempt < LISTING_ATTEMPTS) continue;
      if (failure instanceof OrcError) throw failure;
      throw unheard(failure);
    }
  }
}

const listAll = (link: Link): Promise<Listing> =>
  addedUp(async () => {
    const mark = newMark();
    const asked = [listPanes(mark), LIST_CLIENTS].map((line) => link.read({ line, shape: 'single' }));
    const [panes, clients] = await Promise.all(asked);
    return parseListing(bodyOrNothing(panes), bodyOrNothing(clients), mark);
  });

/** What changes by itself is asked for, and all of it where panes have come or gone. */
async function listAgain(link: Link, reaped: Set<string>, before: Listing): Promise<Listing> {
  if (before.sessions.length === 0) return listReaped(link, reaped);
  const listing = await addedUp(async () => {
    const mark = newMark();
    const panes = await link.read({ line: listMoving(mark), shape: 'single' });
    return moveListing(before, bodyOrNothing(panes), mark) ?? (await listAll(link));
  });
  return reapedFrom(link, reaped, listing);
}

function idsOf(listing: Listing): Set<string> {
  const windows = listing.sessions.flatMap((session) => session.windows);
  const panes = windows.flatMap((window) => window.panes);
  return new Set<string>([...listing.sessions, ...windows, ...panes].map(({ id }) => id));
}

/** A session with destroy-unattached on ends when our client leaves it. */
async function survivesDetach(ask: Ask, session: SessionId): Promise<boolean> {
  const value = await ask.read(encode(['display-message', '-p', '-t', session, '#{destroy-unattached}']));
  return /^(?:0|off)$/.test(value.toString('utf8').trim());
}

function sentNow(pane: PaneRow, text: string, keys: readonly string[]): SentText {
  const row = pane.cursorRow;
  return {
    text,
    enter: keys.includes('Enter'),
    row,
    cursor: cursorAtRow(pane.server, pane.id, pane.pid, row),
    at: performance.now(),
  };
}

type Killer = (command: 'kill-session' | 'kill-window' | 'kill-pane', id: string) => Promise<void>;
type Renamer = (command: 'rename-session' | 'rename-window', id: string, name: string) => Promise<void>;

function createKiller(ask: Ask, list: Tmux['list']): Killer {
  return async (command, id) => {
    const probe: Probe = async () => !idsOf(await list()).has(id);
    // By a process of its own: the death of the session that our control client is attached to ends that connection.
    await ask.spawn({ operation: command, target: id, probe }, encode([command, '-t', id]), {});
  };
}

function createRenamer(ask: Ask, list: Tmux['list']): Renamer {
  return async (command, id, name) => {
    const probe: Probe = async () => {
      const { sessions } = await list();
      const named = [...sessions, ...sessions.flatMap((session) => session.windows)];
      return named.some((row) => row.id === id && row.name === name);
    };
    await ask.write({ operation: command, target: id, probe }, encode([command, '-t', id, '--', name]));
  };
}

async function showAgent(ask: Ask, pane: PaneId, marks: AgentMarks | undefined): Promise<void> {
  await ask.write({ operation: 'show_agent', target: pane }, encode(...agentOptions(pane, marks)));
}

/** One pane at a time: one that is gone must not keep the others from it. */
async function showStates(ask: Ask, states: readonly ShownState[]): Promise<void> {
  const show = async ({ pane, state, seq }: ShownState): Promise<void> => {
    const options = { '@orc_state': state, '@orc_seq': String(seq) };
    const commands = Object.entries(options).map(([name, value]): Command => ['set-option', '-p', '-t', pane, name, value]);
    await ask.write({ operation: 'show_state', target: pane }, encode(...commands)).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  };
  await Promise.all(states.map(show));
} // prettier-ignore

/** What all ports to one server share. */
interface Shared {
  readonly link: Link;
  readonly options: TmuxOptions;
  readonly outcomes: Outcomes;
  readonly reaped: Set<string>;
  readonly sent: SentTexts;
  readonly streams: PaneStreams;
  readonly jobs: PaneJobs;
  readonly ask: Ask;
  readonly connection: () => ReturnType<ControlConnection['state']>;
  readonly close: () => Promise<void>;
}

/** @param link what this port asks over; waits and jobs, which outlast a call, ask over the shared one */
function portOver(link: Link, shared: Shared): Tmux {
  const { options, outcomes, reaped, sent, streams, jobs } = shared;
  const ask = link === shared.link ? shared.ask : createAsk(link, outcomes, options.beforeWrite);
  const list: Tmux['list'] = (before) =>
    before === undefined ? listReaped(link, reaped) : listAgain(link, reaped, before);
  // What became of a change is looked for after its call has ended.
  const later: Tmux['list'] = () => listReaped(shared.link, reaped);
  const sessionExists = async (name: string): Promise<boolean> =>
    (await later()).sessions.some((row) => row.name === name);
  const { address, isAllowedFolder = () => Promise.resolve(false) } = options;
  const maker: PaneMaker = { ask, address, sessionExists, isAllowedFolder };
  const kill = createKiller(ask, later);
  const rename = createRenamer(ask, later);
  return {
    list,
    createSession: (spec) => createSession(maker, spec),
    createWindow: (spec) => createWindow(maker, spec),
    splitPane: (spec) => splitPane(maker, spec),
    renameSession: (id, name) => rename('rename-session', id, name),
    renameWindow: (id, name) => rename('rename-window', id, name),
    killSession: (id) => kill('kill-session', id),
    killWindow: (id) => kill('kill-window', id),
    killPane: (id) => kill('kill-pane', id),
    capture: (id, wanted) => readDelta(ask, id, wanted),
    lastLines: (id, count) => readLastLines(ask, id, count),
    send: async (pane, input) => {
      if (input.text !== undefined) sent.remember(pane.id, sentNow(pane, input.text, input.keys ?? []));
      return send(ask, { list: later, read: shared.ask.read }, pane, input);
    },
    showAgent: (pane, marks) => showAgent(ask, pane, marks),
    showStates: (states) => showStates(ask, states),
    waitForOutput: (wait) => waitForOutput({ ask: shared.ask, streams, sent }, wait),
    jobs,
    status: () => ({ mode: link.mode(), ...shared.connection(), outcomes: outcomes.list() }),
    endingBy: (end) => portOver(link.endingBy(end), shared),
    close: shared.close,
  };
}

export function createTmux(options: TmuxOptions): Tmux {
  const { address, clock, jobsFolder, timeoutMs, transport = 'control' } = options;
  const scope = createScope();
  const spawned = createSpawnedClient(address);
  const turns = createTurns(options.processLock);
  scope.defer(() => options.processLock?.close());
  const control = new ControlConnection({ address, spawned, clock, turns });
  scope.defer(() => control.close());
  const never: ControlSource = {
    get: () => Promise.reject(new TransportFailure('unsent', 'control mode is not used')),
  };
  const source = transport === 'control' ? control : never;
  const asked = createLink({ control: source, spawned, turns, clock, timeoutMs });
  const link = options.guard === undefined ? asked : guardedLink(asked, options.guard);
  const outcomes = createOutcomes(scope, clock);
  const ask = createAsk(link, outcomes, options.beforeWrite);
  const streams = createPaneStreams(address, turns, (session) => survivesDetach(ask, session));
  const jobs = new PaneJobs({ ask, files: createJobFiles(jobsFolder, options.stateFolder), streams });
  scope.defer(() => jobs.close());
  return portOver(link, {
    ...{ link, ask, options, outcomes, streams, jobs },
    ...{ reaped: new Set<string>(), sent: new SentTexts() },
    connection: () => control.state(),
    close: scope.close,
  });
}
