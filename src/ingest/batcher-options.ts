// What the batcher is made with.

import type { Clock } from "../core/clock.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import type { Timers } from "./timers.ts";
import type { TopicTable } from "./topic-table.ts";

export interface BatcherOptions {
  /** Hands a batch to the core worker (its buffers are transferred); answered by `committed` in the same order. */
  submit(batch: MessageBatch): void;
  readonly clock: Clock;
  /** Wall time, asked when no batch is open: default the clock's. */
  receiveTime?(): number;
  /** Engine time in milliseconds. */
  engineTime(): number;
  readonly lingerMs: number;
  readonly timers?: Timers;
  /** Bounds of a batch, by default BATCH_MESSAGES and BATCH_BYTES. */
  readonly messages?: number;
  readonly bytes?: number;
  /** Largest PUBLISH of any source; a batch has room for at least one. */
  readonly packetBytes?: number;
  readonly topicTable?: TopicTable;
}
