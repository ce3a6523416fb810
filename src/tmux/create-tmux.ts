import type { Clock } from '../kernel/clock.js';
import { OrcError } from '../kernel/errors.js';
import type { PaneId, SessionId } from '../kernel/ids.js';
import { createScope } from '../kernel/scope.js';
import { type Ask, createAsk, unheard } from './ask.js';
import { ControlConnection, type ControlSource } from './control/connection.js';
import { agentOptions, createSession, createWindow, type PaneMaker, splitPane } from './create-pane.js';
import { encode } from './encode.js';
import { createLink, type Guard, guardedLink, type Link } from './failover.js';
import { LIST_CLIENTS, LIST_PANES, type Listing, ListingChanged, type PaneRow, parseListing } from './listing.js';
import { createJobFiles } from './jobs/job-files.js';
import { PaneJobs } from './jobs/jobs.js';
import type { AgentMarks } from './model.js';
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

/**
 * A tmux that writes utmp loses a SIGCHLD now and then (tmux issue 311): the pane is dead and its exit status never
 * comes. The same signal again makes it collect the status.
 */
async function listReaped(link: Link, reaped: Set<string>): Promise<Listing> {
  const listing = await listPanes(link);
  const unknown = allPanes(listing).filter(
    (pane) => pane.dead && pane.exitStatus === undefined && !reaped.has(pane.id),
  );
  const [first] = unknown;
  if (first === undefined) return listing;
  for (const pane of unknown) reaped.add(pane.id);
  try {
    process.kill(first.server.pid, 'SIGCHLD');
  } catch {
    return listing;
  }
  return listPanes(link);
}

async function listPanes(link: Link): Promise<Listing> {
  for (let attempt = 1; ; attempt++) {
    try {
      const asked = [LIST_PANES, LIST_CLIENTS].map((line) => link.read({ line, shape: 'single' }));
      const [panes, clients] = await Promise.all(asked);
      return parseListing(bodyOrNothing(panes), bodyOrNothing(clients));
    } catch (failure) {
      if (failure instanceof TransportFailure && failure.kind === 'no-server') return { sessions: [] };
      if (failure instanceof ListingChanged && attempt < LISTING_ATTEMPTS) continue;
      if (failure instanceof OrcError) throw failure;
      throw unheard(failure);
    }
  }
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
  const list: Tmux['list'] = () => listReaped(link, reaped);
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
  const control = new ControlConnection({ address, spawned, clock });
  scope.defer(() => control.close());
  const never: ControlSource = {
    get: () => Promise.reject(new TransportFailure('unsent', 'control mode is not used')),
  };
  const asked = createLink(transport === 'control' ? control : never, spawned, clock, timeoutMs);
  const link = options.guard === undefined ? asked : guardedLink(asked, options.guard);
  const outcomes = createOutcomes(scope, clock);
  const ask = createAsk(link, outcomes, options.beforeWrite);
  const streams = createPaneStreams(address, (session) => survivesDetach(ask, session));
  const jobs = new PaneJobs({ ask, files: createJobFiles(jobsFolder, options.stateFolder), streams });
  scope.defer(() => jobs.close());
  return portOver(link, {
    ...{ link, ask, options, outcomes, streams, jobs },
    ...{ reaped: new Set<string>(), sent: new SentTexts() },
    connection: () => control.state(),
    close: scope.close,
  });
}
