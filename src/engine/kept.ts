// What the engine keeps in the store about itself and Kafka, as it can be read without an engine.

import type { ForwardedMark } from "../core/forwarded.ts";
import { RIVAL_INCARNATIONS } from "../core/limits.ts";
import { LANES } from "../core/protocol.ts";
import type { Lane, LaneState } from "../core/protocol.ts";
import type { Store } from "../store/store.ts";
import { findRollback } from "./rollback.ts";
import type { FoundRollback, RollbackRecord } from "./rollback.ts";

/** Keys of the store's meta table. */
export const DIRECTORY_ID = "data-directory-id";
export const ROLLBACK = "rollback";
export const RIVALS = "rival-incarnations";
export const TOPICS = "kafka-topics";

/** The lanes, as the uplink is told of them. */
export function laneStates(store: Store): LaneState[] {
  return LANES.map((lane) => {
    const { rows, bytes, lastSequence } = store.laneState(lane);
    return { lane, rows, bytes, lastSequence };
  });
}

/** Empty before the first start. */
export function dataDirectoryId(store: Store): string {
  return store.meta.get(DIRECTORY_ID) ?? "";
}

/** Partition counts of Kafka topics, as they were noted last. */
export function notedTopics(store: Store): Readonly<Record<string, number>> {
  return JSON.parse(store.meta.get(TOPICS) ?? "{}") as Record<string, number>;
}

/** The rollback that was found last, over or not. */
export function keptRollback(store: Store): RollbackRecord | undefined {
  const record = store.meta.get(ROLLBACK);
  return record === undefined ? undefined : (JSON.parse(record) as RollbackRecord);
}

/** Incarnations of other live copies. */
export function keptRivals(store: Store): readonly string[] {
  return JSON.parse(store.meta.get(RIVALS) ?? "[]") as string[];
}

/** With those that `marks` show; an incarnation is one process's: once a rival's, always. */
export function withRivals(rivals: readonly string[], marks: readonly ForwardedMark[]): string[] {
  const found = marks.filter((mark) => mark.isRival).map(({ incarnation }) => incarnation);
  return [...new Set([...rivals, ...found])].slice(-RIVAL_INCARNATIONS);
}

export interface Known {
  readonly rivals: readonly string[];
  readonly record: RollbackRecord | undefined;
}

/** What Kafka has and this disk has never held, if anything new. `marks` in the order in which they were written. */
export function compareWithKafka(
  store: Store,
  marks: readonly ForwardedMark[],
  { rivals, record }: Known,
): FoundRollback | undefined {
  const { incarnations } = store;
  const disk = {
    incarnations: incarnations.all,
    afterMs: incarnations.afterMs,
    lastSequence: (lane: Lane) => store.laneState(lane).lastSequence,
  };
  const strangers = new Set(rivals);
  const own = marks.filter(({ incarnation }) => !strangers.has(incarnation));
  return findRollback(own, disk, record);
}
