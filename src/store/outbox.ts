// The outbox table: rows on their way out, a FIFO per lane, as opaque blobs.
//
// `position` = lane number * 2^48 + sequence of the blob's first row. Sequences count from 1 per lane and never
// restart. The row at sequence 0 is the lane's mark: `rows` = how many rows have left for good, `bytes_total` =
// their logical bytes. It lies beside the lane's oldest blob, so deleting dirties no further page, and it
// keeps the numbering when the lane is empty. `bytes_total` of a blob = logical bytes of the lane through it.
//
// A confirmation is remembered at once and deleted with a later commit (`applyDeletes`): forgetting it in a
// crash is harmless, the uplink's progress confirms it again.

import { assert } from "../core/errors.ts";
import { TRIM_SHARE } from "../core/limits.ts";
import type { LogFields } from "../core/log.ts";
import { LANES, type Lane, type LaneState, type OutboxChunk } from "../core/protocol.ts";
import {
  countLane,
  damagedNext,
  LANE_NUMBERS,
  LANE_SPAN,
  type LaneCursor,
  type LaneQuota,
  type LaneStats,
  type OutboxBlob,
} from "./lane.ts";
import { packBlob, RAW, rowCrc, unpackBlob } from "./blob.ts";
import type { Database, Statement } from "./sqlite.ts";

const COLUMNS = "position, incarnation, rows, bytes, bytes_total, encoding, crc, data";

export interface OutboxOptions {
  readonly lanes: Readonly<Record<Lane, LaneQuota>>;
  readonly stats: { readonly lanes: Record<Lane, LaneStats>; damagedBlobs: number };
  readonly error: (message: string, fields: LogFields) => void;
}

export class Outbox {
  readonly #cursors: Map<Lane, LaneCursor> = new Map();
  readonly #options: OutboxOptions;
  readonly #insert: Statement;
  readonly #delete: Statement;
  readonly #atOrBefore: Statement;
  readonly #from: Statement;
  readonly #heads: Statement;

  constructor(db: Database, options: OutboxOptions) {
    this.#options = options;
    this.#insert = db.prepare(
      `INSERT OR REPLACE INTO outbox (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#delete = db.prepare("DELETE FROM outbox WHERE position > ? AND position <= ?");
    this.#atOrBefore = db.prepare(
      `SELECT position, rows, bytes_total FROM outbox WHERE position >= ? AND position <= ?
       ORDER BY position DESC LIMIT 1`,
    );
    this.#from = db.prepare(
      `SELECT ${COLUMNS} FROM outbox WHERE position >= ? AND position < ? ORDER BY position LIMIT 1`,
    );
    this.#heads = db.prepare(
      `SELECT position, rows, bytes_total FROM outbox WHERE position > ? AND position < ?
       ORDER BY position LIMIT 256`,
    );
    for (const lane of LANES) this.#cursors.set(lane, this.#load(lane));
  }

  /** Remembers that rows through `sequence` have left. Lower numbers than before change nothing. */
  confirm(lane: Lane, sequence: number): void {
    const cursor = this.#cursor(lane);
    assert(sequence <= cursor.last, `lane ${lane} has no row ${sequence} to confirm`);
    cursor.confirmed = Math.max(cursor.confirmed, sequence);
    countLane(cursor);
  }

  /** Whether `applyDeletes` has something to do. */
  get wantsDeletes(): boolean {
    for (const cursor of this.#cursors.values()) {
      if (cursor.confirmed > cursor.marked || damagedNext(cursor) > 0) return true;
    }
    return false;
  }

  /** Whether a lane holds more than `share` of its quota while rows of it wait to be deleted. */
  nearQuota(share: number): boolean {
    for (const cursor of this.#cursors.values()) {
      if (cursor.confirmed > cursor.marked && cursor.stats.bytes > cursor.quota.bytes * share) {
        return true;
      }
    }
    return false;
  }

  /** The first `block` lane that is full. */
  fullLane(): Lane | undefined {
    for (const { lane, quota, stats } of this.#cursors.values()) {
      if (quota.overflow === "block" && stats.bytes >= quota.bytes) return lane;
    }
    return undefined;
  }

  /** Deletes what was confirmed, inside the caller's transaction. */
  applyDeletes(): void {
    for (const cursor of this.#cursors.values()) {
      for (let rows = damagedNext(cursor); rows > 0; rows = damagedNext(cursor)) {
        cursor.damaged.delete(cursor.confirmed + 1);
        cursor.confirmed += rows;
      }
      if (cursor.confirmed > cursor.marked) this.#advance(cursor, cursor.confirmed);
    }
  }

  /**
   * Stores rows inside the caller's transaction after the lane's overflow policy; returns the sequence of the
   * first row, or undefined when the policy dropped them.
   */
  append(blob: OutboxBlob, incarnation: string): number | undefined {
    const cursor = this.#cursor(blob.lane);
    const { quota, stats } = cursor;
    if (stats.bytes + blob.logicalBytes > quota.bytes) {
      if (quota.overflow === "drop-newest") {
        stats.droppedQuota += blob.rows;
        return undefined;
      }
      if (quota.overflow !== "block") this.#dropOldest(cursor, blob.logicalBytes);
    }
    const first = cursor.last + 1;
    const packed = packBlob(blob.bytes);
    const total = cursor.bytesThrough + blob.logicalBytes;
    const head = [
      cursor.base + first,
      incarnation,
      blob.rows,
      blob.bytes.byteLength,
      total,
      packed.encoding,
    ];
    this.#insert.run(...head, rowCrc(head, packed.data), packed.data);
    cursor.last += blob.rows;
    cursor.bytesThrough = total;
    countLane(cursor);
    return first;
  }

  /**
   * Whole blobs that hold rows after `sequence`, oldest first, until one of the bounds is reached (at least one
   * blob, if there is any). The first may begin at or before `sequence`. Unreadable ones are skipped, counted.
   */
  read(lane: Lane, sequence: number, bounds: ReadBounds): OutboxChunk[] {
    const cursor = this.#cursor(lane);
    const chunks: OutboxChunk[] = [];
    const end = cursor.base + LANE_SPAN;
    const before = this.#atOrBefore.get(cursor.base + 1, cursor.base + sequence + 1);
    let position = cursor.base + sequence + 1;
    if (before !== undefined) {
      const start = before["position"] as number;
      if (start + (before["rows"] as number) > position) position = start;
    }
    for (let rows = 0, bytes = 0; rows < bounds.maxRows && bytes < bounds.maxBytes;) {
      const row = this.#from.get(position, end);
      if (row === undefined) break;
      const count = row["rows"] as number;
      position = (row["position"] as number) + 1;
      const chunk = this.#decode(cursor, row);
      if (chunk === undefined) continue;
      chunks.push(chunk);
      rows += count;
      bytes += chunk.bytes.byteLength;
    }
    return chunks;
  }

  state(lane: Lane): LaneState & { readonly confirmedSequence: number } {
    const { stats, last, confirmed } = this.#cursor(lane);
    return {
      lane,
      rows: stats.rows,
      bytes: stats.bytes,
      lastSequence: last,
      confirmedSequence: confirmed,
    };
  }

  #load(lane: Lane): LaneCursor {
    const base = LANE_NUMBERS[lane] * LANE_SPAN;
    const newest = this.#atOrBefore.get(base, base + LANE_SPAN - 1);
    const mark = this.#atOrBefore.get(base, base);
    const marked = (mark?.["rows"] as number | undefined) ?? 0;
    const cursor: LaneCursor = {
      lane,
      base,
      quota: this.#options.lanes[lane],
      stats: this.#options.stats.lanes[lane],
      last: marked,
      bytesThrough: (newest?.["bytes_total"] as number | undefined) ?? 0,
      marked,
      markedBytes: (mark?.["bytes_total"] as number | undefined) ?? 0,
      confirmed: marked,
      damaged: new Map(),
    };
    if (newest !== undefined && newest["position"] !== base) {
      cursor.last = (newest["position"] as number) - base + (newest["rows"] as number) - 1;
    }
    countLane(cursor);
    return cursor;
  }

  /** Deletes blobs that hold nothing above `through` and moves the mark there. */
  #advance(cursor: LaneCursor, through: number): void {
    const { base } = cursor;
    const row = this.#atOrBefore.get(base + 1, base + through);
    if (row !== undefined) {
      const position = row["position"] as number;
      const whole = position - base + (row["rows"] as number) - 1 <= through;
      const bytes = whole
        ? (row["bytes_total"] as number)
        : ((this.#atOrBefore.get(base, position - 1)?.["bytes_total"] as number | undefined) ?? 0);
      this.#delete.run(base, whole ? position : position - 1);
      cursor.markedBytes = bytes;
    }
    cursor.marked = through;
    this.#writeMark(cursor);
    for (const first of cursor.damaged.keys()) if (first <= through) cursor.damaged.delete(first);
    countLane(cursor);
  }

  #writeMark(cursor: LaneCursor): void {
    const head = [cursor.base, "", cursor.marked, 0, cursor.markedBytes, RAW];
    this.#insert.run(...head, rowCrc(head, EMPTY), EMPTY);
  }

  /** Frees room for `bytes` and a little more, so that the next commits need not drop again. */
  #dropOldest(cursor: LaneCursor, bytes: number): void {
    const keep = Math.max(0, cursor.quota.bytes * (1 - TRIM_SHARE) - bytes);
    const { base, stats } = cursor;
    const before = stats.rows;
    while (stats.bytes > keep) {
      const heads = this.#heads.all(base, base + LANE_SPAN);
      const enough = heads.find(
        (row) => cursor.bytesThrough - (row["bytes_total"] as number) <= keep,
      );
      const row = enough ?? heads.at(-1);
      if (row === undefined) break;
      const through = (row["position"] as number) - base + (row["rows"] as number) - 1;
      cursor.confirmed = Math.max(cursor.confirmed, through);
      this.#advance(cursor, cursor.confirmed);
    }
    const dropped = before - stats.rows;
    if (cursor.quota.overflow === "ring") stats.droppedNoUplink += dropped;
    else stats.droppedQuota += dropped;
  }

  #decode(cursor: LaneCursor, row: Record<string, unknown>): OutboxChunk | undefined {
    const firstSequence = (row["position"] as number) - cursor.base;
    const rows = row["rows"] as number;
    if (!outboxRowIntact(row)) {
      if (!cursor.damaged.has(firstSequence)) {
        cursor.damaged.set(firstSequence, rows);
        this.#options.stats.damagedBlobs++;
        const fields = { lane: cursor.lane, firstSequence, rows };
        this.#options.error("outbox rows are damaged and lost", fields);
      }
      return undefined;
    }
    const blob = { encoding: row["encoding"] as number, data: row["data"] as Uint8Array };
    return {
      lane: cursor.lane,
      incarnation: row["incarnation"] as string,
      firstSequence,
      rows,
      bytes: unpackBlob(blob, row["bytes"] as number),
    };
  }

  #cursor(lane: Lane): LaneCursor {
    const cursor = this.#cursors.get(lane);
    assert(cursor !== undefined, `unknown lane ${lane}`);
    return cursor;
  }
}

export interface ReadBounds {
  readonly maxRows: number;
  readonly maxBytes: number;
}

const EMPTY = new Uint8Array(0);

/** Whether the CRC of a row fits its columns and data. */
export function outboxRowIntact(row: Record<string, unknown>): boolean {
  const head = COLUMNS.split(", ")
    .slice(0, -2)
    .map((name) => row[name] as number | string);
  return Number(row["crc"]) === rowCrc(head, row["data"] as Uint8Array);
}
