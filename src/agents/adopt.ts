import { OrcError } from '../kernel/errors.js';
import { providerById, PROVIDERS } from '../providers/index.js';
import type { Provider } from '../providers/provider.js';
import type { WindowName } from '../security/text/names.js';
import type { PaneRow } from '../tmux/listing.js';
import { type AgentFacts, type AgentSources, isLive, observe } from './service.js';
import type { Spawner } from './spawn.js';

export interface AdoptWish {
  readonly name: WindowName;
  readonly role: string;
  /** Id of a provider; undefined: told by what runs in the pane. */
  readonly provider: string | undefined;
  readonly pane: PaneRow;
}

/** By the program in the foreground; those that run in node all look alike there, and are told by their titles. */
function detect({ command, title }: PaneRow): Provider | undefined {
  const byCommand = PROVIDERS.find((provider) => provider.packs.length > 0 && provider.command === command);
  if (byCommand !== undefined) return byCommand;
  const byTitle: readonly (readonly [RegExp, string])[] = [
    [/^✳ /, 'claude'],
    [/^[◇✦✋]\s/, 'gemini'],
    [/^Qwen - /, 'qwen'],
    [/^π - /, 'pi'],
    [/^OC \| |^OpenCode$/, 'opencode'],
  ];
  const id = byTitle.find(([pattern]) => pattern.test(title))?.[1];
  return id === undefined ? undefined : providerById(id);
}

function providerOf({ provider, pane }: AdoptWish): Provider {
  const known = provider === undefined ? detect(pane) : providerById(provider);
  if (known === undefined)
    throw new OrcError('INVALID_INPUT', provider === undefined ? 'It cannot be told what runs in this pane.' : 'provider: there is no provider of this id.', {
      hint: `Name the provider: ${PROVIDERS.map(({ id }) => id).join(', ')}.`,
    }); // prettier-ignore
  return known;
}

/**
 * Makes what runs in a pane an agent. It gets no token: only its descent shows who its programs are.
 * @throws OrcError INVALID_INPUT, CONFLICT
 */
export async function adoptAgent(sources: AgentSources, wish: AdoptWish, spawner: Spawner): Promise<AgentFacts> {
  const { tmux, rows, records, clock } = sources;
  const { pane } = wish;
  if (pane.dead)
    throw new OrcError('CONFLICT', 'What ran in this pane has ended.', { hint: 'spawn_agent starts an agent.' });
  const other = await rows.ofPane(pane.id, pane.server.pid);
  if (other?.panePid === pane.pid)
    throw new OrcError('CONFLICT', 'This pane has an agent already.', { hint: 'list_agents shows its name.' });
  const listing = await tmux.list();
  const owned = (await rows.list()).filter((agent) => agent.owner === spawner.owner && isLive(agent, listing));
  spawner.require(owned.length);
  const provider = providerOf(wish);
  await tmux.showAgent(pane.id, { name: wish.name, role: wish.role, provider: provider.id });
  const now = clock.now();
  const agent = {
    ...{ name: wish.name, role: wish.role, owner: spawner.owner, team: spawner.team, depth: spawner.depth },
    ...{ pane: pane.id, panePid: pane.pid, server: pane.server, token: null, since: now },
  };
  if (!(await rows.add(agent)))
    throw new OrcError('CONFLICT', 'Another pane of this tmux server has an agent of this name.', {
      hint: 'Choose another name; list_agents shows those that there are.',
    });
  await records.put(agent.name, {
    ...{ provider: provider.id, panePid: pane.pid, isAlone: provider.packs.length === 0, isReady: true, readyBy: now },
    ...{ home: undefined, state: 'unknown', since: now, seq: 0 },
  });
  return (await observe(sources, agent, await tmux.list())).facts;
}
