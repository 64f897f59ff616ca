// Rows of the outbox, read back by the engine.

import type { SequenceRun, StoppedRow, ToldPlace } from "../core/forwarded.ts";
import { OutboxRows } from "../core/outbox-rows.ts";
import type { Lane, OutboxChunk } from "../core/protocol.ts";
import type { Store } from "../store/store.ts";

/** At a time. */
const READ_BOUNDS = { maxRows: 5000, maxBytes: 4 * 1024 * 1024 };

/** From the one that holds the row after `sequence`, or the first that is not confirmed. */
export function* storedChunks(
  store: Store,
  lane: Lane,
  sequence: number,
): Generator<OutboxChunk, void, void> {
  let after = Math.max(sequence, store.laneState(lane).confirmedSequence);
  for (;;) {
    const chunks = store.readOutbox(lane, after, READ_BOUNDS);
    if (chunks.length === 0) return;
    yield* chunks;
    const last = chunks.at(-1);
    if (last !== undefined) after = last.firstSequence + last.rows - 1;
  }
}

/** Those of the run that are still there, in order. */
export function* storedRows(
  store: Store,
  lane: Lane,
  [first, last]: SequenceRun,
): Generator<StoppedRow, void, void> {
  if (first > last) return;
  for (const { firstSequence, bytes } of storedChunks(store, lane, first - 1)) {
    if (firstSequence > last) return;
    const rows = new OutboxRows(bytes);
    const end = Math.min(rows.rows, last - firstSequence + 1);
    for (let row = Math.max(0, first - firstSequence); row < end; row++) {
      const [rule, topic, timeMs] = [rows.rule(row), rows.topic(row), rows.timeMs(row)];
      const value = Uint8Array.from(rows.value(row));
      yield { lane, sequence: firstSequence + row, rule, topic, timeMs, value };
    }
  }
}

/** The sequences of `lane` that an incarnation has; first > last: none. */
export function runOf(store: Store, lane: Lane, incarnation: string): SequenceRun {
  const { all } = store.incarnations;
  const index = all.findIndex(({ hex }) => hex === incarnation);
  const start = all[index]?.starts[lane] ?? Infinity;
  const last = all[index + 1]?.starts[lane] ?? store.laneState(lane).lastSequence;
  return [start + 1, last];
}

/** Where lane `result` ends. */
export function endOfResults(store: Store): ToldPlace {
  const { lastSequence: sequence } = store.laneState("result");
  const holder = store.incarnations.all.findLast(({ starts }) => starts.result < sequence);
  return { incarnation: holder?.hex ?? "", sequence };
}
