import type { Anchors } from './anchor.js';
import { type Broken, isBroken } from './because.js';
import { listLogFiles, type LogFile } from './files.js';
import type { Head } from './head.js';
import type { AuditKey } from './key.js';
import type { AuditRecord } from './record.js';
import { type Bad, type Proven, type Status, walk, type Walked } from './walk.js';

export interface VerifyOptions {
  readonly folder: string;
  readonly keys: readonly AuditKey[];
  /** What the store says of the end. */
  readonly head: Head | undefined;
  readonly anchors: readonly Anchors[];
  /** Gets each record once it is proven. */
  readonly onRecord?: (proven: Proven) => void | Promise<void>;
}

export interface Verdict {
  readonly status: Status;
  readonly bad: Bad | undefined;
  readonly records: number;
  readonly files: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** What is no damage and worth knowing. */
  readonly notices: readonly string[];
  /** Changes that were begun and whose outcome nobody recorded. */
  readonly openIntents: number;
}

/** Exit codes of `audit verify`. */
export const EXIT_CODES: Readonly<Record<Status, number>> = { ok: 0, tampered: 1, truncated: 2, key: 3 };

const JUMP_MS = 1000;
const MAX_NOTICES = 50;
const MAX_INTENTS = 100_000;

/** What a tombstone says of one file. */
interface Removed {
  readonly last: number;
  readonly mac: string;
}

/** Gathers what the records tell of the log itself, and compares them with the anchors. */
class Gathering {
  readonly #options: VerifyOptions;
  readonly #intents = new Set<string>();
  readonly notices: string[] = [];
  #before: AuditRecord | undefined;
  #start: Pick<AuditRecord, 'seq' | 'prev'> | undefined;
  /** What was there before the first record was removed by who could sign. */
  excused = false;
  /** The last record that was removed before what is missing. */
  pruned = 0;
  /** A record that is well signed and another one than the anchor or the store has. */
  other: Bad | undefined;
  #line = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  get openIntents(): number {
    return this.#intents.size;
  }

  get before(): Removed | undefined {
    return this.#start === undefined ? undefined : { last: this.#start.seq - 1, mac: this.#start.prev };
  }

  async add(proven: Proven): Promise<void> {
    const { record, file } = proven;
    const { seq, mac } = record;
    this.#line = file.first === seq ? 1 : this.#line + 1;
    this.#start ??= record;
    const { head, anchors, onRecord } = this.#options;
    const known = [...(head?.seq === seq ? [head.mac] : []), ...anchors.flatMap(({ macs }) => macs.get(seq) ?? [])];
    if (known.some((one) => one !== mac) && this.other === undefined) {
      const why = 'it is another record than the one that was anchored';
      this.other = { status: 'tampered', seq, file: file.name, line: this.#line, why };
    }
    if (this.other !== undefined) return;
    this.#intent(record);
    this.#clock(record);
    if (record.event_type === 'security') this.#own(record);
    this.#before = record;
    await onRecord?.(proven);
  }

  notice(text: string): void {
    if (this.notices.length < MAX_NOTICES) this.notices.push(text);
  }

  #intent({ event_id: id, outcome }: AuditRecord): void {
    if (outcome === undefined) return;
    if (outcome.status !== 'pending') this.#intents.delete(id);
    else if (this.#intents.size < MAX_INTENTS) this.#intents.add(id);
  }

  #clock(record: AuditRecord): void {
    const before = this.#before;
    if (before?.boot !== record.boot) return;
    const wall = Date.parse(record.timestamp) - Date.parse(before.timestamp);
    const jumped = Math.round(wall - (record.mono - before.mono));
    if (Math.abs(jumped) >= JUMP_MS)
      this.notice(`The clock jumped by ${(jumped / 1000).toFixed(1)} s before record ${String(record.seq)}.`);
  }

  #own({ seq, action }: AuditRecord): void {
    const facts = action.arguments ?? {};
    const told = NOTICES[action.operation]?.(facts);
    if (told !== undefined) this.notice(`Record ${String(seq)}: ${told}.`);
    if (action.operation === 'audit_pruned' && Array.isArray(facts.files)) this.#pruned(facts.files as Removed[]);
  }

  #pruned(files: readonly Removed[]): void {
    const { before } = this;
    if (before === undefined) return;
    for (const { last, mac } of files) {
      this.excused ||= last === before.last && mac === before.mac;
      if (last < before.last) this.pruned = Math.max(this.pruned, last);
    }
  }
}

const NOTICES: Readonly<Record<string, (facts: Readonly<Record<string, unknown>>) => string | undefined>> = {
  audit_file: ({ because }) => (isBroken(because) ? BROKEN[because] : undefined),
  audit_recovered: () => 'a torn record was cut off, as a crash leaves it',
  audit_gap: ({ lost }) => `${String(lost)} records before could not be written`,
  audit_pruned: ({ reason }) => `older files were removed (${String(reason)})`,
};

const BROKEN: Readonly<Record<Broken, string>> = {
  key: 'another key signs from here on',
  missing: 'the file before was missing',
  shorter: 'the file before was cut short',
  changed: 'the file before had been changed',
  head_lost: 'the store had lost the end of the log, and it was found again in the files',
};

/** What the end says: all that the store and the anchors know has to be there. */
function checkEnd(walked: Walked, files: readonly LogFile[], options: VerifyOptions): Bad | undefined {
  const last = walked.last?.seq ?? 0;
  let highest = 0;
  for (const { macs } of options.anchors) for (const seq of macs.keys()) highest = Math.max(highest, seq);
  const missing = (why: string): Bad => ({
    ...{ status: 'truncated', seq: last + 1, file: files.at(-1)?.name ?? '', line: 0, why },
  });
  if (last < (options.head?.seq ?? 0)) return missing('the store knows of later records');
  if (last < highest) return missing('the anchor knows of later records');
  if (options.head === undefined && last > 0) return missing('the store does not know where the log ends');
  return undefined;
}

function checkStart({ before, excused, pruned }: Gathering, files: readonly LogFile[]): Bad | undefined {
  if (before === undefined || before.last === 0 || excused) return undefined;
  const why = 'earlier files are missing, and no record says that they were pruned';
  return { status: 'truncated', seq: pruned + 1, file: files[0]?.name ?? '', line: 0, why };
}

/**
 * Proves the whole log: each record by its MAC and by the one before, the end by the store and the anchors.
 * @throws ForeignFileError when the folder is none of ours, or what the system says
 */
export async function verify(options: VerifyOptions): Promise<Verdict> {
  const gathering = new Gathering(options);
  const files = listLogFiles(options.folder);
  const walked = await walk({
    ...{ files, keys: options.keys, lastKey: options.head?.key, known: options.head },
    onRecord: (proven) => gathering.add(proven),
  });
  if (walked.torn > 0) gathering.notice('The last line is torn, as a crash leaves it; the next write cuts it off.');
  const unsigned = options.anchors.reduce((all, one) => all + one.unsigned, 0);
  if (unsigned > 0)
    gathering.notice(`${String(unsigned)} lines of the anchors are not signed with a key that is here.`);
  const { other, notices, openIntents } = gathering;
  const bad = other ?? walked.bad ?? checkEnd(walked, files, options) ?? checkStart(gathering, files);
  return {
    ...{ status: bad?.status ?? 'ok', bad, records: walked.records, files: files.length, notices, openIntents },
    ...{ first: walked.first?.seq, last: walked.last?.seq },
  };
}
