import { createHash } from 'node:crypto';
import type { AgentRecord } from './records.js';

/** What a provider counts the use of: a person's login with it, in one folder of its CLI. */
export interface Account {
  readonly provider: string;
  /** Folder of the CLI's own files; undefined where that is not known: those of one provider are then taken for one. */
  readonly home?: string | undefined;
  /** It was given keys or an endpoint of its own at its start. */
  readonly isOwnKey?: true | undefined;
  /** The same for all agents of one account. */
  readonly key: string;
}

/** Variables by which a start is told whose account it is, or where that is. */
const CREDENTIAL = /_(?:API_KEY|TOKEN|BASE_URL)$/;

const digestOf = (words: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 24);

/** The account that an agent works on. Nothing of its keys is in it but a digest. */
export function accountOf(record: Pick<AgentRecord, 'provider' | 'registry' | 'transcripts' | 'launch'>): Account {
  const { provider, registry, transcripts, launch } = record;
  const home = registry ?? transcripts;
  const own = (launch?.env ?? []).filter(([name]) => CREDENTIAL.test(name)).map(([name, value]) => `${name}=${value}`);
  return {
    ...{ provider, home },
    ...(own.length === 0 ? {} : { isOwnKey: true }),
    key: `${provider} ${digestOf([home ?? '', ...own.sort()])}`,
  };
}
