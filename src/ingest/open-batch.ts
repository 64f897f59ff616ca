// The batch being filled: payload bytes and a table of words (layout: core/message-batch.ts), the topics and clients
// they name, and whom to acknowledge. Buffers come from a pool: they are transferred to the core worker and given
// back with its answer.

import { STRIDE, type BatchClient, type MessageBatch } from "../core/message-batch.ts";
import type { PublishFrame } from "./publish-frame.ts";
import type { SourceStats } from "./stats.ts";
import type { TopicTable } from "./topic-table.ts";
import { INVALID_TOPIC } from "./topic-table.ts";

/** Outcome of an append. */
export const ADDED = 0;
/** No room: nothing was changed, the same frame may come again once there is room. */
export const FULL = 1;
/** The topic bytes are not a topic name: a protocol error of the peer. */
export const BAD_TOPIC = 2;
export type Added = typeof ADDED | typeof FULL | typeof BAD_TOPIC;

/** What a batch needs to know of the network connection a message came by, and how it tells it what became of it. */
export interface BatchLink {
  readonly client: BatchClient;
  readonly receiveMaximum: number;
  readonly stats: SourceStats;
  /** False once the network connection is gone: acknowledgements for it are discarded. */
  readonly open: boolean;
  /** QoS 1 messages handed to the batcher and not acknowledged. Kept by the batcher. */
  unacknowledged: number;
  /** Place in the open batch, if `batchSerial` is that batch's. Kept by the batch. */
  batchSerial: number;
  batchIndex: number;
  /** Writes PUBACK packets, in arrival order, with one socket write. Offers nothing meanwhile. */
  writePubacks(packets: Buffer): void;
  /** A batch with messages of this link is done with: what waited for Receive Maximum may be offered. */
  acknowledged(): void;
  /** A message that was refused with FULL may be offered again. */
  roomAgain(): void;
  /** Messages of this connection are lost before their commit: it must be closed, so that they are sent again. */
  batchLost(): void;
}

/** Buffers of one batch. `acks` never leaves the main thread. */
export interface BatchBuffers {
  readonly bytes: ArrayBuffer;
  readonly words: ArrayBuffer;
  /** words[3] of the QoS 1 messages, in arrival order. */
  readonly acks: Uint32Array;
  /** By the batch's topic index. */
  readonly topicIds: Uint32Array;
}

/** Buffers for a new batch, with room for a message of `packetBytes`. */
export function newBuffers(bounds: BatchBounds, packetBytes: number): BatchBuffers {
  return {
    bytes: new ArrayBuffer(Math.max(bounds.bytes, packetBytes)),
    words: new ArrayBuffer(bounds.messages * STRIDE * 4),
    acks: new Uint32Array(bounds.messages),
    topicIds: new Uint32Array(bounds.messages),
  };
}

export interface BatchBounds {
  readonly messages: number;
  readonly bytes: number;
}

/** See the header. */
export class OpenBatch {
  count = 0;
  byteLength = 0;
  ackCount = 0;
  /** Wall clock, monotonic clock and engine time at the first message. */
  receiveTimeMs = 0;
  firstMs = 0;
  engineTimeMs = 0;
  readonly topicNames: Map<number, string> = new Map();
  readonly clients: BatchClient[] = [];
  readonly links: BatchLink[] = [];
  readonly truncated: Map<number, number> = new Map();
  readonly buffers: BatchBuffers;
  readonly serial: number;
  readonly #topicTable: TopicTable;
  readonly #bounds: BatchBounds;
  readonly #bytes: Buffer;
  readonly #words: Uint32Array;
  readonly #topicIds: Uint32Array;
  #topicCount = 0;
  /** Payload bytes and the bytes of names that go along. */
  #size = 0;

  constructor(options: {
    readonly buffers: BatchBuffers;
    readonly serial: number;
    readonly topicTable: TopicTable;
    readonly bounds: BatchBounds;
  }) {
    this.buffers = options.buffers;
    this.serial = options.serial;
    this.#topicTable = options.topicTable;
    this.#bounds = options.bounds;
    this.#bytes = Buffer.from(options.buffers.bytes);
    this.#words = new Uint32Array(options.buffers.words);
    this.#topicIds = options.buffers.topicIds;
  }

  /** What the core worker gets, once there is nothing to append. */
  messages(id: number): MessageBatch {
    const { count, receiveTimeMs, engineTimeMs, byteLength, topicNames, clients, truncated } = this;
    const { bytes, words } = this.buffers;
    return {
      id,
      count,
      receiveTimeMs,
      engineTimeMs,
      bytes,
      byteLength,
      words,
      topicIds: this.#usedTopicIds,
      topicNames,
      clients,
      truncated,
    };
  }

  /** True when not even an empty message fits. */
  get full(): boolean {
    return this.count >= this.#bounds.messages || this.#size >= this.#bounds.bytes;
  }

  /** Copies one message in. A message larger than the byte bound is taken when it is the first. */
  append(link: BatchLink, frame: PublishFrame): Added {
    if (this.count >= this.#bounds.messages) return FULL;
    const slot = this.#topicTable.intern(frame.bytes, frame.topicStart, frame.topicEnd);
    if (slot === INVALID_TOPIC) return BAD_TOPIC;
    const payloadBytes = frame.payloadEnd - frame.payloadStart;
    let topic = this.#topicTable.indexInBatch(slot);
    const nameBytes = topic === undefined ? this.#topicTable.nameBytes(slot) : 0;
    if (this.#size + payloadBytes + nameBytes > this.#bounds.bytes && this.count > 0) return FULL;
    topic ??= this.#addTopic(slot);
    if (link.batchSerial !== this.serial) this.#addClient(link);

    frame.bytes.copy(this.#bytes, this.byteLength, frame.payloadStart, frame.payloadEnd);
    this.byteLength += payloadBytes;
    this.#size += payloadBytes + nameBytes;
    const word = this.count * STRIDE;
    const ack = (link.batchIndex << 16) | frame.packetId;
    this.#words[word] = this.byteLength;
    this.#words[word + 1] = topic | frame.flags;
    this.#words[word + 2] = frame.receivedMs - this.firstMs;
    this.#words[word + 3] = ack;
    if (frame.packetId !== 0) this.buffers.acks[this.ackCount++] = ack;
    if (frame.payloadLength > payloadBytes) this.truncated.set(this.count, frame.payloadLength);
    this.count++;
    return ADDED;
  }

  /** The reader of the batches is a new one: names that were left out are put in. */
  nameAllTopics(): void {
    for (const [index, id] of this.#usedTopicIds.entries()) {
      this.topicNames.set(id, this.#topicTable.name(id));
      this.#topicTable.use(id, index);
    }
  }

  /** A copy: the buffer is used again. */
  get #usedTopicIds(): Uint32Array {
    return this.#topicIds.slice(0, this.#topicCount);
  }

  #addTopic(slot: number): number {
    const index = this.#topicCount++;
    this.#topicIds[index] = slot;
    if (this.#topicTable.use(slot, index)) {
      this.topicNames.set(slot, this.#topicTable.name(slot));
    }
    return index;
  }

  #addClient(link: BatchLink): void {
    link.batchSerial = this.serial;
    link.batchIndex = this.links.length;
    this.links.push(link);
    this.clients.push(link.client);
  }
}
