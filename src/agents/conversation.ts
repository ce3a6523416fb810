import type { ApiReading, Provider } from '../providers/provider.js';
import type { AgentRecord } from './records.js';
import { factsOf, type Told } from './told.js';
import { findTranscript } from './transcript-file.js';

/** What an agent may call its conversation. */
const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/** How much later than the look that has seen it an event may seem to be told. */
const SLACK_MS = 5000;

/** It is one with a person, as a file of the CLI says; where there are none, the first one that was told of. */
async function isMain({ transcript }: Provider, record: AgentRecord, id: string): Promise<boolean> {
  const { transcripts: folder, sessionId } = record;
  if (transcript?.isOf === undefined || folder === undefined) return sessionId === undefined;
  return (await findTranscript(folder, transcript, id)) !== undefined;
}

/** By the last end of a turn that was told of. Conversations on the side tell of theirs too. */
async function notedConversation(provider: Provider, record: AgentRecord, told: Told): Promise<string | undefined> {
  const { folder, sessionId, seenAt = 0 } = record;
  const isOld = sessionId !== undefined && told.at < seenAt - SLACK_MS;
  if (folder === undefined || provider.events === undefined || isOld) return undefined;
  const id = factsOf(folder, 'noted', provider.events).sessionId;
  if (id === undefined || id === sessionId || !SESSION_ID.test(id)) return undefined;
  return (await isMain(provider, record, id)) ? id : undefined;
}

/** By what was told with the last event. */
function toldConversation(
  { events }: Provider,
  { folder, sessionId, turns }: AgentRecord,
  told: Told | undefined,
): string | undefined {
  const isNews = told !== undefined && (sessionId === undefined || told.turns !== turns);
  if (folder === undefined || events === undefined || !isNews) return undefined;
  return factsOf(folder, told.event, events).sessionId ?? factsOf(folder, 'started', events).sessionId;
}

/**
 * What an agent calls its conversation; it may be left for another one, which is told with the next event.
 * @param server what its own server says
 * @param registered what its own file says
 */
export async function conversationOf(
  provider: Provider,
  record: AgentRecord,
  told: Told | undefined,
  { server, registered }: { readonly server: ApiReading | undefined; readonly registered: string | undefined },
): Promise<string | undefined> {
  const isNoted = provider.events?.notesEnds === true;
  const id = isNoted
    ? told && (await notedConversation(provider, record, told))
    : (toldConversation(provider, record, told) ?? server?.sessionId ?? registered);
  return id !== undefined && SESSION_ID.test(id) ? id : record.sessionId;
}
