// One PUBLISH as the splitter found it: offsets into the bytes that were read. There is one mutable frame per
// connection, overwritten by the next PUBLISH, so that a message costs no object.
//
//   topic length u16 │ topic │ packet id u16 (QoS > 0) │ property length varint, properties (MQTT 5.0) │ payload
//
// Properties are skipped by their length, unread: user properties, expiry and content type mean nothing to a gateway
// that takes every message at once. Topic aliases are not offered (Topic Alias Maximum 0): an empty topic is an error.
// @see MQTT 3.1.1 §3.3, MQTT 5.0 §3.3

import { DUP_BIT, QOS_SHIFT, RETAIN_BIT } from "../core/message-batch.ts";
import {
  type Fault,
  MALFORMED_PACKET,
  PROTOCOL_ERROR,
  QOS_NOT_SUPPORTED,
  TOPIC_ALIAS_INVALID,
} from "./reason-codes.ts";

const MALFORMED: Fault = { reasonCode: MALFORMED_PACKET, text: "malformed PUBLISH" };
const NO_PACKET_ID: Fault = { reasonCode: PROTOCOL_ERROR, text: "PUBLISH with packet id 0" };
const DUP_QOS_0: Fault = { reasonCode: MALFORMED_PACKET, text: "PUBLISH of QoS 0 with DUP" };
const QOS_2: Fault = { reasonCode: QOS_NOT_SUPPORTED, text: "PUBLISH of QoS 2" };
const NO_TOPIC: Fault = { reasonCode: TOPIC_ALIAS_INVALID, text: "PUBLISH without a topic" };

const NO_BYTES = Buffer.alloc(0);

/** See the header. */
export class PublishFrame {
  /** What was read; the offsets below point into it. Valid until the splitter returns. */
  bytes: Buffer = NO_BYTES;
  topicStart = 0;
  topicEnd = 0;
  payloadStart = 0;
  payloadEnd = 0;
  /** 0 for QoS 0. */
  packetId = 0;
  /** The upper bits of words[1] of core/message-batch.ts: QoS, RETAIN, DUP, TRUNCATED. */
  flags = 0;
  /** As sent; more than payloadEnd - payloadStart when truncated. */
  payloadLength = 0;
  /** Monotonic clock at the read. */
  receivedMs = 0;
  /** MQTT 5.0: there are properties. */
  hasProperties = false;

  /**
   * Reads the frame whose body is bytes[start, end). `payloadStart` may come to lie beyond `end`: in a whole frame
   * that is malformed, in the first part of a long one it is not.
   */
  read(header: number, start: number, end: number): Fault | undefined {
    const { bytes } = this;
    const qos = (header >> 1) & 3;
    if (qos >= 2) return qos === 2 ? QOS_2 : MALFORMED;
    if (end - start < 2) return MALFORMED;
    this.topicStart = start + 2;
    let at = this.topicStart + ((bytes[start]! << 8) | bytes[start + 1]!);
    if (at + (qos << 1) > end) return MALFORMED;
    this.topicEnd = at;
    if (at === this.topicStart) return NO_TOPIC;
    if (qos === 1) {
      this.packetId = (bytes[at]! << 8) | bytes[at + 1]!;
      if (this.packetId === 0) return NO_PACKET_ID;
      at += 2;
    } else {
      if ((header & 0x08) !== 0) return DUP_QOS_0;
      this.packetId = 0;
    }
    this.flags = qos << QOS_SHIFT;
    if ((header & 0x01) !== 0) this.flags |= RETAIN_BIT;
    if ((header & 0x08) !== 0) this.flags |= DUP_BIT;
    this.payloadStart = this.hasProperties ? afterProperties(bytes, at, end) : at;
    this.payloadEnd = end;
    this.payloadLength = end - this.payloadStart;
    return this.payloadStart < 0 ? MALFORMED : undefined;
  }
}

/** Where the payload begins, or -1. */
function afterProperties(bytes: Buffer, start: number, end: number): number {
  let length = 0;
  for (let i = 0; i < 4; i++) {
    const at = start + i;
    if (at >= end) return -1;
    const byte = bytes[at]!;
    length |= (byte & 127) << (7 * i);
    if (byte < 128) return at + 1 + length;
  }
  return -1;
}
