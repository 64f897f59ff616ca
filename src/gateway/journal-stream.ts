// The journal for a command of the CLI, piece by piece as the core worker has time for it: ingest does not wait.

import { setTimeout as pause } from "node:timers/promises";

import { encodeHead } from "../control/journal.ts";
import { JOURNAL_PAUSE_MS } from "../core/limits.ts";
import type { CoreWorker } from "./core-worker.ts";

/** Parts of the stream `journal`, of what is there now. Rejects when the worker ends. */
export async function* streamJournal(
  worker: Pick<CoreWorker, "openJournal" | "readJournal">,
  sinceMs: number,
): AsyncGenerator<Uint8Array, void, void> {
  const head = await worker.openJournal(sinceMs);
  yield encodeHead(head);
  if (head === undefined) return;
  let at = head.fromSequence - 1;
  while (at < head.lastSequence) {
    const { rows, throughSequence } = await worker.readJournal(at, head.lastSequence);
    // What is left has been trimmed meanwhile.
    if (throughSequence === undefined) return;
    yield rows;
    at = throughSequence;
    await pause(JOURNAL_PAUSE_MS);
  }
}
