// Where the uplink stands in one outbox lane: which rows it has read, which of them are taken into a transaction.
// The outbox stays the truth: after any failure the cursor is rewound and reads it again.

import { OutboxRows } from "../core/outbox-rows.ts";
import type { RegisteredSchema } from "../core/outbox-rows.ts";
import type { Lane, OutboxChunk } from "../core/protocol.ts";
import type { OutboxReader } from "./outbox.ts";
import type { Progress } from "./progress.ts";

/** A blob in the cursor; rows before `next` are taken. */
export interface OpenChunk {
  readonly incarnation: string;
  readonly firstSequence: number;
  readonly rows: OutboxRows;
  next: number;
}

export class LaneCursor {
  readonly lane: Lane;
  /** The topic its first row goes to is missing: the lane waits for it. */
  blockedOn: string | undefined;
  /** The schema of its first row has no id yet: the lane waits for that. */
  needs: RegisteredSchema | undefined;
  readonly #reader: OutboxReader;
  #chunks: OpenChunk[] = [];
  /** Last sequence number read from the outbox, and last one taken or skipped. */
  #read = 0;
  #taken = 0;
  /** Last one known to be in Kafka, and the newest known to exist. */
  #delivered = 0;
  #last = 0;

  constructor(lane: Lane, reader: OutboxReader) {
    this.lane = lane;
    this.#reader = reader;
  }

  /** Rows up to `lastSequence` are durable in the outbox. */
  note(lastSequence: number): void {
    this.#last = Math.max(this.#last, lastSequence);
  }

  /** A missing topic or schema holds it back. */
  get isBlocked(): boolean {
    return this.blockedOn !== undefined || this.needs !== undefined;
  }

  /** Rows that wait to be taken, not counting those that are held back. */
  get waiting(): number {
    return this.isBlocked ? 0 : Math.max(0, this.#last - this.#taken);
  }

  /** Rows not known to be in Kafka; too many by those that a policy dropped. */
  get undelivered(): number {
    return this.#last - this.#delivered;
  }

  /** The rows taken so far are in Kafka. */
  delivered(): void {
    this.#delivered = Math.max(this.#delivered, this.#taken);
  }

  /** Topics of the rows in memory. */
  get topics(): Set<string> {
    return new Set(this.#chunks.flatMap(({ rows }) => rows.topics));
  }

  /** Incarnations of the rows in memory. */
  get incarnations(): Set<string> {
    return new Set(this.#chunks.map(({ incarnation }) => incarnation));
  }

  /** Forgets what was read: all rows of the outbox are to be read again. */
  rewind(): void {
    this.blockedOn = undefined;
    this.needs = undefined;
    this.#chunks = [];
    this.#read = 0;
    this.#taken = 0;
  }

  /** Reads on until about `maxRows` and `maxBytes` are in memory or the outbox has no more. */
  async load(maxRows: number, maxBytes: number): Promise<void> {
    let rows = 0;
    let bytes = 0;
    for (const chunk of this.#chunks) {
      rows += chunk.rows.rows - chunk.next;
      bytes += chunk.rows.bytes.length;
    }
    while (rows < maxRows && bytes < maxBytes) {
      const known = this.#last;
      const chunks = await this.#reader.read(
        this.lane,
        this.#read,
        maxRows - rows,
        maxBytes - bytes,
      );
      for (const chunk of chunks) {
        // What was before the first row that is there is gone: forwarded and confirmed earlier, or dropped by policy.
        if (this.#chunks.length === 0) this.#passed(chunk.firstSequence - 1);
        this.#chunks.push(openChunk(chunk, this.#read));
        this.#read = chunk.firstSequence + chunk.rows - 1;
        rows += chunk.rows;
        bytes += chunk.bytes.length;
      }
      this.note(this.#read);
      if (chunks.length > 0) continue;
      // So is whatever was known to exist when we asked, where nothing is there.
      this.#read = Math.max(this.#read, known);
      if (this.#chunks.length === 0) this.#passed(this.#read);
      return;
    }
  }

  /** Skips rows that have reached Kafka, and lets the outbox drop them. Returns how many. */
  skipForwarded(progress: Progress): number {
    let skipped = 0;
    for (const chunk of this.#chunks) {
      const { incarnation, firstSequence, rows } = chunk;
      const forwarded = progress.lastSequence(incarnation, this.lane) - firstSequence + 1;
      const until = Math.min(rows.rows, forwarded);
      if (until <= chunk.next) continue;
      skipped += until - chunk.next;
      chunk.next = until;
      this.#reader.confirm(this.lane, incarnation, firstSequence + until - 1);
    }
    this.#dropTaken();
    if (skipped > 0) this.delivered();
    return skipped;
  }

  /** The blob that holds the first row not yet taken. */
  get head(): OpenChunk | undefined {
    return this.#chunks[0];
  }

  /** The head's first row is in a transaction, or left out for good. */
  take(): void {
    const head = this.#chunks[0]!;
    head.next++;
    this.#taken = head.firstSequence + head.next - 1;
    if (head.next === head.rows.rows) this.#chunks.shift();
  }

  /** Between two transactions: what is taken is delivered. */
  #passed(sequence: number): void {
    this.#taken = Math.max(this.#taken, sequence);
    this.delivered();
  }

  #dropTaken(): void {
    for (let head = this.head; head !== undefined && head.next > 0; head = this.head) {
      this.#taken = head.firstSequence + head.next - 1;
      if (head.next < head.rows.rows) return;
      this.#chunks.shift();
    }
  }
}

function openChunk(chunk: OutboxChunk, afterSequence: number): OpenChunk {
  const { incarnation, firstSequence } = chunk;
  return {
    incarnation,
    firstSequence,
    rows: new OutboxRows(chunk.bytes),
    next: Math.max(0, afterSequence + 1 - firstSequence),
  };
}
