import { open } from 'node:fs/promises';
import type { Logger } from '../../kernel/logger.js';
import type { StateStore } from '../../store/store.js';
import { writeAnchor } from './anchor.js';
import { type Appended, type Appender, createAppender, type Entry } from './append.js';
import { type Because, isBroken } from './because.js';
import { logFile } from './files.js';
import type { Head } from './head.js';
import { createKeys, type Keys } from './key.js';
import { RecordQueue } from './queue.js';
import { type Actor, type AuditEvent, draft, ownEvent } from './record.js';
import { reasonOf, RETRY_MS, unavailable } from './trouble.js';

/** The audit log of this user, which all processes write to. */
export interface AuditLog {
  /** Writes it with the next group of records. Nobody waits; what cannot be written now is tried again. */
  readonly record: (event: AuditEvent) => void;
  /**
   * Resolves when it is in the log, where it survives the end of every process.
   * @throws OrcError AUDIT_UNAVAILABLE when it could not be written in time; then it is given up
   */
  readonly commit: (event: AuditEvent) => Promise<void>;
  /** Stands for a text in a record; undefined when there is no key. */
  readonly digest: (text: string) => string | undefined;
  /** Why records are not written now, in words for a caller. */
  readonly trouble: () => string | undefined;
  /** This process, as records name it. */
  readonly self: Actor;
  /** Writes what waits, or gives it up. */
  readonly close: () => Promise<void>;
}

export interface AuditLogOptions {
  /** The state folder. */
  readonly root: string;
  /** The folder of the log, in it. */
  readonly folder: string;
  readonly keyFile: () => string;
  readonly store: StateStore;
  readonly maxBytes: () => number;
  readonly maxAgeMs: () => number;
  readonly self: Actor;
  readonly logger: Logger;
  /** A single command: what it writes is not worth an anchor, and the system brings it to the disk. */
  readonly oneShot?: boolean;
  /** Called after a file was begun. */
  readonly onBegun?: (because: Because) => void;
}

/** How long a record that nobody waits for may wait for others. */
const GATHER_MS = 10;
/** Records of a server are on the disk after about so long: then they survive a loss of power too. */
const SYNC_MS = 1000;
const ENDING = 'the program ends';

interface Sync {
  readonly due: (head: Head) => void;
  /** Brings what is due to the disk now. */
  readonly finish: () => Promise<void>;
}

/** Brings files to the disk some time after they were written, beside everything else. */
function createSync(pathOf: (head: Head) => string): Sync {
  let timer: NodeJS.Timeout | undefined;
  // Several, when another file was begun meanwhile.
  const due = new Set<string>();
  const sync = async (path: string): Promise<void> => {
    const file = await open(path, 'r');
    await file.datasync().finally(() => file.close());
  };
  const finish = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const paths = [...due];
    due.clear();
    // The next write tells what is wrong with the disk.
    await Promise.allSettled(paths.map(sync));
  };
  return {
    due: (head) => {
      due.add(pathOf(head));
      timer ??= setTimeout(() => void finish(), SYNC_MS).unref();
    },
    finish,
  };
}

const entryOf = (event: AuditEvent): Entry => ({ draft: draft(event, Date.now()), at: performance.now() });

class SharedLog {
  readonly #options: AuditLogOptions;
  readonly #keys: Keys;
  readonly #appender: Appender;
  readonly #sync: Sync;
  readonly #queue = new RecordQueue();
  #trouble: string | undefined;
  #last: Head | undefined;
  #flushing: Promise<unknown> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#keys = createKeys(options.root, options.keyFile);
    this.#appender = createAppender(options);
    this.#sync = createSync((head) => logFile(options.folder, head.file).path);
  }

  record(event: AuditEvent): void {
    if (this.#closed) return;
    this.#queue.push(entryOf(event));
    this.#schedule();
  }

  async commit(event: AuditEvent): Promise<void> {
    if (this.#closed) throw unavailable(ENDING);
    const written = this.#queue.pushAwaited(entryOf(event));
    this.#schedule();
    await written;
  }

  digest(text: string): string | undefined {
    try {
      return this.#keys.get().digest(text);
    } catch {
      return undefined;
    }
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#finish());
  }

  async #finish(): Promise<void> {
    const { logger, oneShot = false } = this.#options;
    clearTimeout(this.#timer);
    // One after the other: two at once would both count the same records as written.
    await this.#flushing;
    while (this.#queue.length > 0 && (await this.#flush(() => this.#queue.length > 0)));
    this.#closed = true;
    await this.#sync.finish();
    if (!oneShot && this.#last !== undefined && this.#last.seq > this.#last.anchored) this.#anchor(this.#last);
    this.#appender.close();
    const lost = this.#queue.length + this.#queue.takeLost();
    if (lost > 0) logger.warn('records of the audit log are lost', { lost });
  }

  #schedule(): void {
    if (this.#flushing !== undefined || this.#queue.length === 0 || this.#closing !== undefined) return;
    if (this.#queue.urgent && (this.#trouble === undefined || this.#queue.awaited)) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), this.#trouble === undefined ? GATHER_MS : RETRY_MS).unref();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing ??= this.#flush(() => this.#queue.urgent).finally(() => {
      this.#flushing = undefined;
      this.#schedule();
    });
  }

  /** @returns whether all of it is written */
  async #flush(more: () => boolean): Promise<boolean> {
    try {
      do await this.#writeGroup();
      while (more());
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  async #writeGroup(): Promise<void> {
    let key = this.#keys.get();
    for (let sure = false; ;) {
      let group: readonly Entry[] = [];
      const done = await this.#options.store.transact((tx) => {
        // What came in while others had the lock goes along.
        group = this.#queue.group();
        return this.#appender.append(tx, group, key, sure);
      });
      if (done === 'other key') {
        key = this.#keys.readAgain();
        sure = true;
      } else if (done !== 'prepared') {
        this.#queue.written(group.length);
        this.#follow(done);
        return;
      }
    }
  }

  #follow({ head, settled, anchor, begun }: Appended): void {
    const { logger, oneShot = false, onBegun = () => undefined, self } = this.#options;
    this.#last = head;
    if (this.#trouble !== undefined) logger.info('the audit log is written again');
    this.#trouble = undefined;
    if (anchor) this.#anchor(head);
    if (!oneShot) this.#sync.due(head);
    if (settled.cut > 0) logger.warn('audit_recovered: a torn record was cut off', { bytes: settled.cut });
    if (isBroken(begun)) logger.error('audit_broken: the audit log is not as it was left', { because: begun });
    if (begun !== undefined) onBegun(begun);
    const lost = this.#queue.takeLost();
    if (lost > 0) this.record(ownEvent(self, 'audit_gap', { lost }, Date.now()));
  }

  #fail(error: unknown): void {
    const reason = reasonOf(error);
    if (this.#trouble === undefined)
      this.#options.logger.error('audit_unavailable: calls that change something are refused', { reason });
    this.#trouble = reason;
    this.#queue.fail(unavailable(reason));
  }

  #anchor(head: Head): void {
    try {
      writeAnchor(this.#options.folder, head, this.#keys.get());
    } catch (error) {
      this.#options.logger.warn('the anchor of the audit log is not written', { reason: reasonOf(error) });
    }
  }
}

/** Nothing is opened before the first record. */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const log = new SharedLog(options);
  return {
    record: (event) => {
      log.record(event);
    },
    commit: (event) => log.commit(event),
    digest: (text) => log.digest(text),
    trouble: () => log.trouble,
    self: options.self,
    close: () => log.close(),
  };
}
