import {
  CLIENT_CAPABILITIES_META_KEY,
  type ElicitRequestFormParams,
  inputRequired,
  type InputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { App } from '../app/create-app.js';
import type { DispatchResult } from '../app/dispatcher.js';
import { isObject } from '../kernel/json.js';

type Tools = ReturnType<App['answers']>;
type Question = Awaited<ReturnType<Tools['questions']>>[number];

/** A host that calls. */
export interface Host {
  readonly id: string;
  readonly tools: Tools;
}

/** The person behind a host that can show questions. */
export interface Person {
  /** Hears what this request brings along: the 2026 era sends answers with the same call, made again. */
  readonly takeAnswers: () => Promise<void>;
  /** Asks about a call that needs a yes. @returns `answered`, or what makes the host ask; undefined when nobody is asked */
  readonly ask: (result: DispatchResult) => Promise<'answered' | InputRequiredResult | undefined>;
}

/** As long as a question stands open. */
const ANSWER_MS = 120_000;
const NO = 'no';

function formOf({ text, scopes }: Question): ElicitRequestFormParams {
  const description = 'once: this call. pane, session: all such calls there for 60 minutes.';
  return {
    message: text,
    requestedSchema: {
      type: 'object',
      properties: { allow: { type: 'string', title: 'Allow it?', description, enum: [NO, ...scopes] } },
      required: ['allow'],
    },
  };
}

/** Only a word of ours is a yes, and only in a form that was sent off; a form that was closed is no answer. */
function answerIn(response: unknown, { scopes }: Question): Question['scopes'][number] | 'no' | undefined {
  if (!isObject(response)) return undefined;
  if (response.action === 'decline') return NO;
  const word = response.action === 'accept' && isObject(response.content) ? response.content.allow : undefined;
  return word === NO ? NO : scopes.find((scope) => scope === word);
}

function showsForms(declared: unknown, envelope: unknown): boolean {
  const told = isObject(envelope) ? envelope[CLIENT_CAPABILITIES_META_KEY] : undefined;
  const capabilities = told ?? declared;
  const forms = isObject(capabilities) ? capabilities.elicitation : undefined;
  return isObject(forms) && (forms.form !== undefined || forms.url === undefined);
}

/**
 * @param declared what the host can do, where it tells that at the beginning and not with every request
 * @param findHost undefined where no host calls; most calls need no person, so it is looked for only where one does
 */
export function createPerson(
  declared: unknown,
  context: ServerContext,
  findHost: () => Promise<Host | undefined>,
): Person {
  const { envelope, inputResponses, signal } = context.mcpReq;
  const responses: Readonly<Record<string, unknown>> = inputResponses ?? {};
  const take = async ({ tools }: Host, question: Question, response: unknown): Promise<boolean> => {
    const word = answerIn(response, question);
    if (word === undefined) return false;
    // An answer that came too late, or cannot be kept, is none.
    return tools.answer(question, word).then(
      () => true,
      () => false,
    );
  };
  const questionsTo = ({ tools }: Host): Promise<readonly Question[]> => tools.questions().catch(() => []);
  return {
    takeAnswers: async () => {
      const host = Object.keys(responses).length === 0 ? undefined : await findHost();
      if (host === undefined) return;
      for (const question of await questionsTo(host))
        if (question.caller === host.id) await take(host, question, responses[question.id]);
    },
    ask: async (result) => {
      if (result.ok || result.error.code !== 'CONFIRMATION_REQUIRED') return undefined;
      const id = result.error.details?.approval_id;
      // Who has just closed the form is not asked again.
      if (typeof id !== 'string' || Object.hasOwn(responses, id) || !showsForms(declared, envelope)) return undefined;
      const host = await findHost();
      const question = host && (await questionsTo(host)).find((open) => open.id === id);
      if (host === undefined || question === undefined) return undefined;
      const form = formOf(question);
      if (envelope !== undefined) return inputRequired({ inputRequests: { [id]: inputRequired.elicit(form) } });
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- the way of the older era
      const asked = context.mcpReq.elicitInput(form, { timeout: ANSWER_MS, signal });
      const response = await asked.catch(() => undefined);
      return (await take(host, question, response)) ? 'answered' : undefined;
    },
  };
}
