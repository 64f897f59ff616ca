// The PUBACKs of a committed batch, one buffer per link, packet ids in arrival order.
//
//   0x40 │ 2 │ packet id u16     reason code Success is left out in MQTT 5.0, so both versions have the same form
// @see MQTT 5.0 §3.4

import type { BatchLink, OpenBatch } from "./open-batch.ts";

/** What one link gets; `packets` undefined when it has closed since. */
export interface LinkPubacks {
  readonly link: BatchLink;
  readonly count: number;
  readonly packets: Buffer | undefined;
}

const PUBACK_BYTES = 4;

/** Links without a QoS 1 message in `batch` are left out. */
export function pubacks(batch: OpenBatch): LinkPubacks[] {
  const { acks } = batch.buffers;
  const counts = new Uint16Array(batch.links.length);
  for (let i = 0; i < batch.ackCount; i++) counts[acks[i]! >>> 16]!++;
  const packets = batch.links.map((link, index) =>
    link.open ? Buffer.allocUnsafe(counts[index]! * PUBACK_BYTES) : undefined,
  );
  const ends = new Uint32Array(batch.links.length);
  for (let i = 0; i < batch.ackCount; i++) {
    const ack = acks[i]!;
    const index = ack >>> 16;
    const buffer = packets[index];
    if (buffer === undefined) continue;
    const at = ends[index]!;
    buffer[at] = 0x40;
    buffer[at + 1] = 2;
    buffer[at + 2] = (ack >>> 8) & 0xff;
    buffer[at + 3] = ack & 0xff;
    ends[index] = at + PUBACK_BYTES;
  }
  return batch.links.flatMap((link, index) => {
    const count = counts[index]!;
    return count === 0 ? [] : [{ link, count, packets: packets[index] }];
  });
}
