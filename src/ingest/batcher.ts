// Batcher: gathers the messages of all sources into batches and acknowledges them after their commit.
//
//   link ──offer──▶ open batch ──submit──▶ core worker ──committed──▶ PUBACKs ──▶ link
//
// - A batch closes at its message or byte bound, `lingerMs` after its first message, or at once when every
//   connection with unacknowledged messages is at its Receive Maximum (no further message can come then).
// - At most BATCHES_IN_FLIGHT are with the worker. When the open batch is full besides, `offer` answers FULL and the
//   link waits for `roomAgain`; that is the back-pressure. Nothing is dropped.
// - A batch is committed or lost with its worker. Lost: every link with a message in it is closed, so that QoS 1
//   messages are sent again; QoS 0 ones are counted.
// - PUBACKs go out in arrival order, one write per link and batch, and never for a link that has closed since.

import { assert } from "../core/errors.ts";
import type { Clock } from "../core/clock.ts";
import { BATCH_BYTES, BATCH_MESSAGES, BATCHES_IN_FLIGHT, PACKET_BYTES } from "../core/limits.ts";
import { STRIDE, type MessageBatch } from "../core/message-batch.ts";
import {
  ADDED,
  type Added,
  type BatchBuffers,
  type BatchLink,
  FULL,
  OpenBatch,
} from "./open-batch.ts";
import { pubacks } from "./pubacks.ts";
import type { PublishFrame } from "./publish-frame.ts";
import { type BatcherStats, newBatcherStats } from "./stats.ts";
import { systemTimers, type Timers } from "./timers.ts";
import { TopicTable } from "./topic-table.ts";

export interface BatcherOptions {
  /** Hands a batch to the core worker (its buffers are transferred); answered by `committed` in the same order. */
  submit(batch: MessageBatch): void;
  readonly clock: Clock;
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

/** See the header. One per gateway. */
export class Batcher {
  readonly stats: BatcherStats = newBatcherStats();
  readonly #options: BatcherOptions;
  readonly #timers: Timers;
  readonly #bounds: { readonly messages: number; readonly bytes: number };
  readonly #topicTable: TopicTable;
  readonly #pool: BatchBuffers[] = [];
  /** With the worker, oldest first. */
  readonly #inFlight: { readonly id: number; readonly batch: OpenBatch }[] = [];
  /** Links whose message was answered FULL, in the order of their first refusal. */
  readonly #waiting = new Set<BatchLink>();
  #open: OpenBatch;
  #lingerMs: number;
  #cancelLinger: (() => void) | undefined;
  /** The open batch should go as soon as the worker may have it. */
  #due = false;
  #suspended = false;
  #draining = false;
  #drained: (() => void)[] = [];
  #nextId = 1;
  /** Links with unacknowledged messages, and those of them that may send no more. */
  #openLinks = 0;
  #boundLinks = 0;
  #blockedSinceMs: number | undefined;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
    this.#bounds = {
      messages: options.messages ?? BATCH_MESSAGES,
      bytes: options.bytes ?? BATCH_BYTES,
    };
    this.#topicTable = options.topicTable ?? new TopicTable();
    this.#lingerMs = options.lingerMs;
    this.#open = this.#newBatch();
  }

  /** True while no further message can be taken. */
  get blocked(): boolean {
    return this.#blockedSinceMs !== undefined;
  }

  /** Takes one message, or answers FULL and calls `link.roomAgain` later, or BAD_TOPIC. */
  offer(link: BatchLink, frame: PublishFrame): Added {
    if (this.#open.count === 0) this.#begin(frame.receivedMs);
    let added = this.#open.append(link, frame);
    if (added === FULL && this.#close()) {
      this.#begin(frame.receivedMs);
      added = this.#open.append(link, frame);
    }
    if (added !== ADDED) {
      if (added === FULL) this.#wait(link);
      return added;
    }
    if (this.#open.count === 1) this.#startLinger();
    if (frame.packetId !== 0) this.#opened(link);
    if (this.#due || this.#open.full) this.#close();
    return ADDED;
  }

  /** Batch `id` is durable: acknowledges it. `bytes` and `words` are the buffers given back. */
  committed(id: number, bytes: ArrayBuffer, words: ArrayBuffer): void {
    const oldest = this.#inFlight.shift();
    assert(oldest?.id === id, `batch ${id} committed out of order`);
    this.stats.committed++;
    const { batch } = oldest;
    this.#acknowledge(batch);
    const { acks, topicIds } = batch.buffers;
    this.#pool.push({ bytes, words, acks, topicIds });
    this.#closeIfAllBound();
    this.#makeRoom();
    for (const link of batch.links) if (link.open) link.acknowledged();
    if (this.#draining) this.flush();
    this.#settle();
  }

  /** How long a batch stays open after its first message; also for the batch that is open now. */
  setLinger(lingerMs: number): void {
    this.#lingerMs = lingerMs;
    if (this.#cancelLinger === undefined) return;
    this.#cancelLinger();
    const elapsedMs = this.#options.clock.monotonicMs() - this.#open.firstMs;
    this.#startLinger(Math.max(0, lingerMs - elapsedMs));
  }

  /** Closes the open batch as soon as the worker may have it, without waiting for its linger. */
  flush(): void {
    if (this.#open.count > 0) this.#close();
  }

  /** For the stop: no linger from here on. Resolves when all that was read is committed and acknowledged. */
  drain(): Promise<void> {
    this.#draining = true;
    this.flush();
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      this.#settle();
    });
  }

  /**
   * The worker is gone, and with it the batches it had: closes the links that have messages in them. Until
   * `workerReady` messages are gathered up to one full batch.
   */
  workerLost(): void {
    this.#suspended = true;
    const lost = this.#inFlight.splice(0);
    for (const { batch } of lost) {
      this.stats.lostQos1 += batch.ackCount;
      this.stats.lostQos0 += batch.count - batch.ackCount;
    }
    this.#topicTable.forgetSent();
    this.#open.nameAllTopics();
    for (const { batch } of lost) {
      for (const link of batch.links) if (link.open) link.batchLost();
    }
  }

  /** A new worker takes batches. */
  workerReady(): void {
    this.#suspended = false;
    this.#makeRoom();
    this.#settle();
  }

  /** `link` closed: its messages stay in their batches, its acknowledgements are discarded. */
  unlink(link: BatchLink): void {
    this.#waiting.delete(link);
    if (link.unacknowledged > 0) {
      this.#openLinks--;
      if (link.unacknowledged >= link.receiveMaximum) this.#boundLinks--;
      link.unacknowledged = 0;
    }
    this.#closeIfAllBound();
    this.#settle();
  }

  #opened(link: BatchLink): void {
    link.unacknowledged++;
    if (link.unacknowledged === 1) this.#openLinks++;
    if (link.unacknowledged === link.receiveMaximum) {
      this.#boundLinks++;
      this.#closeIfAllBound();
    }
  }

  #closeIfAllBound(): void {
    if (this.#open.count > 0 && this.#boundLinks > 0 && this.#boundLinks === this.#openLinks) {
      this.#close();
    }
  }

  /** Hands the open batch over. False when the worker may not have it yet; then it goes as soon as it may. */
  #close(): boolean {
    const batch = this.#open;
    if (batch.count === 0) return true;
    if (this.#suspended || this.#inFlight.length >= BATCHES_IN_FLIGHT) {
      this.#due = true;
      return false;
    }
    this.#due = false;
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
    const id = this.#nextId++;
    this.#inFlight.push({ id, batch });
    this.stats.batches++;
    this.stats.messages += batch.count;
    this.stats.payloadBytes += batch.byteLength;
    this.#topicTable.nextBatch();
    this.stats.topicEvictions = this.#topicTable.evictions;
    this.#open = this.#newBatch();
    this.#options.submit({
      id,
      count: batch.count,
      receiveTimeMs: batch.receiveTimeMs,
      engineTimeMs: batch.engineTimeMs,
      bytes: batch.buffers.bytes,
      byteLength: batch.byteLength,
      words: batch.buffers.words,
      topicIds: batch.topicIds,
      topicNames: batch.topicNames,
      clients: batch.clients,
      truncated: batch.truncated,
    });
    return true;
  }

  #begin(firstMs: number): void {
    this.#open.firstMs = firstMs;
    this.#open.receiveTimeMs = this.#options.clock.wallMs();
    this.#open.engineTimeMs = this.#options.engineTime();
  }

  #startLinger(delayMs: number = this.#lingerMs): void {
    this.#cancelLinger = this.#timers.after(delayMs, () => {
      this.#cancelLinger = undefined;
      this.#close();
    });
  }

  #wait(link: BatchLink): void {
    this.#waiting.add(link);
    this.#blockedSinceMs ??= this.#options.clock.monotonicMs();
  }

  /** The worker may have another batch: hands the open one over if it is due, and lets waiting links go on. */
  #makeRoom(): void {
    if (this.#due) this.#close();
    if (!this.#due && this.#blockedSinceMs !== undefined) {
      this.stats.blockedMs += this.#options.clock.monotonicMs() - this.#blockedSinceMs;
      this.#blockedSinceMs = undefined;
      // A link that is refused again goes to the end of the line.
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const link of waiting) link.roomAgain();
    }
  }

  #settle(): void {
    const idle = this.#open.count === 0 && this.#inFlight.length === 0 && this.#waiting.size === 0;
    if (!idle) return;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #acknowledge(batch: OpenBatch): void {
    for (const { link, count, packets } of pubacks(batch)) {
      if (packets === undefined || !link.open) {
        link.stats.droppedAcks += count;
        continue;
      }
      if (link.unacknowledged >= link.receiveMaximum) this.#boundLinks--;
      link.unacknowledged -= count;
      if (link.unacknowledged === 0) this.#openLinks--;
      link.stats.acknowledged += count;
      link.writePubacks(packets);
    }
  }

  #newBatch(): OpenBatch {
    const bounds = this.#bounds;
    const room = Math.max(bounds.bytes, this.#options.packetBytes ?? PACKET_BYTES);
    const buffers = this.#pool.pop() ?? {
      bytes: new ArrayBuffer(room),
      words: new ArrayBuffer(bounds.messages * STRIDE * 4),
      acks: new Uint32Array(bounds.messages),
      topicIds: new Uint32Array(bounds.messages),
    };
    const topicTable = this.#topicTable;
    return new OpenBatch({ buffers, serial: this.#nextId, topicTable, bounds });
  }
}
