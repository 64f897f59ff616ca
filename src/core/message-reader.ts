// Reads message batches without an object per message: decode goes over `words` and `bytes` itself, late rows and
// dead letters ask by message index. One reader serves live batches and journal replay. It keeps the topic names
// between batches, since a live batch names a topic only with the first use of its number; a name that comes
// with a number replaces what stood there, so journal batches (which name every topic) and a restarted sender fit in.

import { assert } from "./errors.ts";
import {
  DUP_BIT,
  QOS_SHIFT,
  RETAIN_BIT,
  STRIDE,
  TOPIC_MASK,
  TRUNCATED_BIT,
} from "./message-batch.ts";
import type { BatchClient, MessageBatch } from "./message-batch.ts";
import type { MessageSource } from "./row-batch.ts";

/** The batch that was loaded last. Everything is overwritten by the next `load`. */
export class MessageReader implements MessageSource {
  count = 0;
  receiveTimeBaseMs = 0;
  engineTimeBaseMs = 0;
  /** Whether the clock is that gives receive times; the journal says so between batches. */
  clockTrusted = true;
  /** The payloads, one after another. */
  bytes: Buffer = Buffer.alloc(0);
  words: Uint32Array = new Uint32Array(0);
  /** By the batch's topic index: the sender's number and the name. */
  readonly topicIds: number[] = [];
  readonly topicNames: string[] = [];
  clients: readonly BatchClient[] = [];
  truncated: ReadonlyMap<number, number> = new Map();
  /** By the sender's number. */
  readonly #names: string[] = [];

  load(batch: MessageBatch): void {
    this.count = batch.count;
    this.receiveTimeBaseMs = batch.receiveTimeMs;
    this.engineTimeBaseMs = batch.engineTimeMs;
    this.bytes = Buffer.from(batch.bytes, 0, batch.byteLength);
    this.words = new Uint32Array(batch.words, 0, batch.count * STRIDE);
    this.clients = batch.clients;
    this.truncated = batch.truncated;
    this.topicIds.length = 0;
    this.topicNames.length = 0;
    for (const [id, name] of batch.topicNames) this.#names[id] = name;
    for (const id of batch.topicIds) {
      const known = this.#names[id];
      assert(known !== undefined, `topic number ${id} came without its name`);
      this.topicIds.push(id);
      this.topicNames.push(known);
    }
  }

  /** Payload bytes are [start, end) of `bytes`. */
  start(message: number): number {
    return message === 0 ? 0 : (this.words[(message - 1) * STRIDE] as number);
  }

  end(message: number): number {
    return this.words[message * STRIDE] as number;
  }

  topicIndex(message: number): number {
    return (this.words[message * STRIDE + 1] as number) & TOPIC_MASK;
  }

  topic(message: number): string {
    return this.topicNames[this.topicIndex(message)] as string;
  }

  receiveTimeMs(message: number): number {
    return this.receiveTimeBaseMs + (this.words[message * STRIDE + 2] as number);
  }

  engineTimeMs(message: number): number {
    return this.engineTimeBaseMs + (this.words[message * STRIDE + 2] as number);
  }

  payload(message: number): Uint8Array {
    return Uint8Array.from(this.bytes.subarray(this.start(message), this.end(message)));
  }

  client(message: number): BatchClient {
    return this.clients[(this.words[message * STRIDE + 3] as number) >>> 16] as BatchClient;
  }

  /** 0 for QoS 0. */
  packetId(message: number): number {
    return (this.words[message * STRIDE + 3] as number) & 0xffff;
  }

  qos(message: number): number {
    return ((this.words[message * STRIDE + 1] as number) >>> QOS_SHIFT) & 3;
  }

  retain(message: number): boolean {
    return ((this.words[message * STRIDE + 1] as number) & RETAIN_BIT) !== 0;
  }

  dup(message: number): boolean {
    return ((this.words[message * STRIDE + 1] as number) & DUP_BIT) !== 0;
  }

  isTruncated(message: number): boolean {
    return ((this.words[message * STRIDE + 1] as number) & TRUNCATED_BIT) !== 0;
  }
}
