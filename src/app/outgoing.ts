import type { ErrorObject } from '../kernel/errors.js';
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

/** An error that is told before there is a config; files are named in it, because the user has to correct them. */
export function cleanError(error: ErrorObject): ErrorObject {
  const { env } = process;
  const settings = { secrets: true, pii: false, custom: [] };
  const key = createTagKey({ env, make: false });
  return createOutgoing({ env, cwd: '', settings: () => settings, key }).data(error) as ErrorObject;
}

/** The filter for everything that leaves this program. */
export function createOutgoing({ env, cwd, key, settings, onProblem }: OutgoingOptions): OutputFilter {
  const tagKey = key ?? createTagKey({ env, make: true, onProblem });
  const known = secretValues(env);
  return createOutputFilter(createRedaction({ settings, known, key: tagKey, onProblem }), cwd);
}
