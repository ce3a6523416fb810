import * as z from 'zod';
import { isEndedState, PERMISSION_MODES } from '../kernel/agent-words.js';
import { OrcError } from '../kernel/errors.js';
import { ownDirectory } from '../security/text/directory.js';
import { environmentEntries } from '../security/text/environment.js';
import { cleanMessage } from '../security/text/message.js';
import { agentName, sessionName } from '../security/text/names.js';
import { agentRole } from '../security/text/roles.js';
import {
  agentOutput,
  dialogOutput,
  dialogText,
  showAgent,
  showDialog,
  showWorktree,
  worktreeOutput,
  worktreeText,
} from './agent-view.js';
import { defineOperation, type OperationContext } from './define-operation.js';
import { fields } from './fields.js';
import { findDirectory, findPlace, given } from './place.js';
import { MAX_WAIT_SECONDS, withProgress } from './waiting.js';

const roleField = z.string().min(1).max(64).optional().describe('What it does, for example developer, qa, reviewer, pm; default developer'); // prettier-ignore

function roleOf(context: OperationContext, role: string | undefined): string {
  const known = agentRole(role ?? 'developer', context.settings.agents.roles);
  if (known === undefined)
    throw new OrcError('INVALID_INPUT', 'role: there is no such role.', {
      hint: 'For example developer, frontend, backend, qa, devops, reviewer, researcher, docs, pm; agents.roles adds others.',
    });
  return known;
}

const LAST_LINES = 20;
/** As for AGENT_UNREADY: it runs, and asks something or is not seen to have started. */
export const NOT_READY_EXIT = 8;

export const lastLines = ({ clean }: OperationContext, lines: readonly string[]): string =>
  clean(
    lines
      .filter((line) => line.trim() !== '')
      .slice(-LAST_LINES)
      .join('\n'),
  ).text;

const spawnAgent = defineOperation({
  name: 'spawn_agent',
  title: 'Start an agent',
  description:
    'Starts an agent CLI in a window of its own and waits until it is seen to be ready. A question at its start (trust, login) comes back as gate and is not answered.',
  toolset: 'agents',
  effect: 'write',
  waits: true,
  repeats: { volatile: ['agent.pane', 'agent.since', 'agent.window', 'worktree'] },
  cli: { path: ['agent', 'spawn'], positional: ['name'] },
  input: z.object({
    name: z.string().describe('Its name, one of its kind on this tmux server; also that of its window'),
    role: roleField,
    provider: z.string().min(1).max(64).optional().describe('claude, codex, gemini, opencode, qwen, pi, shell or one of agents.providers; default: agents.default_provider'),
    session: z.string().optional().describe('Session for its window, made where there is none; default: agents.default_session, or one of its own where another caller made that'),
    cwd: fields.cwd,
    worktree: z.boolean().default(false).describe('Start it in a new git worktree of the repository that cwd is in, on a branch of its own (orc/NAME)'),
    briefing: z.string().optional().describe('First message, given to the CLI at its start'),
    model: z.string().min(1).max(200).regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/, 'letters, digits and . _ : / @ -').optional().describe('Model, as the CLI names it'),
    permission_mode: z.enum(PERMISSION_MODES).default('ask').describe('ask: before each command; auto: as the CLI thinks safe; bypass: never, which needs a yes'),
    resume: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/, 'letters, digits, - and _').optional().describe('Conversation that is to go on, as the CLI calls it (get_agent_status tells it)'),
    env: fields.env,
    auto_restart: z.boolean().optional().describe('Start it again where it crashes; default: monitoring.auto_restart'),
    ready_timeout_seconds: z.number().positive().max(600).optional().describe(`How long the start may take, at most ${String(MAX_WAIT_SECONDS)}; default: agents.ready_timeout_seconds`),
  }),
  output: z.object({
    agent: agentOutput,
    ready: z.boolean().describe('It was seen to have started'),
    gate: dialogOutput.optional().describe('What it asks before it starts'),
    briefed: z.boolean().describe('The briefing went along at the start'),
    worktree: worktreeOutput.optional().describe('Its own git worktree'),
    last_lines: z.string().optional().describe('What it last showed, where it has ended'),
    untrusted: z.literal(true).optional(),
  }),
  handle: async (context, input) => {
    const { settings } = context;
    const name = agentName(input.name);
    const seconds = Math.min(input.ready_timeout_seconds ?? settings.agents.readyTimeoutSeconds, MAX_WAIT_SECONDS);
    const briefing = input.briefing === undefined ? undefined : cleanMessage(input.briefing, settings.agents.maxBriefingBytes, 'briefing').text;
    const wish = {
      ...{ name, role: roleOf(context, input.role), provider: input.provider ?? settings.agents.defaultProvider },
      session: input.session === undefined ? undefined : sessionName(input.session, 'session'),
      defaultSession: sessionName(settings.agents.defaultSession, 'agents.default_session'),
      cwd: (await findDirectory(context, input.cwd)) ?? (await ownDirectory(settings.directories)),
      ...{ ownWorktree: input.worktree, directories: settings.directories },
      ...{ briefing, model: input.model, permissionMode: input.permission_mode },
      ...{ env: environmentEntries(input.env ?? {}), readyTimeoutMs: seconds * 1000, resume: input.resume, autoRestart: input.auto_restart },
    };
    const { facts, start, briefed } = await context.agents.spawn(wish, (work) => withProgress(context, seconds * 1000, work));
    const ended = isEndedState(facts.state);
    return {
      ...{ agent: showAgent(facts), ready: start.isReady, briefed },
      ...given('worktree', showWorktree(facts)),
      ...given('gate', showDialog(context, start.gate)),
      ...(ended ? { last_lines: lastLines(context, start.look.lines), untrusted: true as const } : {}),
    };
  },
  view: ({ agent, ready, gate, worktree, last_lines: lines }) => ({
    note: `${agent.name} (${agent.provider}) is ${ready ? `ready, ${agent.state}` : agent.state}, in pane ${agent.pane}.${worktree === undefined ? '' : `\nIts worktree: ${worktreeText(worktree)}.`}`,
    ...(gate === undefined ? {} : { text: dialogText(gate), untrusted: true as const }),
    ...(lines === undefined ? {} : { text: lines, untrusted: true as const }),
  }),
  exitCode: ({ ready }) => (ready ? 0 : NOT_READY_EXIT),
}); // prettier-ignore

const adoptAgent = defineOperation({
  name: 'adopt_agent',
  title: 'Adopt an agent',
  description: 'Makes the agent CLI that runs in a pane an agent of this tmux server, without touching it.',
  toolset: 'agents',
  effect: 'write',
  repeats: { volatile: ['agent.since'] },
  cli: { path: ['agent', 'adopt'], positional: ['target', 'name'] },
  input: z.object({
    target: fields.target,
    name: z.string().describe('Its name from now on, one of its kind on this tmux server'),
    provider: z.string().min(1).max(64).optional().describe('Which CLI it is; default: told by what runs there'),
    role: roleField,
  }),
  output: z.object({ agent: agentOutput }),
  handle: async (context, input) => {
    const name = agentName(input.name);
    const role = roleOf(context, input.role);
    const { pane } = await findPlace(context, input.target, 'target');
    return { agent: showAgent(await context.agents.adopt({ name, role, provider: input.provider, pane })) };
  },
  view: ({ agent }) => ({ note: `${agent.name} (${agent.provider}) is ${agent.state}, in pane ${agent.pane}.` }),
});

export const agentLifeOperations = [spawnAgent, adoptAgent];
