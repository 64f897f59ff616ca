// Batcher: gathers the messages of all sources into batches and acknowledges them after their commit.
//
//   link ──offer──▶ open batch ──submit──▶ core worker ──committed──▶ PUBACKs ──▶ link
//
// - A batch closes at its message or byte bound, `lingerMs` after its first message, or at once when every
//   connection with unacknowledged messages is at its Receive Maximum (no further message can come then).
// - At most BATCHES_IN_FLIGHT are with the worker. When the open batch is full besides, `offer` answers FULL and the
//   link waits for `roomAgain`; that is the back-pressure. Nothing is dropped.
// - A batch is committed or lost with its worker. Lost: every link with a message in it is closed, so that QoS 1
//   messages are sent again; QoS 0 ones are counted. What such a link has in the open batch would overtake them: lost, too.
// - PUBACKs go out in arrival order, one write per link and batch, and never for a link that has closed since.

import { assert } from "../core/errors.ts";
import { crashPoint } from "../core/fault-points.ts";
import { BATCH_BYTES, BATCH_MESSAGES, BATCHES_IN_FLIGHT, PACKET_BYTES } from "../core/limits.ts";
import type { BatcherOptions } from "./batcher-options.ts";
import {
  ADDED,
  type Added,
  type BatchBuffers,
  type BatchLink,
  FULL,
  newBuffers,
  OpenBatch,
} from "./open-batch.ts";
import { pubacks } from "./pubacks.ts";
import type { PublishFrame } from "./publish-frame.ts";
import { type BatcherStats, newBatcherStats } from "./stats.ts";
import { systemTimers, type Timers } from "./timers.ts";
import { TopicTable } from "./topic-table.ts";

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

  /** Milliseconds, so far, in which no further message could be taken. */
  get blockedMs(): number {
    const sinceMs = this.#blockedSinceMs;
    return (
      this.stats.blockedMs +
      (sinceMs === undefined ? 0 : this.#options.clock.monotonicMs() - sinceMs)
    );
  }

  /** True while no message waits: for its batch, for its commit, or to be taken. */
  get quiet(): boolean {
    return this.#open.count === 0 && this.#inFlight.length === 0 && this.#waiting.size === 0;
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
    const lost = this.#inFlight.splice(0).map(({ batch }) => batch);
    const later = new Set(this.#open.links);
    if (lost.some(({ links }) => links.some((link) => later.has(link)))) {
      lost.push(this.#takeOpen().batch);
    }
    for (const { ackCount, count } of lost) {
      this.stats.lostQos1 += ackCount;
      this.stats.lostQos0 += count - ackCount;
    }
    this.#topicTable.forgetSent();
    this.#open.nameAllTopics();
    for (const { links } of lost) {
      for (const link of links) if (link.open) link.batchLost();
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
    if (this.#open.count === 0) return true;
    if (this.#suspended || this.#inFlight.length >= BATCHES_IN_FLIGHT) {
      this.#due = true;
      return false;
    }
    const { id, batch } = this.#takeOpen();
    this.#inFlight.push({ id, batch });
    this.stats.batches++;
    this.stats.messages += batch.count;
    this.stats.payloadBytes += batch.byteLength;
    this.#options.submit(batch.messages(id));
    return true;
  }

  #takeOpen(): { readonly id: number; readonly batch: OpenBatch } {
    this.#due = false;
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
    const taken = { id: this.#nextId++, batch: this.#open };
    this.#topicTable.nextBatch();
    this.stats.topicEvictions = this.#topicTable.evictions;
    this.#open = this.#newBatch();
    return taken;
  }

  #begin(firstMs: number): void {
    this.#open.firstMs = firstMs;
    const { clock, receiveTime, engineTime } = this.#options;
    this.#open.receiveTimeMs = receiveTime?.() ?? clock.wallMs();
    this.#open.engineTimeMs = engineTime();
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
    if (!this.quiet) return;
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
      crashPoint("ingest-in-pubacks");
    }
  }

  #newBatch(): OpenBatch {
    const bounds = this.#bounds;
    const { packetBytes = PACKET_BYTES } = this.#options;
    const buffers = this.#pool.pop() ?? newBuffers(bounds, packetBytes);
    const topicTable = this.#topicTable;
    return new OpenBatch({ buffers, serial: this.#nextId, topicTable, bounds });
  }
}
