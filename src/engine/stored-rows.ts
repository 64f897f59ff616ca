// Rows of the outbox, read back by the engine.

import type { RowPlace, ToldPlace } from "../core/forwarded.ts";
import { OutboxRows } from "../core/outbox-rows.ts";
import type { Lane } from "../core/protocol.ts";
import type { Store } from "../store/store.ts";

/** At a time. */
const READ_BOUNDS = { maxRows: 5000, maxBytes: 4 * 1024 * 1024 };

/** Those after `sequence` that are not confirmed, in order. */
export function* storedRows(
  store: Store,
  lane: Lane,
  sequence: number,
): Generator<RowPlace, void, void> {
  let after = Math.max(sequence, store.laneState(lane).confirmedSequence);
  for (;;) {
    const chunks = store.readOutbox(lane, after, READ_BOUNDS);
    if (chunks.length === 0) return;
    for (const { incarnation, firstSequence, bytes } of chunks) {
      const rows = new OutboxRows(bytes);
      for (let row = Math.max(0, after + 1 - firstSequence); row < rows.rows; row++) {
        yield { lane, incarnation, sequence: firstSequence + row, rows, row };
      }
      after = firstSequence + rows.rows - 1;
    }
  }
}

/** Where lane `result` ends. */
export function endOfResults(store: Store): ToldPlace {
  const { lastSequence: sequence } = store.laneState("result");
  const holder = store.incarnations.all.findLast(({ starts }) => starts.result < sequence);
  return { incarnation: holder?.hex ?? "", sequence };
}
