import { randomBytes } from 'node:crypto';
import type { ErrorObject } from '../kernel/errors.js';
import { createOutputFilter, type OutputFilter } from '../security/outer/output-filter.js';
import { createRedaction, type RedactionSettings } from '../security/outer/redaction.js';
import { secretValues } from '../security/text/known-secrets.js';

export interface OutgoingOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Folder of the project. */
  readonly cwd: string;
  readonly settings: () => RedactionSettings;
  readonly onProblem?: (message: string) => void;
  /** For the tags of redacted values; without it they are comparable within this process only. */
  readonly key?: Uint8Array;
}

const KEY_BYTES = 32;

/** An error that is told before there is a config; files are named in it, because the user has to correct them. */
export function cleanError(error: ErrorObject): ErrorObject {
  const settings = { secrets: true, pii: false, custom: [] };
  return createOutgoing({ env: process.env, cwd: '', settings: () => settings }).data(error) as ErrorObject;
}

/** The filter for everything that leaves this program. */
export function createOutgoing({ env, cwd, key = randomBytes(KEY_BYTES), ...options }: OutgoingOptions): OutputFilter {
  return createOutputFilter(createRedaction({ ...options, key, known: secretValues(env) }), cwd);
}
