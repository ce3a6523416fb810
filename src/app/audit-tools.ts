import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';
import { type ConfigSources, loadConfig } from '../config/load.js';
import { ForeignFileError } from '../config/private-files.js';
import { OrcError } from '../kernel/errors.js';
import { createJsonLogger } from '../kernel/logger.js';
import { createScope } from '../kernel/scope.js';
import { anchorFile, type Anchors, readAnchors } from '../security/audit/anchor.js';
import { readHead } from '../security/audit/head.js';
import { AuditKeyError } from '../security/audit/key.js';
import { findPrunable, type Prunable, prune } from '../security/audit/prune.js';
import { type AuditRecord, type EventType, ownEvent } from '../security/audit/record.js';
import { EXIT_CODES, type Verdict, verify } from '../security/audit/verify.js';
import {
  followRecords,
  lastRecords,
  matches,
  type Place,
  type RecordFilter,
  type Tail,
} from '../security/audit/tail.js';
import type { Proven } from '../security/audit/walk.js';
import { watched } from './alerts/create-alerts.js';
import { openNoted } from './alerts/noted.js';
import { auditFolder, auditKeys, whileEnabled } from './audit.js';
import { told, telling } from './operator-errors.js';
import { createOutgoing } from './outgoing.js';
import { createStores } from './stores.js';

export interface VerifyRequest {
  /** A copy of the anchors that was kept elsewhere. */
  readonly anchor?: string | undefined;
  /** A key that signed earlier. */
  readonly keyFile?: string | undefined;
  readonly onRecord?: (proven: Proven) => void | Promise<void>;
}

/** What the operator does with the audit log. */
export interface AuditTools {
  /** @throws OrcError */
  readonly verify: (request?: VerifyRequest) => Promise<Verdict>;
  /** The last records that match, not proven, as they may be shown. @throws OrcError */
  readonly last: (count: number, filter: RecordFilter) => Promise<Tail>;
  /** Those that are written from then on. @throws OrcError, CANCELLED when the signal aborts */
  readonly follow: (
    from: Place,
    filter: RecordFilter,
    signal: AbortSignal,
    onRecord: (record: AuditRecord) => void,
  ) => Promise<never>;
  /** Files whose records are all older. @throws OrcError */
  readonly prunable: (before: number) => Prunable[];
  /** @returns how many records went @throws OrcError */
  readonly prune: (files: readonly Prunable[], damaged: boolean) => Promise<number>;
  /** Records what the operator does, unless the log is off. */
  readonly note: (operation: string, facts: Readonly<Record<string, unknown>>, type?: EventType) => Promise<void>;
  readonly close: () => Promise<void>;
}

const NO_END = 'The store does not tell where the log ends';

/** A verdict where something of another kind stands in place of the log or of its key. */
function refused(error: unknown): Verdict {
  const status = error instanceof AuditKeyError ? 'key' : 'tampered';
  if (!(error instanceof AuditKeyError || error instanceof ForeignFileError)) throw told(error, NO_END);
  const bad = { status, seq: 0, file: '', line: 0, why: error.message.replace(/\.$/, '') } as const;
  return { status, bad, records: 0, files: 0, first: undefined, last: undefined, notices: [], openIntents: 0 };
}

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function givenFile(path: string, what: string): string {
  if (exists(path)) return path;
  throw new OrcError('NOT_FOUND', `There is no ${what}.`, { hint: 'Give the path of a file.' });
}

/** The audit log for the commands of the operator. Nothing is made that is not there. */
export async function openAuditTools(sources: ConfigSources, writeLog: (line: string) => void): Promise<AuditTools> {
  const { config } = await loadConfig(sources);
  const { env } = sources;
  const folder = auditFolder(env);
  const logger = createJsonLogger(writeLog, 'warn');
  const scope = createScope();
  const stores = createStores({
    ...{ env, backend: config.state.backend, logger, scope },
    timeoutMs: () => config.security.timeouts.store_ms,
  });
  const outgoing = createOutgoing({ ...sources, settings: () => config.security.redaction });
  const around = { env, config: () => config, store: stores.user, logger, outgoing, scope };
  const { log, watcher } = openNoted(around);
  // Others may have written what is in the files.
  const shown = (record: AuditRecord): AuditRecord => outgoing.data(record) as AuditRecord;
  const look = async (request: VerifyRequest): Promise<Verdict> => {
    const { onRecord } = request;
    if (request.keyFile !== undefined) givenFile(request.keyFile, 'such key file');
    const keys = auditKeys(config, env, request.keyFile === undefined ? [] : [request.keyFile]);
    // A store that is not there would be made by reading it.
    const head = exists(join(stateFolder(env), 'user.db')) ? await stores.user.read(readHead) : undefined;
    const anchors: Anchors[] = [await readAnchors(anchorFile(folder), keys)];
    if (request.anchor !== undefined) anchors.push(await readAnchors(givenFile(request.anchor, 'such anchor'), keys));
    return verify({ folder, keys, head, anchors, ...(onRecord === undefined ? {} : { onRecord }) });
  };
  return {
    verify: (request = {}) => look(request).catch(refused),
    last: async (count, filter) => {
      await outgoing.prepare();
      const { records, place } = await telling(NO_END, () =>
        lastRecords(folder, count, (record) => matches(record, filter)),
      );
      return { records: records.map(shown), place };
    },
    follow: async (from, filter, signal, onRecord) => {
      await outgoing.prepare();
      return telling(NO_END, () =>
        followRecords(folder, from, signal, (record) => {
          if (matches(record, filter)) onRecord(shown(record));
        }),
      );
    },
    prunable: (before) => findPrunable(folder, before),
    prune: (files, damaged) =>
      telling(NO_END, () => prune(files, { log: log(), keys: auditKeys(config, env), reason: 'operator', damaged })),
    note: (operation, facts, type) =>
      watched(
        whileEnabled(log(), () => config.security.audit.enabled),
        watcher,
      ).commit(ownEvent({ ...log().self, caller: 'operator', role: 'operator' }, operation, facts, Date.now(), type)),
    close: scope.close,
  };
}

export { EXIT_CODES };
export { matches };
export type { AuditRecord, Proven, RecordFilter, Verdict };
