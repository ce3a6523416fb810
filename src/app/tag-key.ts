import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';
import { type AuditKey, createKeys, readKey } from '../security/audit/key.js';

const KEY_BYTES = 32;

export interface TagKeyOptions {
  readonly env: NodeJS.ProcessEnv;
  /** A command that only looks makes no file. */
  readonly make: boolean;
  /** Told once when the tags hold for this process only. */
  readonly onProblem?: ((message: string) => void) | undefined;
}

function keyOfUser({ env, make }: TagKeyOptions): AuditKey | undefined {
  const root = stateFolder(env);
  const path = join(root, 'redaction.key');
  return make ? createKeys(root, () => path).get() : readKey(path);
}

/**
 * The key for the tags of redacted values: the same secret has the same tag in every process of a user. It is read, or
 * made, when the first secret is found. Without a key file that can be used this process takes one of its own.
 */
export function createTagKey(options: TagKeyOptions): () => KeyObject {
  let key: KeyObject | undefined;
  return () => {
    if (key !== undefined) return key;
    try {
      key = keyOfUser(options)?.secret;
      return (key ??= createSecretKey(randomBytes(KEY_BYTES)));
    } catch {
      // Telling it may redact, so there is a key by then.
      key = createSecretKey(randomBytes(KEY_BYTES));
      options.onProblem?.('Tags of redacted values can be compared within this process only: redaction.key cannot be used.'); // prettier-ignore
      return key;
    }
  };
}
