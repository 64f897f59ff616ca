// What the store counts. Plain numbers, incremented in place; the composition root maps them to metrics.

import type { Lane } from "../core/protocol.ts";
import type { LaneStats } from "./lane.ts";

export interface StoreStats {
  commits: number;
  /** Bytes written to the device since the open, estimated (wal.ts). */
  flashBytes: number;
  journalEntries: number;
  /** Stored (compressed) bytes of the retained journal. */
  journalBytes: number;
  /** Size of the newest checkpoint written since the open, uncompressed. */
  checkpointBytes: number;
  checkpoints: number;
  /** Rows found unreadable or failing their CRC. */
  damagedBlobs: number;
  /** Upkeep that had to be put off because the disk was full. */
  upkeepFull: number;
  databaseBytes: number;
  /** Part of `databaseBytes` that is free for reuse. */
  freeDatabaseBytes: number;
  freeDiskBytes: number;
  /** 0 while the ballast is given back. */
  ballastBytes: number;
  readonly lanes: Record<Lane, LaneStats>;
}

/** All zero. */
export function newStoreStats(): StoreStats {
  const lane = (): LaneStats => ({ rows: 0, bytes: 0, droppedQuota: 0, droppedNoUplink: 0 });
  return {
    commits: 0,
    flashBytes: 0,
    journalEntries: 0,
    journalBytes: 0,
    checkpointBytes: 0,
    checkpoints: 0,
    damagedBlobs: 0,
    upkeepFull: 0,
    databaseBytes: 0,
    freeDatabaseBytes: 0,
    freeDiskBytes: 0,
    ballastBytes: 0,
    lanes: { alarm: lane(), result: lane(), raw: lane(), local: lane() },
  };
}
