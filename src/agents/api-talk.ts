import type { ApiConversation, ApiMessage, ApiSpec, ApiTalk, Provider } from '../providers/provider.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { Answer } from './answer.js';
import { ask, endsIn } from './api.js';
import { lastSaid } from './last-said.js';
import type { AgentRecord } from './records.js';
import { type Dated, isStale } from './transcript-answer.js';

/** It is on this machine, and reads what it gives from a database. */
const TIMEOUT_MS = 5000;
const MAX_BYTES = 16_777_216;
/** How many messages are asked for, until an answer is found among them. */
const COUNTS = [20, 200];
const PAGE = 50;
const MAX_PAGES = 200;
/** Clocks of two programs. */
const SLACK_MS = 1000;

/** A conversation on a CLI's own server. */
export interface Talk {
  readonly id: string;
  /** Its last messages, oldest first. @param before as the page after it has said */
  readonly page: (
    count: number,
    before?: string,
  ) => Promise<{ readonly messages: readonly ApiMessage[]; readonly before: string | undefined }>;
}

type Get = (path: string) => ReturnType<typeof ask>;

function getFrom({ user }: ApiSpec, { api }: AgentRecord): Get | undefined {
  if (api === undefined) return undefined;
  const asking = { user, signal: endsIn(TIMEOUT_MS), maxBytes: MAX_BYTES };
  return (path) => ask(api, path, asking);
}

/** A title that is too long for the pane is cut, with dots. */
function isTitle(shown: string, { title }: ApiConversation): boolean {
  const cut = shown.replace(/(?:\.\.\.|…)$/, '');
  return title === shown || (cut !== shown && title.startsWith(cut));
}

/**
 * The conversation that a CLI shows. Its server has those of others in the same folder too, and tells which one is shown
 * only while that is at work: where another one has the title of the pane, that one was begun since.
 */
export function shownConversation(
  known: string | undefined,
  shown: string | undefined,
  all: readonly ApiConversation[],
): string | undefined {
  const titled = shown === undefined ? [] : all.filter((one) => isTitle(shown, one));
  const [only, ...more] = titled;
  if (only !== undefined && more.length === 0) return only.id;
  if (known !== undefined) return known;
  return all.length === 1 ? all[0]?.id : undefined;
}

/** @param title of the pane */
export async function talkOf(
  { api }: Provider,
  agent: ManagedAgent,
  record: AgentRecord,
  title: string,
): Promise<Talk | undefined> {
  const talk: ApiTalk | undefined = api?.talk;
  const get = api && getFrom(api, record);
  if (talk === undefined || get === undefined) return undefined;
  try {
    const all = talk.readList((await get(talk.list(agent.since - SLACK_MS))).json);
    const id = shownConversation(record.sessionId, talk.titleIn(title), all);
    if (id === undefined) return undefined;
    return {
      id,
      page: async (count, before) => {
        const { json, header } = await get(talk.page(id, count, before));
        return { messages: talk.read(json), before: header(talk.beforeHeader) };
      },
    };
  } catch {
    return undefined;
  }
}

/** The last answer in a conversation on the CLI's own server; undefined too where that does not answer. */
export async function apiAnswer(
  talk: Talk | undefined,
  record: AgentRecord,
  isOpen: boolean | undefined,
): Promise<Dated | undefined> {
  if (talk === undefined) return undefined;
  try {
    for (const count of COUNTS) {
      const { messages, before } = await talk.page(count);
      const entries = messages.flatMap(({ id, entries: all }) => all.map((entry) => ({ entry, at: id })));
      const said = lastSaid(entries, isOpen);
      if (said === undefined && before !== undefined) continue;
      if (said === undefined) return undefined;
      const stale = isStale(record, messages.at(-1)?.at ?? 0);
      const complete = said.isNewest && isOpen !== true && !stale;
      const answer: Answer = { text: said.text, source: 'api', id: `api ${talk.id} ${said.at}`, complete };
      return { answer, isStale: stale };
    }
    return undefined;
  } catch {
    return undefined;
  }
}

/**
 * Messages of a conversation from one on, oldest first.
 * @param from id of the first one that is wanted; undefined, or where there is no such message: as many as are read
 */
export async function messagesFrom(talk: Talk, from: string | undefined): Promise<readonly ApiMessage[]> {
  const pages: (readonly ApiMessage[])[] = [];
  let before: string | undefined;
  for (let count = 0; count < MAX_PAGES; count++) {
    const page = await talk.page(PAGE, before);
    const index = page.messages.findIndex(({ id }) => id === from);
    pages.unshift(index < 0 ? page.messages : page.messages.slice(index));
    ({ before } = page);
    if (index >= 0 || before === undefined) break;
  }
  return pages.flat();
}
