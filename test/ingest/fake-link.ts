// A connection without a network, for tests of the batcher.

import assert from "node:assert/strict";

import { QOS_SHIFT } from "../../src/core/message-batch.ts";
import { ADDED, type BatchLink } from "../../src/ingest/open-batch.ts";
import { PublishFrame } from "../../src/ingest/publish-frame.ts";
import { newSourceStats, type SourceStats } from "../../src/ingest/stats.ts";
import type { IngestRig } from "./support.ts";

/** Offers messages, and writes down what it is told. */
export class FakeLink implements BatchLink {
  readonly client: { source: string; clientId: string; session: number };
  receiveMaximum = 1000;
  readonly stats: SourceStats = newSourceStats();
  open = true;
  unacknowledged = 0;
  batchSerial = 0;
  batchIndex = 0;
  /** Packet ids by socket write. */
  readonly writes: number[][] = [];
  acknowledgedCalls = 0;
  roomAgainCalls = 0;
  lost = 0;
  readonly #rig: IngestRig;
  #packetId = 0;

  constructor(rig: IngestRig, clientId = "a") {
    this.#rig = rig;
    this.client = { source: "direct", clientId, session: 1 };
  }

  offer(topic: string, payload: string | Buffer, qos: 0 | 1 = 1): number {
    const frame = new PublishFrame();
    const body = Buffer.from(payload);
    frame.bytes = Buffer.concat([Buffer.from(topic), body]);
    frame.topicEnd = frame.bytes.length - body.length;
    frame.payloadStart = frame.topicEnd;
    frame.payloadEnd = frame.bytes.length;
    frame.payloadLength = body.length;
    frame.flags = qos << QOS_SHIFT;
    if (qos === 1) frame.packetId = ++this.#packetId;
    frame.receivedMs = this.#rig.time.monotonicMs();
    const added = this.#rig.batcher.offer(this, frame);
    if (added !== ADDED && qos === 1) this.#packetId--;
    return added;
  }

  writePubacks(packets: Buffer): void {
    const ids: number[] = [];
    for (let at = 0; at < packets.length; at += 4) {
      assert.deepEqual([packets[at], packets[at + 1]], [0x40, 2]);
      ids.push(packets.readUInt16BE(at + 2));
    }
    this.writes.push(ids);
  }

  acknowledged(): void {
    this.acknowledgedCalls++;
  }

  roomAgain(): void {
    this.roomAgainCalls++;
  }

  batchLost(): void {
    this.lost++;
    this.close();
  }

  close(): void {
    this.open = false;
    this.#rig.batcher.unlink(this);
  }
}
