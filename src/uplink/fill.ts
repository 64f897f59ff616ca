// Takes rows from the lanes into a transaction: lanes in order of importance, rows of a lane strictly in order, so
// that one number per incarnation and lane says what has been forwarded. The first row of a lane that does not fit
// ends the lane for this transaction.

import { judgedName, stoppedRow } from "../core/forwarded.ts";
import type { RowPlace, StoppedRow } from "../core/forwarded.ts";
import { COMMAND_ROWS } from "../core/limits.ts";
import type { RegisteredSchema } from "../core/outbox-rows.ts";
import { partitionHash } from "../core/partition-hash.ts";
import type { Lane } from "../core/protocol.ts";
import type { BatchLimits } from "./batch-limits.ts";
import type { LaneCursor, OpenChunk } from "./lane-cursor.ts";
import type { LaneProgress } from "./lane-progress.ts";
import type { PartitionRecords, Transaction } from "./transaction.ts";
import { progressId } from "./progress.ts";
import type { RecordBytes } from "./record-batch.ts";

/** Varints, attributes and the header's name: what a record takes besides key, value and header value. */
const RECORD_OVERHEAD_BYTES = 32;

/** Rows of one incarnation and lane in a transaction. */
export interface Span {
  readonly lane: Lane;
  readonly incarnation: string;
  readonly lastSequence: number;
}

export interface ExpiredRows {
  rows: number;
  /** Event time. */
  oldestMs: number;
  readonly retentionMs: number;
}

export interface Filled {
  rows: number;
  bytes: number;
  /** A limit ended it. */
  isFull: boolean;
  /** By `incarnation/lane`. */
  readonly spans: Map<string, Span>;
  /** Rows passed over because they may have left before, in order of lane and sequence. */
  readonly withheld: StoppedRow[];
  /** These, and those that are undeliverable. */
  readonly passedOver: RowPlace[];
  /** By topic, rows older than what it keeps. */
  readonly expired: Map<string, ExpiredRows>;
  /** The first row of each partition: the guilty one when a batch of one row is too large. */
  readonly firstRows: Map<PartitionRecords, RowPlace>;
}

export interface FillOptions {
  readonly gatewayId: string;
  readonly limits: BatchLimits;
  /** 0: the topic is missing. */
  readonly partitions: (topic: string) => number;
  /** What stands before a key or value under the schema; undefined: it has no id yet. */
  readonly head: (schema: RegisteredSchema) => Buffer | undefined;
  /** Whether a row is left out. */
  readonly isUndeliverable: (lane: Lane, sequence: number) => boolean;
  readonly judge: RowJudge;
  /** How long topics keep their rows, where that is known; and now, wall clock. */
  readonly retentionMs: ReadonlyMap<string, number>;
  readonly nowMs: number;
  /** Notes what leaves. */
  readonly progress: (lane: Lane) => LaneProgress;
}

/** What rows are judged by after a restored disk image. */
export interface RowJudge {
  /** Epoch milliseconds by rule. */
  readonly frontiers: ReadonlyMap<string, number>;
  /** By `judgedName`. */
  readonly judged: ReadonlySet<string>;
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
    withheld: [],
    passedOver: [],
    expired: new Map(),
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
  const progress = options.progress(lane);
  const isJudged = options.judge.judged.has(judgedName(lane, incarnation));
  while (head.next < rows.rows) {
    if (isEnough(filled, options.limits)) {
      filled.isFull = true;
      break;
    }
    const sequence = firstSequence + head.next;
    const place = { lane, incarnation, sequence, rows, row: head.next };
    const isLeftOut = options.isUndeliverable(lane, sequence);
    if (isLeftOut) filled.passedOver.push(place);
    else if (!(isJudged && mayHaveLeft(place, filling))) {
      if (!append(filling, cursor, place)) break;
      progress.take(rows, place.row);
    }
    cursor.take();
  }
  if (head.next === first) return;
  // Alarm events of a judged blob stand anew behind it: its watermarks are not reached before those have left.
  if (head.next === rows.rows && !isJudged) progress.passed(rows.watermarks);
  const id = progressId(incarnation, lane);
  filled.spans.set(id, { lane, incarnation, lastSequence: firstSequence + head.next - 1 });
}

function isEnough({ rows, bytes, withheld }: Filled, limits: BatchLimits): boolean {
  return rows >= limits.rows || bytes >= limits.bytes || withheld.length >= COMMAND_ROWS;
}

/** Alarm events are passed over in any case: the engine has written anew what is left of them. */
function mayHaveLeft(place: RowPlace, { filled, options }: Filling): boolean {
  const { rows, row } = place;
  if (rows.mark(row) !== "none") return true;
  const frontier = options.judge.frontiers.get(rows.rule(row)) ?? Number.NEGATIVE_INFINITY;
  if (!(rows.timeMs(row) <= frontier)) return false;
  filled.withheld.push(stoppedRow(place));
  filled.passedOver.push(place);
  return true;
}

/** Appends one row; false when it has to wait for a topic, a schema or the next transaction. */
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
  const record = recordOf(place, cursor, options);
  if (record === undefined) return false;
  const partition = hashOf(record, rows.hash(row)) % partitions;
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
  noteAge(filling, topic, rows.timeMs(row));
  return true;
}

/** undefined: a schema of the row has no id yet. */
function recordOf(
  { rows, row }: RowPlace,
  cursor: LaneCursor,
  options: FillOptions,
): RecordBytes | undefined {
  const record: RecordBytes = {
    bytes: rows.bytes,
    hasKey: rows.hasKey(row),
    hasValue: rows.hasValue(row),
    keyStart: rows.keyStart(row),
    keyEnd: rows.keyEnd(row),
    valueEnd: rows.valueEnd(row),
  };
  const schemas = rows.schemas(row);
  if (schemas === undefined) return record;
  const [keyHead, valueHead] = [schemas.key, schemas.value].map((schema) => {
    const head = schema && options.head(schema);
    if (head === undefined) cursor.needs ??= schema;
    return head;
  });
  return cursor.needs === undefined ? { ...record, keyHead, valueHead } : undefined;
}

/** The partition is that of the key as it is sent, as with every other producer. */
function hashOf({ bytes, hasKey, keyStart, keyEnd, keyHead }: RecordBytes, hash: number): number {
  if (keyHead === undefined || !hasKey) return hash;
  return partitionHash(Buffer.concat([keyHead, bytes.subarray(keyStart, keyEnd)]));
}

function noteAge({ filled, options }: Filling, topic: string, timeMs: number): void {
  const retentionMs = options.retentionMs.get(topic);
  if (retentionMs === undefined || !(options.nowMs - timeMs > retentionMs)) return;
  const of = filled.expired.get(topic);
  if (of === undefined) filled.expired.set(topic, { rows: 1, oldestMs: timeMs, retentionMs });
  else {
    of.rows++;
    of.oldestMs = Math.min(of.oldestMs, timeMs);
  }
}
