import type { TmuxInspector } from '../../app/inspect-tmux.js';
import type { ServerState } from '../../operations/program-status.js';
import { shellWord } from '../../kernel/text.js';
import { fail, type Finding, pass, warn } from './finding.js';
import { listenerOf } from './listener.js';
import { tmuxTrouble } from './versions.js';

/** A server that takes longer is of no use to anybody. */
const SERVER_MS = 3000;
const CONTROL_MS = 4000;

const SERVER = 'tmux server';
const CONTROL = 'control mode';
const FALL_BACK = 'fall-back';

/** A command for this server and no other. */
const command = ({ flags }: TmuxInspector, name: string): string => `tmux ${flags.map(shellWord).join(' ')} ${name}`;

const restart = (tmux: TmuxInspector): string =>
  `Restart the server when all its sessions may end: ${command(tmux, 'kill-server')}`;

async function checkSilent(tmux: TmuxInspector, problem: string): Promise<Finding> {
  const listener = await listenerOf(tmux.socketPath);
  const found = problem.replace(/\.$/, '');
  if (listener === undefined) return fail(SERVER, found, `See whether this answers: ${command(tmux, 'list-sessions')}`);
  const pid = String(listener.pid);
  return listener.stopped
    ? fail(SERVER, `process ${pid} is stopped, so it answers nothing`, `Let it go on: kill -CONT ${pid}`)
    : fail(SERVER, `${found}; it is process ${pid}`, `See what it does: top -p ${pid}; this ends it with all its sessions: kill ${pid}`); // prettier-ignore
}

type Running = Extract<ServerState, { state: 'running' }>;

function checkVersions(tmux: TmuxInspector, server: Running, program: string | undefined): Finding {
  const found = `version ${server.version}, pid ${String(server.pid)}`;
  // Trouble of the program's own version is said there.
  if (program === undefined || program === server.version) return pass(SERVER, found);
  const trouble = tmuxTrouble(server.version);
  const says = trouble === undefined ? '' : `; of this server: ${trouble.says}`;
  return warn(SERVER, `${found}; the tmux program is ${program}${says}`, restart(tmux));
}

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : String(Math.round(value))} ms`;

async function checkControl(tmux: TmuxInspector): Promise<Finding> {
  const probe = await tmux.control(CONTROL_MS);
  if (probe.ok) return pass(CONTROL, `connects in ${ms(probe.connectMs)}, answers in ${ms(probe.answerMs)}`);
  const found = `${probe.problem}; requests go the slower way`;
  if (probe.problem.includes('ended')) return warn(CONTROL, found, `${restart(tmux)} (tmux 3.6a can come to refuse every client)`); // prettier-ignore
  if (!probe.problem.includes('no session')) return warn(CONTROL, found, `Try again; if it lasts: ${restart(tmux)}`);
  return (await tmux.listing(SERVER_MS)).sessions.length === 0
    ? pass(CONTROL, 'not possible while the server has no session')
    : warn(CONTROL, `${found}: all would end when we leave them`, 'Leave destroy-unattached off in one session: tmux-orc session create NAME'); // prettier-ignore
}

/** Whether the server answers, over both ways that tmux-orc has. Starts none. */
export async function checkServer(tmux: TmuxInspector): Promise<Finding[]> {
  const started = performance.now();
  const server = await tmux.server(SERVER_MS);
  const took = performance.now() - started;
  if (server.state === 'no_server')
    return [pass(SERVER, 'none runs, which is fine: creating a session starts one'), pass(CONTROL, 'not needed while no server runs')]; // prettier-ignore
  if (server.state === 'not_answering') return [await checkSilent(tmux, server.problem)];
  // Only now: a client that is killed while it attaches has crashed servers (tmux issue 5004).
  return [
    checkVersions(tmux, server, await tmux.programVersion(SERVER_MS)),
    await checkControl(tmux),
    pass(FALL_BACK, `a tmux process for one request answers in ${ms(took)}`),
  ];
}
