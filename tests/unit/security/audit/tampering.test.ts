import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Head } from '../../../../src/security/audit/head.js';
import { createKey } from '../../../../src/security/audit/key.js';
import { readRecord } from '../../../../src/security/audit/record.js';
import type { Verdict } from '../../../../src/security/audit/verify.js';
import { auditEvent, type AuditWorld, createAuditWorld } from '../../../support/audit-world.js';

/** Small and the same everywhere (Marsaglia 2003), so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

let world: AuditWorld;
let other: AuditWorld;
let head: Head;
/** The lines of each file, with their ends. */
let files: { readonly name: string; readonly first: number; readonly lines: readonly Buffer[] }[];
let foreign: readonly Buffer[];

const linesOf = (bytes: Buffer): Buffer[] =>
  bytes.toString('latin1').split(/(?<=\n)/).map((line) => Buffer.from(line, 'latin1')); // prettier-ignore

beforeAll(async () => {
  world = createAuditWorld();
  other = createAuditWorld();
  // The same key, as of another machine of the same user: only the place in the chain tells a line from there.
  const twin = other.open();
  await twin.commit(auditEvent());
  mkdirSync(world.root, { recursive: true, mode: 0o700 });
  copyFileSync(other.keyFile, world.keyFile);
  const log = world.open({ maxBytes: () => 12_000, oneShot: true });
  for (let i = 0; i < 80; i++) {
    await log.commit(auditEvent('send_keys', { outcome: { status: 'pending' } }));
    if (i % 3 === 0) await twin.commit(auditEvent());
  }
  await log.close();
  await twin.close();
  head = (await world.head())!;
  files = world.files().map((name) => ({
    ...{ name, first: Number(name.slice(0, 12)) },
    lines: linesOf(readFileSync(join(world.folder, name))),
  }));
  foreign = linesOf(Buffer.from(other.text()));
});
afterAll(async () => {
  await world.close();
  await other.close();
});

interface Found {
  readonly status: string;
  readonly seq: number | undefined;
}

interface Changed {
  readonly name: string;
  readonly lines: readonly Buffer[];
}

const tampered = (seq: number): Found => ({ status: 'tampered', seq });
const truncated = (seq: number): Found => ({ status: 'truncated', seq });

const KINDS: Readonly<Record<string, (pick: (below: number) => number) => Changed & { readonly expected: Found }>> = {
  'a flipped bit': (pick) => {
    const file = files[pick(files.length)]!;
    const at = pick(file.lines.length);
    const line = Buffer.from(file.lines[at]!);
    const byte = pick(line.length);
    line.writeUInt8(line.readUInt8(byte) ^ (1 << pick(8)), byte);
    return { name: file.name, lines: file.lines.with(at, line), expected: tampered(file.first + at) };
  },
  'a deleted line': (pick) => {
    const file = files[pick(files.length)]!;
    const at = pick(file.lines.length);
    const seq = file.first + at;
    const last = at === file.lines.length - 1;
    return { name: file.name, lines: file.lines.toSpliced(at, 1), expected: last ? truncated(seq) : tampered(seq) };
  },
  'two swapped lines': (pick) => {
    const file = files[pick(files.length)]!;
    const a = pick(file.lines.length - 1);
    const b = a + 1 + pick(file.lines.length - 1 - a);
    const lines = file.lines.with(a, file.lines[b]!).with(b, file.lines[a]!);
    return { name: file.name, lines, expected: tampered(file.first + a) };
  },
  'a line put in': (pick) => {
    const file = files[pick(files.length)]!;
    const at = pick(file.lines.length + 1);
    const made = Buffer.from(`{"seq":${String(file.first + at)}}\n`);
    const line = pick(2) === 0 ? file.lines[pick(file.lines.length)]! : made;
    // Put before itself, the second of the two is wrong.
    const seq = file.first + at + (line === file.lines[at] ? 1 : 0);
    return { name: file.name, lines: file.lines.toSpliced(at, 0, line), expected: tampered(seq) };
  },
  'a line from another log': (pick) => {
    const file = files[pick(files.length)]!;
    const at = pick(file.lines.length);
    return {
      name: file.name,
      lines: file.lines.with(at, foreign[pick(foreign.length)]!),
      expected: tampered(file.first + at),
    };
  },
  'a cut in a record': (pick) => {
    const file = files[pick(files.length)]!;
    const at = pick(file.lines.length);
    const line = file.lines[at]!;
    const lines = [...file.lines.slice(0, at), line.subarray(0, 1 + pick(line.length - 1))];
    return { name: file.name, lines, expected: truncated(file.first + at) };
  },
  "a cut at a record's border": (pick) => {
    const file = files[pick(files.length)]!;
    const at = pick(file.lines.length);
    return { name: file.name, lines: file.lines.slice(0, at), expected: truncated(file.first + at) };
  },
};

const write = (name: string, lines: readonly Buffer[]): void => {
  writeFileSync(join(world.folder, name), Buffer.concat(lines));
};
const found = ({ status, bad }: Verdict): Found => ({ status, seq: bad?.seq });

describe('tampering with the files', () => {
  it('leaves a log that was not touched sound', async () => {
    expect(files.length).toBeGreaterThan(3);
    expect(await world.verify({ head })).toMatchObject({ status: 'ok', openIntents: 80 });
  });

  it.each(Object.entries(KINDS))('is found at the first bad record: %s, 140 times', async (_kind, change) => {
    for (let seed = 1; seed <= 140; seed++) {
      const { name, lines, expected } = change(random(seed * 7919));
      const before = files.find((file) => file.name === name)!;
      write(name, lines);
      expect(found(await world.verify({ head })), `seed ${String(seed)}`).toEqual(expected);
      write(name, before.lines);
    }
  });

  it('is found at the first record when the key is another one, 20 times', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const keys = [createKey(Buffer.alloc(32, seed))];
      expect(found(await world.verify({ head, keys }))).toEqual({ status: 'key', seq: 1 });
    }
    expect(found(await world.verify({ head, keys: [] }))).toEqual({ status: 'key', seq: 1 });
  });

  it('is found when whole files are gone', async () => {
    for (const { name, first, lines } of files) {
      rmSync(join(world.folder, name));
      expect(found(await world.verify({ head }))).toEqual(truncated(first));
      write(name, lines);
    }
  });

  it('is found when files have each other’s names', async () => {
    const [a, b] = [files[0]!, files[1]!];
    write(a.name, b.lines);
    write(b.name, a.lines);
    expect(found(await world.verify({ head }))).toEqual(tampered(1));
    write(a.name, a.lines);
    write(b.name, b.lines);
  });

  it('is found with a copy of the anchor when the end and the store were cut together', async () => {
    const last = files.at(-1)!;
    const record = readRecord(last.lines.at(-3)!)!;
    const lines = last.lines.slice(0, -2);
    const cut: Head = { ...head, seq: record.seq, mac: record.mac, bytes: Buffer.concat(lines).length };
    const anchors = [{ macs: new Map([[head.seq, head.mac]]), unsigned: 0 }];
    write(last.name, lines);
    expect(await world.verify({ head: cut })).toMatchObject({ status: 'ok' });
    expect(found(await world.verify({ head: cut, anchors }))).toEqual(truncated(record.seq + 1));
    write(last.name, last.lines);
    const wrong = [{ macs: new Map([[5, head.mac]]), unsigned: 0 }];
    expect(found(await world.verify({ head, anchors: wrong }))).toEqual(tampered(5));
  });
});
