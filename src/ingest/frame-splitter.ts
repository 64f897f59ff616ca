// FrameSplitter: cuts a byte stream into MQTT packets without copying what is whole and without an object per PUBLISH.
//
//   push ─▶ whole packets are taken where they lie ─▶ the beginning of a packet is kept until the rest has come
//
// - Lengths are checked before anything is allocated for them. A PUBLISH above `packetBytes` is read through: only its
//   topic and first bytes are kept, and it is taken when its last byte has come. Above REFUSED_PACKET_BYTES, and for
//   any other packet above CONTROL_PACKET_BYTES, the header alone is a fault.
// - While it may not go on (`stopped`, or no budget for a frame) everything unread is kept in order. PINGREQs among it
//   are answered ahead: a device that waits for its PUBACKs must not take us for dead.
// - After a fault the sink calls `close`; nothing is taken from then on.
// @see MQTT 5.0 §2.1

import {
  CONTROL_PACKET_BYTES,
  LOOK_AHEAD_BYTES,
  REFUSED_PACKET_BYTES,
  TRUNCATED_PAYLOAD_BYTES,
} from "../core/limits.ts";
import { TRUNCATED_BIT } from "../core/message-batch.ts";
import type { BudgetHolder, ByteBudget } from "./byte-budget.ts";
import { KeptBytes } from "./kept-bytes.ts";
import { PINGREQ } from "./packets.ts";
import { PublishFrame } from "./publish-frame.ts";
import { INCOMPLETE, lengthBytes, OVERLONG, remainingLength } from "./remaining-length.ts";
import {
  type Fault,
  MALFORMED_PACKET,
  PACKET_TOO_LARGE,
  PROTOCOL_ERROR,
  QUOTA_EXCEEDED,
} from "./reason-codes.ts";

/** Takes what the splitter finds. */
export interface FrameSink {
  /** Takes the frame. False: not now (the sink has stopped the splitter) or never (it has closed it). */
  onPublish(frame: PublishFrame): boolean;
  /** A packet that is no PUBLISH; `body` is valid during the call only. */
  onPacket(header: number, body: Buffer): void;
  /** A PINGREQ, in time even when the splitter is stopped. */
  onPing(): void;
  /** The stream is broken: `close` the splitter now. */
  onFault(fault: Fault): void;
  /** There is room for the frame that was waited for: read on. */
  onGranted(): void;
}

export interface FrameSplitterOptions {
  readonly sink: FrameSink;
  readonly budget: ByteBudget;
  readonly packetBytes: number;
  /** Whether the peer may send PINGREQ. */
  readonly answersPings: boolean;
}

/** Header, topic, packet id, property length and payload head of a PUBLISH that is not kept whole. */
const LONG_PUBLISH_BYTES = 5 + 2 + 65_535 + 2 + 4 + TRUNCATED_PAYLOAD_BYTES;

const NOT_CONNECTED: Fault = { reasonCode: PROTOCOL_ERROR, text: "PUBLISH before CONNECT" };
const BAD_PUBLISH: Fault = { reasonCode: MALFORMED_PACKET, text: "malformed PUBLISH" };
const BAD_LENGTH: Fault = { reasonCode: MALFORMED_PACKET, text: "malformed packet length" };
const TOO_LARGE: Fault = { reasonCode: PACKET_TOO_LARGE, text: "packet too large" };
const OVERDUE: Fault = {
  reasonCode: QUOTA_EXCEEDED,
  text: "an incomplete packet held buffer space for too long",
};

/** See the header. */
export class FrameSplitter implements BudgetHolder {
  /** Set by the owner: nothing is taken until `goOn`. */
  stopped = false;
  /** Set by the owner once it knows the sender: before that the header of a PUBLISH is a fault. */
  takesPublish = false;
  readonly frame: PublishFrame = new PublishFrame();
  readonly #options: FrameSplitterOptions;
  readonly #sink: FrameSink;
  /** The beginning of a frame, or, while it may not go on, everything unread. */
  readonly #kept: KeptBytes;
  #open = true;
  #waitsForBudget = false;
  /** Of a PUBLISH that is not kept whole: its bytes at the start of `kept`, and those yet to be read through. */
  #longBytes = 0;
  #skip = 0;
  /** PINGREQs in `kept` that were answered ahead. */
  #answered = 0;

  constructor(options: FrameSplitterOptions) {
    this.#options = options;
    this.#sink = options.sink;
    this.#kept = new KeptBytes(options.budget, this);
  }

  /** True when so much waits that the socket should not be read. */
  get congested(): boolean {
    if (this.#waitsForBudget) return true;
    if (!this.stopped) return false;
    return this.#kept.length > LOOK_AHEAD_BYTES || this.#options.budget.strained;
  }

  /** Takes bytes[0, end) as they came from the socket; the buffer may be reused afterwards. */
  push(bytes: Buffer, end: number): void {
    this.#run(bytes, 0, end);
  }

  /** Not stopped any more: takes what was kept; what may not be taken even now is kept again. */
  goOn(): void {
    this.stopped = false;
    if (!this.#open || (this.#longBytes > 0 && this.#skip === 0 && !this.#takeLong())) return;
    if (this.#longBytes > 0 || this.#waitsForBudget) return;
    const { bytes, start, end } = this.#kept;
    this.#kept.clear();
    this.#run(bytes, start, end);
  }

  /** Final. */
  close(): void {
    this.#open = false;
    this.#kept.forget();
  }

  granted(bytes: number): void {
    this.#kept.granted(bytes);
    this.#waitsForBudget = false;
    this.#sink.onGranted();
  }

  overdue(): void {
    this.#sink.onFault(OVERDUE);
  }

  #run(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end && this.#open) {
      if (this.#skip > 0) at += this.#readThrough(end - at);
      else if (this.stopped || this.#waitsForBudget) {
        this.#keep(bytes, at, end);
        return;
      } else if (this.#kept.length > 0) at = this.#complete(bytes, at, end);
      else {
        const next = this.#frames(bytes, at, end);
        at = next > at || this.stopped ? next : this.#complete(bytes, at, end);
      }
    }
  }

  /** Takes whole frames where they lie; returns the end of the last one taken. */
  #frames(bytes: Buffer, start: number, end: number): number {
    const { packetBytes } = this.#options;
    this.frame.bytes = bytes;
    let at = start;
    while (end - at >= 2 && !this.stopped && this.#open) {
      const header = bytes[at]!;
      let remaining = bytes[at + 1]!;
      let body = at + 2;
      if (remaining >= 128) {
        remaining = this.#longLength(bytes, at + 1, end);
        if (remaining < 0) return at;
        body = at + 1 + lengthBytes(remaining);
      }
      const next = body + remaining;
      if ((header & 0xf0) === 0x30) {
        if (next - at > packetBytes) {
          if (end - at === this.#together(header, next - at)) this.#beginLong(header, body, next);
          return at;
        }
        if (next > end || !this.#publish(header, body, next)) return at;
      } else {
        if (next > end) return at;
        this.#packet(header, bytes.subarray(body, next));
      }
      at = next;
    }
    return at;
  }

  #publish(header: number, start: number, end: number): boolean {
    const { frame } = this;
    const fault = this.takesPublish ? frame.read(header, start, end) : NOT_CONNECTED;
    if (fault === undefined && frame.payloadStart <= end) return this.#sink.onPublish(frame);
    this.#sink.onFault(fault ?? BAD_PUBLISH);
    return false;
  }

  #packet(header: number, body: Buffer): void {
    const isPing = header === PINGREQ && body.length === 0 && this.#options.answersPings;
    if (!isPing) this.#sink.onPacket(header, body);
    else if (this.#answered > 0) this.#answered--;
    else this.#sink.onPing();
  }

  /** Adds to the frame whose beginning is kept (or lies at `start`) and takes it once it is there. */
  #complete(bytes: Buffer, start: number, end: number): number {
    const kept = this.#kept;
    let at = start;
    while (at < end && this.#open) {
      const need =
        kept.length > 0 ? this.#need(kept.bytes, kept.start, kept.end) : this.#need(bytes, at, end);
      if (need < 0) return at;
      if (!kept.reserve(need)) {
        this.#waitsForBudget = true;
        return at;
      }
      const upTo = Math.min(end, at + need - kept.length);
      kept.append(bytes, at, upTo);
      at = upTo;
      if (kept.length < need) return at;
      if (this.#frames(kept.bytes, kept.start, kept.end) === kept.end) kept.clear();
      if (kept.length === 0 || this.#longBytes > 0 || this.stopped) return at;
    }
    return at;
  }

  /** How many bytes of the frame at `start` must come together before more is known; -1: a fault. */
  #need(bytes: Buffer, start: number, end: number): number {
    if (end - start < 2) return 2;
    const remaining = this.#longLength(bytes, start + 1, end);
    if (remaining < 0) return this.#open ? end - start + 1 : -1;
    return this.#together(bytes[start]!, 1 + lengthBytes(remaining) + remaining);
  }

  /** The Remaining Length at `start`, or -1: not all there, or malformed (a fault). */
  #longLength(bytes: Buffer, start: number, end: number): number {
    const length = remainingLength(bytes, start, end);
    if (length === OVERLONG) this.#sink.onFault(BAD_LENGTH);
    return Math.max(length, INCOMPLETE);
  }

  /** How many bytes of a packet of `total` bytes are kept together; -1: it is too large (a fault). */
  #together(header: number, total: number): number {
    const isPublish = (header & 0xf0) === 0x30;
    if (isPublish && !this.takesPublish) {
      this.#sink.onFault(NOT_CONNECTED);
      return -1;
    }
    if (total <= (isPublish ? this.#options.packetBytes : CONTROL_PACKET_BYTES)) return total;
    if (isPublish && total <= REFUSED_PACKET_BYTES) return Math.min(total, LONG_PUBLISH_BYTES);
    this.#sink.onFault(TOO_LARGE);
    return -1;
  }

  /** The first part of a long PUBLISH is kept; the rest, up to `next`, is only counted. */
  #beginLong(header: number, body: number, next: number): void {
    const { frame } = this;
    const { end } = this.#kept;
    // Elsewhere than alone in `kept` it would not outlast the call; `#complete` brings it there.
    if (frame.bytes !== this.#kept.bytes) return;
    let fault = frame.read(header, body, end);
    if (frame.payloadStart > next) fault ??= BAD_PUBLISH;
    if (fault !== undefined) {
      this.#sink.onFault(fault);
      return;
    }
    frame.flags |= TRUNCATED_BIT;
    frame.payloadLength = next - frame.payloadStart;
    frame.payloadStart = Math.min(frame.payloadStart, end);
    frame.payloadEnd = Math.min(frame.payloadStart + TRUNCATED_PAYLOAD_BYTES, end);
    this.#longBytes = this.#kept.length;
    this.#skip = next - end;
    if (this.#skip === 0) this.#takeLong();
  }

  #readThrough(available: number): number {
    const bytes = Math.min(available, this.#skip);
    this.#skip -= bytes;
    if (this.#skip === 0) this.#takeLong();
    return bytes;
  }

  #takeLong(): boolean {
    if (!this.#sink.onPublish(this.frame)) return false;
    this.#kept.start += this.#longBytes;
    this.#longBytes = 0;
    if (this.#kept.length === 0) this.#kept.clear();
    return true;
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    this.#kept.queue(this.#kept.length + end - start);
    this.#kept.append(bytes, start, end);
    if (this.#options.answersPings) this.#answerAhead();
  }

  #answerAhead(): void {
    const { bytes, end } = this.#kept;
    let at = this.#kept.start + this.#longBytes;
    let pings = 0;
    while (end - at >= 2) {
      if (bytes[at] === PINGREQ && ++pings > this.#answered) {
        this.#answered++;
        this.#sink.onPing();
      }
      const remaining = this.#longLength(bytes, at + 1, end);
      if (remaining < 0) return;
      at += 1 + lengthBytes(remaining) + remaining;
    }
  }
}
