import { basename } from 'node:path';
import { OrcError } from '../kernel/errors.js';
import type { Providers } from '../providers/index.js';
import type { Provider } from '../providers/provider.js';
import type { WindowName } from '../security/text/names.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { AgentRecord } from './records.js';
import type { PaneRow } from '../tmux/listing.js';
import { releaseWorktree } from './place.js';
import { type AgentFacts, observe } from './service.js';
import { isLiveSince, putOnRecord } from './spawn-checks.js';
import type { Spawner, SpawnSources } from './spawn-wish.js';
import { vendorFolder } from './vendor-file.js';

export interface AdoptWish {
  readonly name: WindowName;
  readonly role: string;
  /** Id of a provider; undefined: told by what runs in the pane. */
  readonly provider: string | undefined;
  readonly pane: PaneRow;
}

/** By the program in the foreground; those that run in node all look alike there, and are told by their titles. */
function detect({ all, byId }: Providers, { command, title }: PaneRow): Provider | undefined {
  // What runs with words before everything else may be any program of an interpreter.
  const isProgram = ({ kind, command: program = '', leadingArgs = [] }: Provider): boolean =>
    kind === 'agent' && leadingArgs.length === 0 && basename(program) === command;
  const byCommand = all.find(isProgram);
  if (byCommand !== undefined) return byCommand;
  const byTitle: readonly (readonly [RegExp, string])[] = [
    [/^✳ /, 'claude'],
    [/^[◇✦✋]\s/, 'gemini'],
    [/^Qwen - /, 'qwen'],
    [/^π - /, 'pi'],
    [/^OC \| |^OpenCode$/, 'opencode'],
  ];
  const id = byTitle.find(([pattern]) => pattern.test(title))?.[1];
  return id === undefined ? undefined : byId(id);
}

function providerOf(providers: Providers, { provider, pane }: AdoptWish): Provider {
  const known = provider === undefined ? detect(providers, pane) : providers.byId(provider);
  if (known === undefined)
    throw new OrcError('INVALID_INPUT', provider === undefined ? 'It cannot be told what runs in this pane.' : 'provider: there is no provider of this id.', {
      hint: `Name the provider: ${providers.all.map(({ id }) => id).join(', ')}.`,
    }); // prettier-ignore
  return known;
}

const hasAgent = (): OrcError =>
  new OrcError('CONFLICT', 'This pane has an agent already.', { hint: 'list_agents shows its name.' });

/**
 * Makes what runs in a pane an agent. It gets no token: only its descent shows who its programs are.
 * @throws OrcError INVALID_INPUT, CONFLICT
 */
export async function adoptAgent(sources: SpawnSources, wish: AdoptWish, spawner: Spawner): Promise<AgentFacts> {
  const { tmux, rows, clock, undoMarks } = sources;
  const { pane, name, role } = wish;
  if (pane.dead)
    throw new OrcError('CONFLICT', 'What ran in this pane has ended.', { hint: 'spawn_agent starts an agent.' });
  const provider = providerOf(await sources.providers(), wish);
  const takenAt = clock.now();
  const listing = await tmux.list();
  const other = await rows.ofPane(pane.id, pane.server.pid);
  if (other?.panePid === pane.pid) throw hasAgent();
  await tmux.showAgent(pane.id, { name, role, provider: provider.id });
  const lives = isLiveSince(clock, takenAt, listing);
  await releaseWorktree(sources, name, listing, lives);
  const now = clock.now();
  const agent: ManagedAgent = {
    ...{ name, role, owner: spawner.owner, team: spawner.team, depth: spawner.depth },
    ...{ pane: pane.id, panePid: pane.pid, server: pane.server, token: null, since: now },
  };
  const record: AgentRecord = {
    ...{ provider: provider.id, panePid: pane.pid, isAlone: provider.kind === 'shell', isReady: true, readyBy: now },
    ...{ registry: provider.registry && vendorFolder(provider.registry, sources.env) },
    ...{ transcripts: provider.transcript && vendorFolder(provider.transcript, sources.env) },
    ...{ state: 'unknown', isOpen: false, since: now, seq: 0 },
  };
  await putOnRecord(rows, { agent, record, spawner, isLive: lives }, () => undoMarks(pane.id));
  return (await observe(sources, agent, await tmux.list())).facts;
}
