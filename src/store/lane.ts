// A lane of the outbox: its policy, what the store remembers of it, and how its rows are keyed.

import type { Lane } from "../core/protocol.ts";

/**
 * What happens to a full lane: `block` = no message batch runs until it drains; `drop-oldest`, `drop-newest` =
 * counted losses; `ring` = drop-oldest of a lane that nothing drains (no `kafka:` section), counted apart.
 */
export const OVERFLOWS = ["block", "drop-oldest", "drop-newest", "ring"] as const;
export type Overflow = (typeof OVERFLOWS)[number];

export interface LaneQuota {
  /** Logical bytes. */
  readonly bytes: number;
  readonly overflow: Overflow;
}

/** Rows that one batch adds to one lane; `logicalBytes` is what they count against the quota. */
export interface OutboxBlob {
  readonly lane: Lane;
  readonly rows: number;
  readonly bytes: Uint8Array;
  readonly logicalBytes: number;
}

export interface LaneStats {
  rows: number;
  bytes: number;
  droppedQuota: number;
  droppedNoUplink: number;
}

/** Numbers of the lanes on disk: never change one. */
export const LANE_NUMBERS: Readonly<Record<Lane, number>> = {
  alarm: 0,
  result: 1,
  raw: 2,
  local: 3,
};

/** `position` = lane number * LANE_SPAN + sequence of the blob's first row. */
export const LANE_SPAN: number = 2 ** 48;

/** A lane as the store sees it; sequences count from 1. */
export interface LaneCursor {
  readonly lane: Lane;
  readonly base: number;
  readonly quota: LaneQuota;
  readonly stats: LaneStats;
  /** Sequence of the newest row. */
  last: number;
  bytesThrough: number;
  /** The mark as stored. */
  marked: number;
  markedBytes: number;
  /** Rows that have left, whether or not deleted yet; >= marked. */
  confirmed: number;
  /** Unreadable blobs by first sequence, and how many rows each had: deleted once their turn comes. */
  readonly damaged: Map<number, number>;
}

/** Rows of an unreadable blob that is next in line, 0 if the next one is fine. */
export function damagedNext(cursor: LaneCursor): number {
  return cursor.damaged.get(cursor.confirmed + 1) ?? 0;
}

/** Brings the lane's statistics up to date after its cursor moved. */
export function countLane({ stats, last, confirmed, bytesThrough, markedBytes }: LaneCursor): void {
  stats.rows = last - confirmed;
  stats.bytes = bytesThrough - markedBytes;
}
