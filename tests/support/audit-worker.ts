// A process of its own that writes to an audit log, for ever; prints each event that was acknowledged.
import { correlationId } from '../../src/kernel/correlation.js';
import { createAuditLog } from '../../src/security/audit/log.js';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';

export interface AuditWorkerArguments {
  readonly root: string;
  readonly maxBytes: number;
  /** Events at once. */
  readonly lanes: number;
}

const ignore = (): void => undefined;

async function run({ root, maxBytes, lanes }: AuditWorkerArguments): Promise<void> {
  const self = { caller: 'system:audit', pid: process.pid };
  const log = createAuditLog({
    ...{ root, folder: `${root}/audit`, keyFile: () => `${root}/audit.key`, self },
    ...{ maxBytes: () => maxBytes, maxAgeMs: () => Number.POSITIVE_INFINITY },
    store: createSqliteStore({ root, folder: root, name: 'user.db', timeoutMs: () => 60_000 }),
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  process.stdout.write('"ready"\n');
  const lane = async (): Promise<void> => {
    for (;;) {
      const id = correlationId();
      const event = {
        event_id: id,
        event_type: 'tool_call',
        actor: self,
        action: { operation: 'create_session' },
      } as const;
      await log.commit({ ...event, outcome: { status: 'pending' } });
      process.stdout.write(`"${id}"\n`);
      log.record({ ...event, outcome: { status: 'ok' } });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

if (process.argv[2] !== undefined) void run(JSON.parse(process.argv[2]) as AuditWorkerArguments);
