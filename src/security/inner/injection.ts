import type { Config } from '../../config/schema.js';
import { OrcError } from '../../kernel/errors.js';
import type { Call, Layer } from '../ring.js';
import { detectInjection, type Injection, type OwnEvidence } from '../text/injection/detect.js';
import { compileMatcher } from '../text/pattern.js';

export type InjectionSettings = Config['security']['injection'];

/** A call that can look at texts. */
export interface InspectedCall extends Call {
  /** Whether a text that a program wrote looks like instructions to a model; goes into the record of the call. */
  readonly inspect: (text: string) => Injection | undefined;
  /** What was found in the text that the caller sends. */
  readonly sent: Injection | undefined;
  /** Why a person has to say yes to the call whatever its risk is; a sentence. */
  readonly doubt?: string | undefined;
}

/** The detector that follows the config. */
export interface InjectionDetector {
  /** @returns undefined below the threshold, and where it is switched off */
  readonly find: (text: string) => Injection | undefined;
  /** What is to be done with a text that somebody sends to a reader. */
  readonly verdict: (found: Injection | undefined) => InjectionSettings['action'];
  /**
   * Makes the patterns of the config ready; at once when they are.
   * @throws OrcError CONFIG_INVALID at the first call, for a pattern that cannot be used
   */
  readonly prepare: () => Promise<void>;
}

/** Of a pattern without a weight: alone it is reported, and nothing is refused for it. */
const DEFAULT_WEIGHT = 0.6;

async function compileAll(settings: InjectionSettings): Promise<OwnEvidence[]> {
  return Promise.all(
    settings.custom_patterns.map(async ({ name, pattern, weight = DEFAULT_WEIGHT }, index) => {
      const key = `security.injection.custom_patterns[${String(index)}].pattern`;
      const matcher = await compileMatcher(pattern, true, key).catch((error: unknown) => {
        if (!(error instanceof OrcError)) throw error;
        throw new OrcError('CONFIG_INVALID', error.message, { hint: error.hint ?? 'Correct the pattern.' });
      });
      return { name, weight, isIn: (text: string) => matcher.find(text) !== undefined };
    }),
  );
}

/**
 * @param settings what the config says now; the same object until it changes
 * @param onProblem told when changed patterns cannot be used; the last good ones stay
 */
export function createInjectionDetector(
  settings: () => InjectionSettings,
  onProblem?: (message: string) => void,
): InjectionDetector {
  let seen: InjectionSettings | undefined;
  let own: readonly OwnEvidence[] | undefined;
  const find = (text: string): Injection | undefined => {
    const { enabled, threshold } = settings();
    const found = enabled ? detectInjection(text, own) : undefined;
    return found !== undefined && found.confidence >= threshold ? found : undefined;
  };
  const verdict = (found: Injection | undefined): InjectionSettings['action'] => {
    const { action, block_threshold: from } = settings();
    return found !== undefined && found.confidence >= from ? action : 'flag';
  };
  const prepare = async (): Promise<void> => {
    const now = settings();
    if (now === seen) return;
    try {
      const compiled = await compileAll(now);
      if (now === settings()) [seen, own] = [now, compiled];
    } catch (error) {
      if (own === undefined || !(error instanceof OrcError)) throw error;
      seen = now;
      onProblem?.(`Changed patterns are refused, the last good rules stay. ${error.message}`);
    }
  };
  return { find, verdict, prepare };
}

/** Stands in `inspect` where nothing looks. */
export const inspectNothing = (): undefined => undefined;

/** Parameters with text that is typed for a reader, and those with text that only a shell reads. */
const MESSAGES: Readonly<Record<string, string>> = {
  ...{ send_keys: 'text', spawn_agent: 'briefing', send_message: 'message', broadcast_message: 'message' },
};
const COMMANDS: Readonly<Record<string, string>> = { run_command: 'command' };

function argument({ operation, args }: Call, names: Readonly<Record<string, string>>): string | undefined {
  const name = names[operation?.name ?? ''];
  if (name === undefined || typeof args !== 'object' || args === null) return undefined;
  const value = (args as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}

const looksOf = ({ confidence, patterns }: Injection): string =>
  `The text looks like instructions that override a model (${patterns.join(', ')}, ${String(confidence)})`;

/**
 * Looks at what is typed into a pane before it is, and lets handlers look at what programs wrote. A message may be
 * refused, or need a yes at the gate before tmux. A command is code of the caller's own: it is recorded, never refused. What programs wrote is never held back,
 * because the reader needs to see it.
 */
export function injectionGuard<Context extends InspectedCall>(detector: InjectionDetector): Layer<Context> {
  return async (call, next) => {
    await detector.prepare();
    let strongest: Injection | undefined;
    const inspect = (text: string): Injection | undefined => {
      const found = detector.find(text);
      if (found !== undefined && found.confidence > (strongest?.confidence ?? 0)) {
        strongest = found;
        call.note?.({ injection: found });
      }
      return found;
    };
    const message = argument(call, MESSAGES);
    const sent = message === undefined ? undefined : inspect(message);
    const verdict = detector.verdict(sent);
    if (sent !== undefined && verdict === 'block') {
      call.note?.({ decision: { layer: 'injection', rule: 'injection_detected' } });
      throw new OrcError('DENIED', `${looksOf(sent)}; security.injection refuses it.`, {
        hint: 'Say it in other words, or ask the operator to change security.injection.action or block_threshold.',
      });
    }
    const doubt = sent !== undefined && verdict === 'confirm' ? `${looksOf(sent)}.` : undefined;
    const command = argument(call, COMMANDS);
    if (command !== undefined) inspect(command);
    return next({ ...call, inspect, sent, doubt });
  };
}
