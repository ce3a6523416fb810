import type { Config } from '../../config/schema.js';
import { OrcError } from '../../kernel/errors.js';
import { compileMatcher, type Matcher } from '../text/pattern.js';
import { createRedactor, type CustomPattern, type RedactionRules, type Redactor } from '../text/redact.js';

export type RedactionSettings = Config['security']['redaction'];

export interface RedactionOptions {
  /** What the config says now; the same object until it changes. */
  readonly settings: () => RedactionSettings;
  /** Values that are secret whatever they look like. */
  readonly known: readonly string[];
  /** For the tags of replaced values. */
  readonly key: RedactionRules['key'];
  /** Told when changed patterns cannot be used; the last good rules stay. */
  readonly onProblem?: ((message: string) => void) | undefined;
}

/** The redactor that follows the config. */
export interface Redaction {
  readonly current: () => Redactor;
  /**
   * Makes the patterns of the config ready; at once when they are.
   * @throws OrcError CONFIG_INVALID at the first call, for a pattern that cannot be used
   */
  readonly prepare: () => Promise<void>;
}

function matchesOf(matcher: Matcher, text: string): { start: number; end: number }[] {
  const spans: { start: number; end: number }[] = [];
  for (let at = 0; at <= text.length;) {
    const match = matcher.find(text, at);
    if (match === undefined) break;
    const end = match.index + match.text.length;
    if (end > match.index) spans.push({ start: match.index, end });
    at = Math.max(end, at + 1);
  }
  return spans;
}

async function compileAll(settings: RedactionSettings): Promise<CustomPattern[]> {
  return Promise.all(
    settings.custom.map(async ({ name, pattern }, index) => {
      const key = `security.redaction.custom[${String(index)}].pattern`;
      const matcher = await compileMatcher(pattern, true, key).catch((error: unknown) => {
        if (!(error instanceof OrcError)) throw error;
        throw new OrcError('CONFIG_INVALID', error.message, { hint: error.hint ?? 'Correct the pattern.' });
      });
      return { name, find: (text: string) => matchesOf(matcher, text) };
    }),
  );
}

export function createRedaction({ settings, known, key, onProblem }: RedactionOptions): Redaction {
  const build = (from: RedactionSettings, custom: readonly CustomPattern[]): Redactor =>
    createRedactor({ secrets: from.secrets, pii: from.pii, custom, known, key });
  let seen: RedactionSettings | undefined;
  let started = false;
  // Until the patterns are ready, the strictest of what needs none.
  let redactor = build({ secrets: true, pii: settings().pii, custom: [] }, []);

  const current = (): Redactor => {
    const now = settings();
    if (now !== seen && now.custom.length === 0) [seen, redactor] = [now, build(now, [])];
    return redactor;
  };

  const prepare = async (): Promise<void> => {
    const now = settings();
    if (now === seen) return;
    try {
      const custom = await compileAll(now);
      if (now === settings()) [seen, redactor] = [now, build(now, custom)];
    } catch (error) {
      if (!started || !(error instanceof OrcError)) throw error;
      seen = now;
      onProblem?.(`Changed patterns are refused, the last good rules stay. ${error.message}`);
    } finally {
      started = true;
    }
  };
  return { current, prepare };
}
