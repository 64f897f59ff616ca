// Takes rows from the lanes into a transaction: lanes in order of importance, rows of a lane strictly in order, so
// that one number per incarnation and lane says what has been forwarded. The first row of a lane that does not fit
// ends the lane for this transaction.

import { TRANSACTION_BYTES } from "../core/limits.ts";
import type { OutboxRows, RuleWatermarks } from "../core/outbox-rows.ts";
import type { Lane } from "../core/protocol.ts";
import type { BatchLimits } from "./batch-limits.ts";
import type { LaneCursor, OpenChunk } from "./lane-cursor.ts";
import type { PartitionRecords, Transaction } from "./producer.ts";
import { progressId } from "./progress.ts";
import type { RecordBytes } from "./record-batch.ts";

/** Varints, attributes and the header's name: what a record takes besides key, value and header value. */
const RECORD_OVERHEAD_BYTES = 32;

/** Rows of one incarnation and lane in a transaction. */
export interface Span {
  readonly lane: Lane;
  readonly incarnation: string;
  lastSequence: number;
  /** Of the newest blob that ends in this transaction; undefined when none does. */
  watermarks: RuleWatermarks | undefined;
}

/** A row by its place. */
export interface RowPlace {
  readonly lane: Lane;
  readonly sequence: number;
  readonly rows: OutboxRows;
  readonly row: number;
}

export interface Filled {
  rows: number;
  bytes: number;
  /** The row limit ended it. */
  isFull: boolean;
  /** By `incarnation/lane`. */
  readonly spans: Map<string, Span>;
  /** The first row of each partition: the guilty one when a batch of one row is too large. */
  readonly firstRows: Map<PartitionRecords, RowPlace>;
}

export interface FillOptions {
  readonly gatewayId: string;
  readonly limits: BatchLimits;
  /** 0: the topic is missing. */
  readonly partitions: (topic: string) => number;
  /** Rows that are left out, by `rowName`. */
  readonly undeliverable: ReadonlySet<string>;
}

/** Names a row for `FillOptions.undeliverable`. */
export function rowName(lane: Lane, sequence: number): string {
  return `${lane}/${sequence}`;
}

/** Whether `name` is that of a row of `lane` up to `sequence`. */
export function isUpTo(name: string, lane: Lane, sequence: number): boolean {
  const [rowLane, rowSequence] = name.split("/");
  return rowLane === lane && Number(rowSequence) <= sequence;
}

/** Fills `transaction` from `cursors`, which move on past the rows taken. */
export function fill(
  transaction: Transaction,
  cursors: readonly LaneCursor[],
  options: FillOptions,
): Filled {
  const filled: Filled = {
    rows: 0,
    bytes: 0,
    isFull: false,
    spans: new Map(),
    firstRows: new Map(),
  };
  for (const cursor of cursors) {
    let head: OpenChunk | undefined;
    while ((head = cursor.head) !== undefined) {
      const headerStart = `${options.gatewayId}/${head.incarnation}/${cursor.lane}/`;
      takeFrom(head, cursor, { headerStart, transaction, filled, options });
      if (cursor.head === head) break;
    }
  }
  return filled;
}

interface Filling {
  /** The row header up to the sequence number. */
  readonly headerStart: string;
  readonly transaction: Transaction;
  readonly filled: Filled;
  readonly options: FillOptions;
}

/** Takes rows of one blob until it is used up, the transaction is full or the lane is blocked. */
function takeFrom(head: OpenChunk, cursor: LaneCursor, filling: Filling): void {
  const { filled, options } = filling;
  const { rows, incarnation, firstSequence } = head;
  const { lane } = cursor;
  const first = head.next;
  while (head.next < rows.rows) {
    if (filled.rows >= options.limits.rows || filled.bytes >= TRANSACTION_BYTES) {
      filled.isFull = true;
      break;
    }
    const place = { lane, sequence: firstSequence + head.next, rows, row: head.next };
    const isLeftOut =
      options.undeliverable.size > 0 && options.undeliverable.has(rowName(lane, place.sequence));
    if (!isLeftOut && !append(filling, cursor, place)) break;
    cursor.take();
  }
  if (head.next === first) return;
  const id = progressId(incarnation, lane);
  const span = filled.spans.get(id) ?? {
    lane,
    incarnation,
    lastSequence: 0,
    watermarks: undefined,
  };
  span.lastSequence = firstSequence + head.next - 1;
  if (head.next === rows.rows) span.watermarks = { ...span.watermarks, ...rows.watermarks };
  filled.spans.set(id, span);
}

/** Appends one row; false when it has to wait for a topic or for the next transaction. */
function append(filling: Filling, cursor: LaneCursor, place: RowPlace): boolean {
  const { transaction, filled, options } = filling;
  const { rows, row } = place;
  const header = filling.headerStart + place.sequence;
  const topic = rows.topic(row);
  const partitions = options.partitions(topic);
  if (partitions === 0) {
    cursor.blockedOn = topic;
    return false;
  }
  const partition = rows.hash(row) % partitions;
  const record: RecordBytes = {
    bytes: rows.bytes,
    hasKey: rows.hasKey(row),
    keyStart: rows.keyStart(row),
    keyEnd: rows.keyEnd(row),
    valueEnd: rows.valueEnd(row),
  };
  const bytes = record.valueEnd - record.keyStart + header.length + RECORD_OVERHEAD_BYTES;
  const records = transaction.partition(topic, partition);
  if (records.writer.records === 0) filled.firstRows.set(records, place);
  else if (records.writer.byteLength + bytes > options.limits.partitionBytes(topic)) {
    filled.isFull = true;
    return false;
  }
  records.writer.append(record, header);
  filled.rows++;
  filled.bytes += bytes;
  return true;
}
