import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BootClock } from '../../src/kernel/boot-clock.js';
import { correlationId } from '../../src/kernel/correlation.js';
import type { LogFields } from '../../src/kernel/logger.js';
import { anchorFile, readAnchors } from '../../src/security/audit/anchor.js';
import { type Head, readHead } from '../../src/security/audit/head.js';
import { type AuditKey, readKey } from '../../src/security/audit/key.js';
import { type AuditLog, type AuditLogOptions, createAuditLog } from '../../src/security/audit/log.js';
import { type AuditEvent, type AuditRecord, readRecord } from '../../src/security/audit/record.js';
import { type Verdict, verify, type VerifyOptions } from '../../src/security/audit/verify.js';
import type { StateStore } from '../../src/store/store.js';
import { createStoreWorld } from './store-world.js';

/** An audit log of one test. */
export interface AuditWorld {
  readonly root: string;
  readonly folder: string;
  readonly keyFile: string;
  readonly store: string;
  /** What was written to the program's log. */
  readonly told: { readonly level: string; readonly message: string; readonly fields: LogFields }[];
  /** Another log on the same files, as another process has it. */
  readonly open: (
    options?: Partial<AuditLogOptions> & { readonly clock?: BootClock },
  ) => AuditLog & { readonly store: StateStore };
  readonly key: () => AuditKey;
  readonly head: () => Promise<Head | undefined>;
  readonly files: () => string[];
  readonly text: (file?: string) => string;
  readonly records: () => AuditRecord[];
  readonly verify: (more?: Partial<VerifyOptions>) => Promise<Verdict>;
  readonly close: () => Promise<void>;
}

export function auditEvent(operation = 'list_sessions', more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    ...{ event_id: correlationId(), event_type: 'tool_call', correlation_id: correlationId() },
    ...{ actor: { caller: 'host:tests', role: 'host' }, action: { operation, effect: 'read' } },
    ...more,
  };
}

export function createAuditWorld(): AuditWorld {
  const world = createStoreWorld();
  const { root } = world;
  const folder = join(root, 'audit');
  const keyFile = join(root, 'audit.key');
  const told: AuditWorld['told'] = [];
  const logs: AuditLog[] = [];
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      told.push({ level, message, fields });
    };
  const files = (): string[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.jsonl'))
          .sort()
      : [];
  const text = (file?: string): string =>
    (file === undefined ? files() : [file]).map((name) => readFileSync(join(folder, name), 'utf8')).join('');
  const key = (): AuditKey => readKey(keyFile)!;
  const head = async (): Promise<Head | undefined> => {
    const store = world.open();
    return store.read(readHead).finally(() => store.close());
  };
  return {
    ...{ root, folder, keyFile, store: world.path, told, files, text, key, head },
    open: ({ clock, ...options } = {}) => {
      const store = options.store ?? world.open({ ...(clock === undefined ? {} : { clock }) });
      const log = createAuditLog({
        ...{ root, folder, store, keyFile: () => keyFile, maxBytes: () => 10_485_760 },
        ...{ maxAgeMs: () => Number.POSITIVE_INFINITY, self: { caller: 'system:audit', pid: process.pid } },
        logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
        ...options,
      });
      logs.push(log);
      return { ...log, store };
    },
    // What a test has broken is no record any more.
    records: () =>
      files().flatMap((name) =>
        text(name)
          .split('\n')
          .flatMap((line) => readRecord(Buffer.from(line)) ?? []),
      ),
    verify: async (more = {}) => {
      const keys = existsSync(keyFile) ? [key()] : [];
      const anchors = [await readAnchors(anchorFile(folder), keys)];
      return verify({ folder, keys, anchors, ...more, head: 'head' in more ? more.head : await head() });
    },
    close: async () => {
      await Promise.all(logs.map((log) => log.close()));
      await world.close();
    },
  };
}
