// Link: what both kinds of MQTT connection have in common, the device that connects to us and the broker we connect
// to. It offers every PUBLISH to the batcher, hands all other packets to its owner, and decides when the socket is
// read.
//
// - Not read: while its PUBLISH finds no room in a batch (beyond a look-ahead), while the byte budget is strained, while
//   the peer does not take our answers, and from `stop` on.
// - At most `receiveMaximum` QoS 1 messages are without PUBACK. An MQTT 5.0 device that sends more breaks the protocol;
//   everybody else is not read until there is room.
// - `close` is final: a new connection is a new link, so acknowledgements cannot go astray.

import type { Clock } from "../core/clock.ts";
import { assert } from "../core/errors.ts";
import type { BatchClient } from "../core/message-batch.ts";
import type { Batcher } from "./batcher.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { type FrameSink, FrameSplitter } from "./frame-splitter.ts";
import { ADDED, BAD_TOPIC, type BatchLink } from "./open-batch.ts";
import { PINGRESP } from "./packets.ts";
import type { PublishFrame } from "./publish-frame.ts";
import { type Fault, RECEIVE_MAXIMUM_EXCEEDED, TOPIC_NAME_INVALID } from "./reason-codes.ts";
import type { SourceStats } from "./stats.ts";

/** The connection a link belongs to. */
export interface LinkOwner {
  /** A whole packet that is neither PUBLISH nor a device's PINGREQ; `body` is valid during the call only. */
  onPacket(header: number, body: Buffer): void;
  /** The peer broke the protocol or a bound: close the link now. */
  onFault(fault: Fault): void;
  /** A batch with messages of this link is lost: close the link, so that they are sent again. */
  onBatchLost(): void;
  send(packets: Uint8Array): void;
  setReading(reading: boolean): void;
}

export interface LinkOptions {
  readonly owner: LinkOwner;
  /** `device`: the peer is a client of ours. `broker`: we are a client of the peer. */
  readonly peer: "device" | "broker";
  readonly batcher: Batcher;
  readonly budget: ByteBudget;
  readonly clock: Clock;
  readonly stats: SourceStats;
  readonly packetBytes: number;
}

/** What both sides agreed on at the connect. */
export interface LinkTerms {
  readonly version: 4 | 5;
  readonly receiveMaximum: number;
}

// Why nothing is taken now.
const NO_ROOM = 1;
const AT_RECEIVE_MAXIMUM = 2;
const HELD = 4;

// Why the socket is not read.
const CONGESTED = 1;
const STRAINED = 2;
const UNREAD_ANSWERS = 4;
const STOPPED = 8;

const NOT_A_TOPIC: Fault = { reasonCode: TOPIC_NAME_INVALID, text: "not a topic name" };
const TOO_MANY: Fault = { reasonCode: RECEIVE_MAXIMUM_EXCEEDED, text: "Receive Maximum exceeded" };

/** See the header. */
export class Link implements BatchLink, FrameSink {
  open = true;
  unacknowledged = 0;
  batchSerial = 0;
  batchIndex = 0;
  receiveMaximum = 0;
  readonly stats: SourceStats;
  readonly #options: LinkOptions;
  readonly #splitter: FrameSplitter;
  #client: BatchClient | undefined;
  #version: 4 | 5 = 4;
  #blocked = 0;
  #paused = 0;
  /** PINGREQs not yet answered: those of one read together, those before the CONNACK after it. */
  #owedPings = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.stats = options.stats;
    this.#splitter = new FrameSplitter({
      sink: this,
      budget: options.budget,
      packetBytes: options.packetBytes,
      answersPings: options.peer === "device",
    });
  }

  /** Who sends; set by `accept`. */
  get client(): BatchClient {
    assert(this.#client !== undefined, "a message on a link without a client");
    return this.#client;
  }

  /** True while the socket is not read for a reason of ours: the peer's silence then means nothing. */
  get paused(): boolean {
    return this.#paused !== 0;
  }

  /** From here on PUBLISH packets are welcome. */
  accept(client: BatchClient, terms: LinkTerms): void {
    this.#client = client;
    this.#version = terms.version;
    this.#splitter.frame.hasProperties = terms.version === 5;
    this.#splitter.takesPublish = true;
    this.receiveMaximum = terms.receiveMaximum;
  }

  /** Takes bytes[0, end) as they came from the socket; the buffer may be reused afterwards. */
  receive(bytes: Buffer, end: number): void {
    this.stats.receivedBytes += end;
    this.#splitter.frame.receivedMs = this.#options.clock.monotonicMs();
    this.#splitter.push(bytes, end);
    this.#answerPings();
    this.#setPaused(CONGESTED, this.#splitter.congested);
  }

  /** Takes nothing from here on, until `release`; what comes meanwhile is kept. */
  hold(): void {
    this.#block(HELD);
  }

  release(): void {
    this.#unblock(HELD);
    this.#answerPings();
  }

  /** Stops reading for good; what was read already is still offered. */
  stop(): void {
    this.#setPaused(STOPPED, true);
  }

  /** The peer does not take our answers, or takes them again. */
  setUnread(unread: boolean): void {
    this.#setPaused(UNREAD_ANSWERS, unread);
  }

  /** The byte budget is strained or no longer so; whoever completes a large frame goes on. */
  setStrained(strained: boolean): void {
    this.#setPaused(STRAINED, strained && !this.#options.budget.holds(this.#splitter));
  }

  /** The network connection is gone or being closed. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.#splitter.close();
    this.#options.batcher.unlink(this);
  }

  // BatchLink

  writePubacks(packets: Buffer): void {
    this.#options.owner.send(packets);
  }

  acknowledged(): void {
    if (this.unacknowledged < this.receiveMaximum) this.#unblock(AT_RECEIVE_MAXIMUM);
  }

  roomAgain(): void {
    this.#unblock(NO_ROOM);
  }

  batchLost(): void {
    this.#options.owner.onBatchLost();
  }

  // FrameSink

  onPublish(frame: PublishFrame): boolean {
    const { packetId } = frame;
    if (packetId !== 0 && this.unacknowledged >= this.receiveMaximum) {
      const wasTold = this.#options.peer === "device" && this.#version === 5;
      return wasTold ? this.#refuse(TOO_MANY) : this.#block(AT_RECEIVE_MAXIMUM);
    }
    const truncated = frame.payloadLength > frame.payloadEnd - frame.payloadStart;
    const added = this.#options.batcher.offer(this, frame);
    if (added === BAD_TOPIC) return this.#refuse(NOT_A_TOPIC);
    if (added !== ADDED) return this.#block(NO_ROOM);
    if (packetId === 0) this.stats.receivedQos0++;
    else this.stats.receivedQos1++;
    if (truncated) this.stats.oversize++;
    return true;
  }

  onPacket(header: number, body: Buffer): void {
    this.#options.owner.onPacket(header, body);
  }

  onPing(): void {
    this.#owedPings++;
  }

  onFault(fault: Fault): void {
    this.#options.owner.onFault(fault);
  }

  onGranted(): void {
    this.#setPaused(STRAINED | CONGESTED, false);
  }

  #refuse(fault: Fault): boolean {
    this.#options.owner.onFault(fault);
    return false;
  }

  #block(reason: number): boolean {
    this.#blocked |= reason;
    this.#splitter.stopped = true;
    return false;
  }

  #unblock(reason: number): void {
    if ((this.#blocked & reason) === 0) return;
    this.#blocked &= ~reason;
    if (this.#blocked !== 0 || !this.open) return;
    this.#splitter.frame.receivedMs = this.#options.clock.monotonicMs();
    this.#splitter.goOn();
    this.#answerPings();
    this.#setPaused(CONGESTED, this.#splitter.congested);
  }

  #answerPings(): void {
    const count = this.#owedPings;
    if (count === 0 || !this.open || (this.#blocked & HELD) !== 0) return;
    this.#owedPings = 0;
    this.#options.owner.send(count === 1 ? PINGRESP : Buffer.alloc(count * 2, PINGRESP));
  }

  #setPaused(reason: number, on: boolean): void {
    const was = this.#paused;
    this.#paused = on ? was | reason : was & ~reason;
    if ((was === 0) === (this.#paused === 0) || !this.open) return;
    if (was === 0) this.stats.pauses++;
    this.#options.owner.setReading(this.#paused === 0);
  }
}
