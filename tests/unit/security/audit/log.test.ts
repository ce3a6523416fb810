import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  appendFileSync,
  chownSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anchorFile } from '../../../../src/security/audit/anchor.js';
import { createMemoryStore } from '../../../../src/store/memory-store.js';
import { type StateStore, StoreError } from '../../../../src/store/store.js';
import { auditEvent, type AuditWorld, createAuditWorld } from '../../../support/audit-world.js';
import { fakeBootClock } from '../../../support/store-world.js';

let world: AuditWorld;
beforeEach(() => {
  world = createAuditWorld();
});
afterEach(() => world.close());

const FIRST = '000000000001.jsonl';
const path = (name = FIRST): string => join(world.folder, name);
const operations = (): string[] => world.records().map(({ action }) => action.operation);
const because = (): unknown[] =>
  world.records().flatMap(({ action }) => (action.operation === 'audit_file' ? [action.arguments?.because] : []));

describe('the audit log', () => {
  it('is private, and each record follows on the one before', async () => {
    const before = process.umask(0);
    const log = world.open();
    for (let i = 0; i < 5; i++) await log.commit(auditEvent(`op_${String(i)}`));
    process.umask(before);
    expect([world.root, world.folder].map((name) => statSync(name).mode & 0o777)).toEqual([0o700, 0o700]);
    expect([world.keyFile, path()].map((name) => statSync(name).mode & 0o777)).toEqual([0o600, 0o600]);
    const records = world.records();
    expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(operations()).toEqual(['audit_file', 'op_0', 'op_1', 'op_2', 'op_3', 'op_4']);
    for (const [index, { prev }] of records.entries()) expect(prev).toBe(records[index - 1]?.mac ?? '0'.repeat(64));
    expect(Object.keys(records[1]!)).toEqual([
      ...[
        'seq',
        'event_id',
        'timestamp',
        'mono',
        'boot',
        'event_type',
        'correlation_id',
        'actor',
        'action',
        'prev',
        'mac',
      ],
    ]);
    expect(await world.verify()).toMatchObject({ status: 'ok', records: 6, files: 1, notices: [] });
    expect(await world.head()).toMatchObject({ seq: 6, file: 1, bytes: statSync(path()).size });
  });

  it('writes what nobody waits for too, soon and at the end', async () => {
    const log = world.open();
    log.record(auditEvent('soon'));
    await expect.poll(() => (existsSync(path()) ? operations() : [])).toEqual(['audit_file', 'soon']);
    log.record(auditEvent('last'));
    await log.close();
    expect(operations()).toEqual(['audit_file', 'soon', 'last']);
    await expect(log.commit(auditEvent())).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  });

  it('writes one group at a time also while it is closed, and what comes then', async () => {
    const store = createMemoryStore();
    let [under, most] = [0, 0];
    let late: Promise<void> | undefined;
    const transact: StateStore['transact'] = async (body, options) => {
      most = Math.max(most, ++under);
      late ??= log.commit(auditEvent('late'));
      return store.transact(body, options).finally(() => under--);
    };
    const log = world.open({ store: { ...store, transact } });
    log.record(auditEvent('early'));
    await log.close();
    await late;
    expect(most).toBe(1);
    expect(operations()).toEqual(['audit_file', 'early', 'late']);
  });

  it('gives up what comes too late while it cannot be written', async () => {
    const store = createMemoryStore();
    const transact = (): Promise<never> => Promise.reject(new StoreError('full', 'full'));
    const log = world.open({ store: { ...store, transact } });
    log.record(auditEvent('early'));
    const awaited = log.commit(auditEvent('awaited'));
    const closed = log.close();
    await expect(awaited).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    await closed;
    expect(world.told.at(-1)).toMatchObject({ message: 'records of the audit log are lost', fields: { lost: 1 } });
  });

  it('keeps the order of one process, and loses nothing of several at once', async () => {
    const logs = [world.open(), world.open(), world.open()];
    await Promise.all(
      logs.flatMap((log, n) =>
        Array.from({ length: 200 }, (_, i) => log.commit(auditEvent(`log${String(n)}_${String(i)}`))),
      ),
    );
    for (const n of [0, 1, 2])
      expect(operations().filter((name) => name.startsWith(`log${String(n)}`))).toEqual(
        Array.from({ length: 200 }, (_, i) => `log${String(n)}_${String(i)}`),
      );
    expect(await world.verify()).toMatchObject({ status: 'ok', records: 601 });
  });

  it('begins a new file when one is full, and ties it to the one before', async () => {
    const log = world.open({ maxBytes: () => 2000 });
    for (let i = 0; i < 20; i++) await log.commit(auditEvent());
    const files = world.files();
    expect(files.length).toBeGreaterThan(4);
    for (const name of files) expect(statSync(path(name)).size).toBeLessThanOrEqual(2600);
    expect(because()).toEqual(['first', ...files.slice(1).map(() => 'size')]);
    const starts = world.records().filter(({ action }) => action.operation === 'audit_file');
    expect(starts.map(({ seq }) => `${String(seq).padStart(12, '0')}.jsonl`)).toEqual(files);
    expect(starts.slice(1).map(({ action }) => action.arguments?.previous)).toEqual(files.slice(0, -1));
    expect(await world.verify()).toMatchObject({ status: 'ok', files: files.length });
  });

  it('begins a new file when one is old', async () => {
    const time = fakeBootClock();
    const log = world.open({ clock: time.clock, maxAgeMs: () => 60_000 });
    await log.commit(auditEvent());
    time.pass(60_001);
    await log.commit(auditEvent());
    expect(because()).toEqual(['first', 'age']);
  });

  it('anchors its end every hundred records and at the close', async () => {
    const log = world.open();
    for (let i = 0; i < 250; i++) await log.commit(auditEvent());
    const anchors = (): { seq: number; mac: string }[] =>
      readFileSync(anchorFile(world.folder), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as never);
    expect(anchors().map(({ seq }) => seq)).toEqual([100, 200]);
    await log.close();
    expect(anchors().at(-1)).toMatchObject({ seq: 251, mac: world.records().at(-1)!.mac });
    expect(statSync(anchorFile(world.folder)).mode & 0o777).toBe(0o600);
    const single = world.open({ oneShot: true });
    await single.commit(auditEvent());
    await single.close();
    expect(anchors()).toHaveLength(3);
  });

  it('makes the key once, however many need it', async () => {
    const logs = Array.from({ length: 6 }, () => world.open());
    await Promise.all(logs.map((log) => log.commit(auditEvent())));
    expect(readFileSync(world.keyFile, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    expect(new Set(logs.map((log) => log.digest('text'))).size).toBe(1);
    expect(because()).toEqual(['first']);
  });
});

describe('what a crash leaves', () => {
  const grow = async (): Promise<void> => {
    const log = world.open();
    for (let i = 0; i < 3; i++) await log.commit(auditEvent(`op_${String(i)}`));
    await log.close();
  };
  /** The store as it was before the last record: as if its writer had ended between the write and the commit. */
  const behind = async (records: number): Promise<void> => {
    const { readHead, writeHead } = await import('../../../../src/security/audit/head.js');
    const log = world.open();
    const lines = world.text().split('\n').slice(0, -1);
    const kept = lines.slice(0, lines.length - records);
    const last = JSON.parse(kept.at(-1)!);
    await log.store.transact((tx) => {
      writeHead(tx, {
        ...readHead(tx)!,
        seq: last.seq,
        mac: last.mac,
        bytes: Buffer.byteLength(`${kept.join('\n')}\n`),
      });
    });
  };

  it('is taken over when it is whole', async () => {
    await grow();
    await behind(2);
    expect(await world.verify()).toMatchObject({ status: 'ok', records: 4 });
    await world.open().commit(auditEvent('after'));
    expect(operations()).toEqual(['audit_file', 'op_0', 'op_1', 'op_2', 'after']);
    expect(await world.verify()).toMatchObject({ status: 'ok', records: 5, notices: [] });
  });

  it.each([1, 40, 300])('is cut off when it is torn: %i bytes', async (bytes) => {
    await grow();
    const line = world.text().split('\n')[2]!;
    appendFileSync(path(), line.slice(0, bytes));
    expect(await world.verify()).toMatchObject({
      status: 'ok',
      records: 4,
      notices: [expect.stringContaining('torn')],
    });
    await world.open().commit(auditEvent('after'));
    expect(operations()).toEqual(['audit_file', 'op_0', 'op_1', 'op_2', 'audit_recovered', 'after']);
    expect(await world.verify()).toMatchObject({ status: 'ok', records: 6 });
    expect(world.told).toContainEqual(expect.objectContaining({ level: 'warn', fields: { bytes } }));
  });

  it('is a file that was begun, with records or without', async () => {
    await grow();
    const lines = world.text();
    const log = world.open({ maxBytes: () => 10 });
    await log.commit(auditEvent('op_3'));
    await log.close();
    expect(world.files()).toHaveLength(2);
    const { readHead, writeHead } = await import('../../../../src/security/audit/head.js');
    const last = JSON.parse(lines.trimEnd().split('\n').at(-1)!);
    await world.open().store.transact((tx) => {
      const head = readHead(tx)!;
      writeHead(tx, {
        ...head,
        seq: last.seq,
        mac: last.mac,
        file: 1,
        bytes: Buffer.byteLength(lines),
        beginning: true,
      });
    });
    await world.open().commit(auditEvent('after'));
    expect(operations()).toEqual(['audit_file', 'op_0', 'op_1', 'op_2', 'audit_file', 'op_3', 'after']);
    expect(await world.verify()).toMatchObject({ status: 'ok', files: 2 });
    writeFileSync(path('000000000008.jsonl'), '{"seq":8,');
    await world.open().store.transact((tx) => {
      writeHead(tx, { ...readHead(tx)!, beginning: true });
    });
    await world.open().commit(auditEvent('later'));
    expect(operations().slice(-2)).toEqual(['audit_recovered', 'later']);
    expect(world.files()).toHaveLength(2);
    expect(await world.verify()).toMatchObject({ status: 'ok', files: 2 });
  });

  it('is the very first file without a record in the store', async () => {
    const log = world.open();
    await log.commit(auditEvent('op_0'));
    const { writeHead, NO_HEAD } = await import('../../../../src/security/audit/head.js');
    await log.store.transact((tx) => writeHead(tx, NO_HEAD));
    await world.open().commit(auditEvent('after'));
    expect(operations()).toEqual(['audit_file', 'op_0', 'after']);
    expect(await world.verify()).toMatchObject({ status: 'ok', records: 3, notices: [] });
  });

  it('never makes a record stand twice, also when a commit fails after the write', async () => {
    const log = world.open();
    await log.commit(auditEvent('op_0'));
    const { store } = log;
    let failures = 3;
    const flaky = world.open({
      store: {
        ...store,
        transact: (body, options) =>
          store.transact((tx) => {
            const value = body(tx);
            if (failures-- > 0) throw new Error('the commit failed');
            return value;
          }, options),
      },
    });
    await expect(flaky.commit(auditEvent('refused'))).rejects.toMatchObject({
      code: 'AUDIT_UNAVAILABLE',
      retryAfterMs: 1000,
    });
    flaky.record(auditEvent('kept'));
    await expect.poll(() => failures, { timeout: 8000 }).toBeLessThan(0);
    await flaky.commit(auditEvent('after'));
    // What reached the file counts as an intent of which nothing came.
    expect(operations()).toEqual(['audit_file', 'op_0', 'refused', 'kept', 'after']);
    expect(await world.verify()).toMatchObject({ status: 'ok', records: 5 });
  });
});

describe('a log that is not as it was left', () => {
  const grow = async (): Promise<void> => {
    const log = world.open();
    for (let i = 0; i < 3; i++) await log.commit(auditEvent(`op_${String(i)}`));
    await log.close();
  };
  const goOn = async (): Promise<void> => {
    const log = world.open();
    await log.commit(auditEvent('after'));
    await log.close();
  };

  it.each([
    ['missing', () => rmSync(path()), { status: 'truncated', bad: { seq: 1 } }],
    ['shorter', () => truncateSync(path(), statSync(path()).size - 10), { status: 'truncated', bad: { seq: 4 } }],
    [
      'changed',
      () =>
        writeFileSync(
          path(),
          world.text().replace(/("mac":")(.)(?=.{63}"\}\n$)/, (_, a, b) => `${a}${b === '0' ? '1' : '0'}`),
        ),
      { status: 'tampered', bad: { seq: 4 } },
    ],
  ])('goes on in a new file that says so: %s', async (why, change, verdict) => {
    await grow();
    change();
    await goOn();
    expect(because().at(-1)).toBe(why);
    expect(world.told).toContainEqual(expect.objectContaining({ level: 'error', fields: { because: why } }));
    expect(await world.verify()).toMatchObject(verdict);
  });

  it('is found again when the store has forgotten it', async () => {
    await grow();
    for (const part of ['', '-wal', '-shm']) rmSync(`${world.store}${part}`, { force: true });
    expect(await world.verify()).toMatchObject({ status: 'truncated', bad: { seq: 5 } });
    await goOn();
    expect(because()).toEqual(['first', 'head_lost']);
    expect(await world.verify()).toMatchObject({ status: 'ok', notices: [expect.stringContaining('store had lost')] });
  });

  it('goes on with another key when the old one is gone, and both are needed to prove it', async () => {
    await grow();
    const old = world.key();
    renameSync(world.keyFile, `${world.keyFile}.old`);
    await goOn();
    expect(because()).toEqual(['first', 'key']);
    expect(await world.verify()).toMatchObject({ status: 'key', bad: { seq: 1 } });
    expect(await world.verify({ keys: [old, world.key()] })).toMatchObject({ status: 'ok', records: 6 });
    // A process that still has the old key takes the new one.
    expect(await world.verify({ keys: [old] })).toMatchObject({ status: 'key', bad: { seq: 5 } });
  });

  it('lets a process that runs take over a key that was changed', async () => {
    const running = world.open();
    await running.commit(auditEvent());
    rmSync(world.keyFile);
    await goOn();
    for (let i = 0; i < 3; i++) await running.commit(auditEvent());
    expect(because()).toEqual(['first', 'key']);
  });

  it('says that the clock jumped, and goes on', async () => {
    const time = fakeBootClock();
    const log = world.open({ clock: time.clock });
    await log.commit(auditEvent());
    time.set({ wall: time.clock().wall - 86_400_000 });
    await log.commit(auditEvent('back'));
    time.set({ wall: time.clock().wall + 2 * 86_400_000 });
    await log.commit(auditEvent('forth'));
    expect(operations()).toEqual(['audit_file', 'list_sessions', 'clock_jump', 'back', 'clock_jump', 'forth']);
    const jumps = world.records().filter(({ action }) => action.operation === 'clock_jump');
    expect(jumps.map(({ action }) => action.arguments)).toEqual([
      { jumped_ms: -86_400_000 },
      { jumped_ms: 172_800_000 },
    ]);
    expect((await world.verify()).status).toBe('ok');
  });
});

describe('files that are not ours', () => {
  const refused = { code: 'AUDIT_UNAVAILABLE' };

  it.each<[string, () => void]>([
    [
      'a link in place of the file',
      () => {
        renameSync(path(), join(world.root, 'away'));
        symlinkSync('../away', path());
      },
    ],
    [
      'a folder in place of the file',
      () => {
        rmSync(path());
        mkdirSync(path());
      },
    ],
    [
      'a link in place of the folder',
      () => {
        renameSync(world.folder, join(world.root, 'away'));
        symlinkSync('away', world.folder);
      },
    ],
    [
      'a link in place of the key',
      () => {
        renameSync(world.keyFile, join(world.root, 'away'));
        symlinkSync('away', world.keyFile);
      },
    ],
    ['a key that others can read', () => chmodSync(world.keyFile, 0o644)],
    ['a key of another form', () => writeFileSync(world.keyFile, 'secret\n')],
    ...(process.getuid?.() === 0
      ? [["another user's file", () => chownSync(path(), 1234, 1234)] as [string, () => void]]
      : []),
  ])('are refused: %s', async (_what, change) => {
    const first = world.open();
    await first.commit(auditEvent('before'));
    await first.close();
    change();
    const log = world.open();
    await expect(log.commit(auditEvent('refused'))).rejects.toMatchObject(refused);
    log.record(auditEvent('read'));
    expect(log.trouble()).toMatch(/^(?:A file of the state is|A folder of the state is|The key of the audit log)/);
    expect(JSON.stringify(world.told)).not.toContain(world.root);
  });

  it('are not made wider, and narrowed where they are', async () => {
    await world.open().commit(auditEvent());
    chmodSync(path(), 0o644);
    await world.open().commit(auditEvent());
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });
});
