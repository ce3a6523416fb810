import type { Dialog } from '../providers/dialog.js';
import { isLimit } from '../providers/events.js';
import type { ApiReading, Provider } from '../providers/provider.js';
import type { PaneRow } from '../tmux/listing.js';
import { foregroundOf } from '../tmux/jobs/process-facts.js';
import { apiEvidence, askApi } from './api.js';
import { conversationOf } from './conversation.js';
import type { AgentRecord } from './records.js';
import type { Evidence } from './status/evidence.js';
import { factsOf, readTold, type Told, toldEvidence } from './told.js';
import { vendorEntry, vendorEvidence } from './vendor-file.js';

/** What an agent CLI says of itself. */
export interface OwnEvidence {
  readonly evidence: readonly Evidence[];
  readonly told: Told | undefined;
  /** What it says about an error. */
  readonly text: string | undefined;
  /** The question that its own server tells of. */
  readonly dialog: Dialog | undefined;
  /** What it calls its conversation, where it has told so. */
  readonly sessionId: string | undefined;
}

/** Both clocks, in milliseconds. */
export interface Now {
  readonly mono: number;
  readonly wall: number;
}

/** The process of the CLI: where it was adopted below a shell, what that has in the foreground. */
const pidOf = ({ isAlone, panePid }: AgentRecord): number =>
  isAlone ? panePid : (foregroundOf(panePid)?.pid ?? panePid);

function fileEvidence({ registry }: Provider, record: AgentRecord, now: Now): Evidence[] {
  if (registry === undefined || record.registry === undefined) return [];
  return vendorEvidence(registry, record.registry, pidOf(record), now);
}

/** What its own file calls its conversation: of one that was not started by us nothing else tells. */
function registeredConversation({ registry }: Provider, record: AgentRecord): string | undefined {
  if (registry === undefined || record.registry === undefined || record.folder !== undefined) return undefined;
  return vendorEntry(registry, record.registry, pidOf(record))?.sessionId;
}

const askServer = async ({ api }: Provider, record: AgentRecord): Promise<ApiReading | undefined> =>
  api === undefined || record.api === undefined ? undefined : askApi(api, record.api);

/** What it has told of a failure, in words and by kind: a limit is no other error. */
function failureOf({ events }: Provider, { folder }: AgentRecord, [last]: readonly Evidence[]): Evidence[] | undefined {
  if (folder === undefined || events === undefined || last?.says !== 'error') return undefined;
  const facts = factsOf(folder, 'failed', events);
  const text = facts.error ?? facts.kind;
  return [{ ...last, says: isLimit(facts) ? 'rate_limited' : 'error', ...(text === undefined ? {} : { text }) }];
}

/** By its own server, its own file, and what it has told of its events. */
export async function ownEvidence(
  provider: Provider,
  record: AgentRecord,
  pane: PaneRow,
  now: Now,
): Promise<OwnEvidence> {
  // One that was not started by us tells nothing: what stands there is of another one that was in the pane before.
  const told = record.folder === undefined ? undefined : readTold(pane.agentEvent);
  const last = provider.events === undefined ? [] : toldEvidence(told, provider.events, now);
  const telling = failureOf(provider, record, last) ?? last;
  const server = await askServer(provider, record);
  const evidence = [...apiEvidence(server, now.mono), ...fileEvidence(provider, record, now), ...telling];
  const text = evidence.find((item) => item.text !== undefined)?.text;
  const registered = registeredConversation(provider, record);
  const sessionId = await conversationOf(provider, record, told, { server, registered });
  return { evidence, told, text, dialog: server?.dialog, sessionId };
}
