import { createOutputFilter, type OutputFilter } from '../security/outer/output-filter.js';
import { createRedaction, type RedactionSettings } from '../security/outer/redaction.js';
import { secretValues } from '../security/text/known-secrets.js';
import type { RedactionRules } from '../security/text/redact.js';
import { createTagKey } from './tag-key.js';

export interface OutgoingOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Folder of the project. */
  readonly cwd: string;
  readonly settings: () => RedactionSettings;
  readonly onProblem?: (message: string) => void;
  /** For the tags of redacted values; without it the one of the user. */
  readonly key?: RedactionRules['key'];
}

/** For what is told outside of calls, where there may be no config. Files are named in it: the user has to know them. */
export function cleanOutside<T>(told: T): T {
  const { env } = process;
  const settings = { secrets: true, pii: false, custom: [] };
  const key = createTagKey({ env, make: false });
  return createOutgoing({ env, cwd: '', settings: () => settings, key }).data(told) as T;
}

/** The filter for everything that leaves this program. */
export function createOutgoing({ env, cwd, key, settings, onProblem }: OutgoingOptions): OutputFilter {
  const tagKey = key ?? createTagKey({ env, make: true, onProblem });
  const known = secretValues(env);
  return createOutputFilter(createRedaction({ settings, known, key: tagKey, onProblem }), cwd);
}
