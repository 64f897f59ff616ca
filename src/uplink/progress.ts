// What the progress topic holds: per gateway, incarnation and lane, how far the rows have reached Kafka. Written in
// the transaction that carries the rows, so it is true exactly when they are there.
//
//   key    gateway/incarnation/lane            partition = murmur2(gateway) mod count
//   value  {"lastSeq": 17, "frontiers": {rule: epoch ms}, "alarms": {rule: {"occurrence", "raised": [[series, occurrence, epoch ms]]}},
//           "passedOver": {runs: [[first, last]], told: {incarnation, sequence}}, "owner": {hwSerial, dataDirId, bootId, time}}
//
// `frontiers` and `alarms` (lane-progress.ts) are for a restored disk image, which has to find out what its rules had
// put out before; so is `passedOver` (passed-over.ts), absent as a rule.

import type { AlarmsByRule, ForwardedMark, PassedOver } from "../core/forwarded.ts";
import type { RuleTimes } from "../core/outbox-rows.ts";
import type { Lane } from "../core/protocol.ts";
import type { RecordBytes } from "./record-batch.ts";

/** Which process forwards for a gateway id. Two of them at once are a cloned card. */
export interface UplinkOwner {
  /** The machine's serial number. */
  readonly hwSerial: string;
  /** Made once per data directory; a copied directory has the same. */
  readonly dataDirId: string;
  /** Made anew by every process. */
  readonly bootId: string;
}

export interface ProgressValue {
  readonly lastSeq: number;
  readonly frontiers: RuleTimes;
  readonly alarms: AlarmsByRule;
  readonly passedOver?: PassedOver | undefined;
  /** `time`: wall clock, epoch milliseconds. */
  readonly owner: UplinkOwner & { readonly time: number };
}

/** A committed progress record. */
export interface ProgressRecord extends ProgressValue {
  readonly incarnation: string;
  readonly lane: Lane;
  /** Its offset in the progress partition: the newest record has the highest. */
  readonly offset: number;
}

/** Committed progress of one gateway, newest per incarnation and lane. */
export class Progress {
  readonly #records = new Map<string, ProgressRecord>();
  /** The record with the highest offset, tombstones aside. */
  newest: ProgressRecord | undefined;

  set(record: ProgressRecord): void {
    this.#records.set(progressId(record.incarnation, record.lane), record);
    if (this.newest === undefined || record.offset > this.newest.offset) this.newest = record;
  }

  delete(incarnation: string, lane: string): void {
    this.#records.delete(progressId(incarnation, lane));
  }

  get(incarnation: string, lane: Lane): ProgressRecord | undefined {
    return this.#records.get(progressId(incarnation, lane));
  }

  /** The last sequence number that has reached Kafka; 0 for none. */
  lastSequence(incarnation: string, lane: Lane): number {
    return this.get(incarnation, lane)?.lastSeq ?? 0;
  }

  values(): IterableIterator<ProgressRecord> {
    return this.#records.values();
  }

  /** The newest record of a lane, of whatever incarnation. */
  newestOf(lane: Lane): ProgressRecord | undefined {
    return this.#inOrder().findLast((record) => record.lane === lane);
  }

  /** All of it, for the engine, in the order in which it was written. */
  marks(isRival: (record: ProgressRecord) => boolean): ForwardedMark[] {
    return this.#inOrder().map((record) => {
      const { incarnation, lane, lastSeq: lastSequence, owner } = record;
      const { frontiers, alarms, passedOver } = record;
      const mark = { incarnation, lane, lastSequence, frontiers, alarms, passedOver };
      return { ...mark, timeMs: owner.time, isRival: isRival(record) };
    });
  }

  #inOrder(): ProgressRecord[] {
    return [...this.#records.values()].sort((a, b) => a.offset - b.offset);
  }
}

/** `incarnation/lane`: names a run of sequence numbers within a gateway. */
export function progressId(incarnation: string, lane: string): string {
  return `${incarnation}/${lane}`;
}

/** Incarnation and lane of a progress key that belongs to `gatewayId`, else undefined. */
export function parseProgressKey(
  gatewayId: string,
  key: string,
): { incarnation: string; lane: Lane } | undefined {
  const rest = key.startsWith(`${gatewayId}/`) ? key.slice(gatewayId.length + 1) : "";
  const match = /^([0-9a-f]{16})\/([a-z]+)$/.exec(rest);
  return match === null ? undefined : { incarnation: match[1]!, lane: match[2]! as Lane };
}

/** Key and value as a record to append; without a value what stands under the key is deleted. */
export function keyValue(key: string, value: string | null): RecordBytes {
  const bytes = Buffer.from(key + (value ?? ""));
  const keyEnd = Buffer.byteLength(key);
  const hasValue = value !== null;
  return { bytes, hasKey: true, hasValue, keyStart: 0, keyEnd, valueEnd: bytes.length };
}
