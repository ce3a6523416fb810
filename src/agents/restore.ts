import type { PermissionMode } from '../kernel/agent-words.js';
import type { Providers } from '../providers/index.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { StateStore } from '../store/store.js';
import type { Listing } from '../tmux/listing.js';
import { leadsFirst } from './leads-first.js';
import { type AgentRecord, recordOf } from './records.js';
import { conversationToGoOn } from './control/restart.js';
import { listRestorable } from './restorable.js';

/** An agent that a reboot, or the end of its tmux server, has ended. */
export interface Restorable {
  readonly name: string;
  readonly provider: string;
  readonly role: string;
  readonly cwd: string;
  readonly session: string | undefined;
  readonly mode: PermissionMode;
  /** Its conversation goes on. */
  readonly resumes: boolean;
  /** It had ended by itself before: it is restored only where it is named. */
  readonly finished: boolean;
  /** It is known of from a copy, and may have been ended since: likewise. */
  readonly fromCopy: boolean;
}

function restorableOf({ name, role }: ManagedAgent, record: AgentRecord | undefined, providers: Providers): Restorable[] {
  const launch = record?.launch;
  if (record === undefined || launch === undefined || record.unwanted === true) return [];
  const provider = providers.byId(record.provider);
  return [
    {
      ...{ name, role, provider: record.provider, cwd: launch.cwd, mode: launch.permissionMode },
      session: launch.session ?? launch.place,
      resumes: provider !== undefined && conversationToGoOn(provider, record) !== undefined,
      finished: record.finished === true,
      fromCopy: record.isFromCopy === true,
    },
  ];
} // prettier-ignore

/** What can be restored, in the order in which it is. Nothing is changed by looking. */
export async function restorableAgents(store: StateStore, listing: Listing, providers: Providers): Promise<readonly Restorable[]> {
  const server = listing.sessions[0]?.windows[0]?.panes[0]?.server;
  const kept = await store.read((view) =>
    leadsFirst(listRestorable(view, server)).map((agent) => ({ agent, record: recordOf(view, agent.name) })),
  );
  return kept.flatMap(({ agent, record }) =>
    record?.panePid === agent.panePid ? restorableOf(agent, record, providers) : [],
  );
} // prettier-ignore
