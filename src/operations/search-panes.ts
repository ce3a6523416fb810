import * as z from 'zod';
import { isNotFound, OrcError } from '../kernel/errors.js';
import type { PaneId } from '../kernel/ids.js';
import { compileMatcher, type Matcher } from '../security/text/pattern.js';
import type { Delta } from '../tmux/pane/delta.js';
import { defineOperation, type OperationContext } from './define-operation.js';
import { fields } from './fields.js';
import { injectionFacts, MAX_MATCH_CHARACTERS, OVERLAP_LINES, paneTextFields, withInjectionNote } from './pane-text.js';
import { findPlace } from './place.js';
import { plural } from './view.js';

const SEARCHED_LINES = 2000;
const MAX_PANES = 200;

interface Searched {
  readonly name: string;
  readonly id: PaneId;
}

async function panesOf(context: OperationContext, session: string | undefined): Promise<Searched[]> {
  const wanted =
    session === undefined ? undefined : (await findPlace(context, session, 'session', 'session')).session.id;
  const { sessions } = await context.readable(await context.tmux.list());
  return sessions
    .filter(({ id }) => wanted === undefined || id === wanted)
    .flatMap(({ name, windows }) =>
      windows.flatMap((window) =>
        window.panes.map((pane) => ({ id: pane.id, name: `${name}:${String(window.index)}.${String(pane.index)}` })),
      ),
    );
}

/** Newest first. Only what a caller may see is searched, so that no search can find out a secret bit by bit. */
function matchingLines(
  { clean }: OperationContext,
  matcher: Matcher,
  delta: Delta,
): { readonly line: number; readonly text: string }[] {
  const raw = delta.lines.join('\n');
  const lines = clean(raw, { before: delta.before ?? '' })
    .text.split('\n')
    .reverse();
  return lines.flatMap((text, index) =>
    matcher.find(text) === undefined ? [] : [{ line: index + 1, text: text.slice(0, MAX_MATCH_CHARACTERS) }],
  );
}

interface Unsearched {
  readonly pane: string;
  readonly code: string;
}

/** A failure that the next pane would only repeat. */
const isOfServer = ({ code }: OrcError): boolean => code === 'TMUX_UNAVAILABLE' || code === 'CIRCUIT_OPEN';

/** The last lines of a pane; undefined for one that has just gone, which is not searched. */
async function readForSearch(context: OperationContext, pane: PaneId): Promise<Delta | OrcError | undefined> {
  try {
    return await context.tmux.capture(pane, { lines: SEARCHED_LINES, ansi: false, overlap: OVERLAP_LINES });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    if (error instanceof OrcError) return error;
    throw error;
  }
}

interface Found {
  readonly matches: { readonly pane: string; readonly target: string; readonly line: number; readonly text: string }[];
  searched: number;
  readonly failed: Unsearched[];
  /** Whether each pane was looked at, or there were matches enough before. */
  isWhole: boolean;
}

/** @throws OrcError when not one pane could be read */
async function searchAll(
  context: OperationContext,
  panes: readonly Searched[],
  matcher: Matcher,
  limit: number,
): Promise<Found> {
  const found: Found = { matches: [], searched: 0, failed: [], isWhole: true };
  let failure: OrcError | undefined;
  for (const pane of panes) {
    if (found.matches.length > limit) break;
    found.isWhole = !context.isEnding() && !(failure !== undefined && isOfServer(failure));
    if (!found.isWhole) break;
    const delta = await readForSearch(context, pane.id);
    if (delta instanceof OrcError) {
      failure = delta;
      found.failed.push({ pane: pane.id, code: delta.code });
    } else if (delta !== undefined) {
      found.searched++;
      const lines = matchingLines(context, matcher, delta).slice(0, limit + 1 - found.matches.length);
      found.matches.push(...lines.map((line) => ({ pane: pane.id, target: pane.name, ...line })));
    }
  }
  if (failure !== undefined && found.searched === 0) throw failure;
  return found;
}

export const searchPanes = defineOperation({
  name: 'search_panes',
  title: 'Search panes',
  description: `Finds lines that hold a text, or match a regular expression, in the last ${String(SEARCHED_LINES)} lines of every pane, or of those of one session. Newest lines first.`,
  toolset: 'tmux',
  effect: 'read',
  cli: { path: ['pane', 'search'], positional: ['query'] },
  input: z.object({
    query: z.string().min(1).describe('Text to look for'),
    regex: z.boolean().default(false).describe('The query is a regular expression (RE2 syntax)'),
    session: fields.session.optional().describe('Only panes of this session'),
    limit: fields.limit,
  }),
  output: z.object({
    matches: z.array(
      z.object({
        pane: z.string(),
        target: z.string(),
        line: z.int().describe('Counted from the end of the pane, the last line is 1'),
        text: z.string(),
      }),
    ),
    searched_panes: z.int(),
    failed: z
      .array(z.object({ pane: z.string(), code: z.string() }))
      .describe('Panes that could not be read, and why; what the others hold is given all the same'),
    untrusted: paneTextFields.untrusted,
    injection: paneTextFields.injection,
    truncated: z
      .boolean()
      .describe('There are more matches, or panes that were not searched: too many, or not in the time there was'),
  }),
  handle: async (context, input) => {
    const matcher = await compileMatcher(input.query, input.regex, 'query');
    const all = await panesOf(context, input.session);
    const panes = [...new Map(all.map((pane) => [pane.id, pane])).values()];
    const { matches, searched, failed, isWhole } = await searchAll(
      context,
      panes.slice(0, MAX_PANES),
      matcher,
      input.limit,
    );
    const found = matches.slice(0, input.limit);
    const texts = found.map(({ text }) => text).join('\n');
    return {
      matches: found,
      searched_panes: searched,
      failed,
      untrusted: true as const,
      ...injectionFacts(context.inspect(texts)),
      truncated: matches.length > input.limit || panes.length > MAX_PANES || !isWhole,
    };
  },
  view: ({ matches, searched_panes: searched, failed, truncated, injection }) =>
    withInjectionNote(
      {
        untrusted: true,
        summary: `${plural(matches.length, 'matching line')}${truncated ? ' or more' : ''} in ${plural(searched, 'pane')}${failed.length === 0 ? '' : `; ${plural(failed.length, 'pane')} could not be read`}`,
        table: {
          columns: ['PANE', 'TARGET', 'LINE', 'TEXT'],
          rows: matches.map((match) => [match.pane, match.target, String(match.line), match.text]),
        },
      },
      injection,
    ),
});
