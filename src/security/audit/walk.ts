import { ForeignFileError } from '../../config/private-files.js';
import { type LogFile, readParts } from './files.js';
import type { AuditKey } from './key.js';
import { type AuditRecord, isSealed, NO_MAC, readRecord } from './record.js';

/** What a look at the log found. */
export type Status = 'ok' | 'tampered' | 'truncated' | 'key';

/** The first record that is not as it was written. */
export interface Bad {
  readonly status: Exclude<Status, 'ok'>;
  /** The number that the record has or should have. */
  readonly seq: number;
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

/** A record that was proven, with the line it stands in. */
export interface Proven {
  readonly record: AuditRecord;
  readonly line: Buffer;
  readonly file: LogFile;
}

export interface WalkOptions {
  readonly files: readonly LogFile[];
  readonly keys: readonly AuditKey[];
  /** The key of the last file, where the store tells it. */
  readonly lastKey?: string | undefined;
  /** Up to where the store knows the log: what is torn behind that is no damage. */
  readonly known?: { readonly seq: number; readonly file: number; readonly bytes: number } | undefined;
  readonly onRecord?: (proven: Proven) => void | Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

export interface Walked {
  readonly bad: Bad | undefined;
  readonly records: number;
  readonly first: Pick<AuditRecord, 'seq' | 'prev'> | undefined;
  readonly last: Pick<AuditRecord, 'seq' | 'mac'> | undefined;
  /** Bytes at the end that are no record, behind what the store knows. */
  readonly torn: number;
}

/** Goes through files line by line, in constant memory, and stops at the first record that is wrong. */
export async function walk(options: WalkOptions): Promise<Walked> {
  const walker = new Walker(options);
  for (const file of options.files) {
    await walker.file(file);
    if (walker.bad !== undefined || options.signal?.aborted === true) break;
  }
  return walker;
}

class Walker implements Walked {
  bad: Bad | undefined;
  records = 0;
  first: Walked['first'];
  last: Walked['last'];
  torn = 0;
  readonly #options: WalkOptions;
  #file!: LogFile;
  #line = 0;
  /** Size of the lines that were checked. */
  #bytes = 0;
  #key: AuditKey | undefined;
  /** Of the file before. */
  #before: AuditKey | undefined;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  get #seq(): number {
    return (this.last?.seq ?? this.#file.first - 1) + 1;
  }

  async file(file: LogFile): Promise<void> {
    this.#file = file;
    this.#line = 1;
    this.#bytes = 0;
    this.#before = this.#key ?? this.#before;
    this.#key = undefined;
    if (!this.#begins(file) || this.#stopped()) return;
    try {
      for await (const { lines, torn } of readParts(file.path)) {
        await this.#lines(lines);
        if (torn !== undefined && !this.#stopped()) this.#end(torn);
        if (this.#stopped()) return;
      }
    } catch (error) {
      if (!(error instanceof ForeignFileError)) throw error;
      this.#fail('tampered', error.message);
    }
    if (this.#line === 1 && this.torn === 0) this.#fail('truncated', 'the file is empty');
  }

  /** The name of a file is the number of its first record. */
  #begins({ first }: LogFile): boolean {
    const expected = this.#seq;
    if (first > expected) this.#fail('truncated', 'records before this file are missing');
    if (first < expected) this.#fail('tampered', 'the name of the file does not fit');
    return first === expected;
  }

  #stopped(): boolean {
    return this.bad !== undefined || this.#options.signal?.aborted === true;
  }

  async #lines(lines: readonly Buffer[]): Promise<void> {
    for (const [index, line] of lines.entries()) {
      this.#key ??= this.#keyOf(line, lines[index + 1]);
      if (this.bad === undefined) await this.#check(line);
      if (this.bad !== undefined) return;
      this.#line++;
      this.#bytes += line.length + 1;
    }
  }

  /** The first record of a file names the key; it is not proven yet. */
  #keyOf(line: Buffer, second: Buffer | undefined): AuditKey | undefined {
    const { keys, lastKey, files } = this.#options;
    const header = readRecord(line)?.action.arguments;
    const named = keys.find(({ id }) => id === header?.key);
    if (named !== undefined) return named;
    // The name may be what was changed. Then the lines are signed with a key that we have, or no new one was announced.
    const isLast = files.at(-1)?.first === this.#file.first;
    const signed =
      keys.find((one) => isSealed(line, one) || (second !== undefined && isSealed(second, one))) ??
      keys.find(({ id }) => isLast && id === lastKey) ??
      (header?.because === 'key' ? undefined : this.#before);
    if (signed === undefined) this.#fail('key', 'the file is signed with a key that is not here');
    return signed;
  }

  async #check(line: Buffer): Promise<void> {
    const record = this.#key !== undefined && isSealed(line, this.#key) ? readRecord(line) : undefined;
    if (record === undefined) this.#fail('tampered', 'the line is not as it was written');
    else if (record.seq !== this.#seq) this.#fail('tampered', `record ${String(record.seq)} stands in its place`);
    else if (record.prev !== (this.last?.mac ?? record.prev) || (record.seq === 1 && record.prev !== NO_MAC))
      this.#fail('tampered', 'it does not follow on the record before');
    else {
      this.first ??= { seq: record.seq, prev: record.prev };
      this.last = { seq: record.seq, mac: record.mac };
      this.records++;
      await this.#options.onRecord?.({ record, line, file: this.#file });
    }
  }

  /** A line without its end. */
  #end(torn: Buffer): void {
    const { known, files, keys } = this.#options;
    const isLast = files.at(-1)?.first === this.#file.first;
    if (isLast && known !== undefined && this.#seq > known.seq) {
      this.torn = torn.length;
      return;
    }
    // With another end, or as long as it has to be, it was changed; otherwise it was cut off.
    const long = known?.file === this.#file.first && this.#bytes + torn.length >= known.bytes;
    if (long || keys.some((key) => isSealed(torn.subarray(0, -1), key)))
      this.#fail('tampered', 'the line is not as it was written');
    else this.#fail('truncated', 'the rest of the file is missing');
  }

  #fail(status: Bad['status'], why: string): void {
    if (this.bad !== undefined) return;
    const { name } = this.#file;
    this.bad = { status, seq: this.#seq, file: name, line: this.#line, why };
  }
}
