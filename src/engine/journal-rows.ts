// The journal for a reader in another process: its rows as they are stored, so that the core worker neither unpacks nor
// decodes what the reader can.

import { deserialize, serialize } from "node:v8";

import { systemClock } from "../core/clock.ts";
import { JOURNAL_READ_BYTES, JOURNAL_READ_MS } from "../core/limits.ts";
import type { JournalHead, ToMain, ToWorker } from "../core/protocol.ts";
import type { JournalReader, JournalRow } from "../store/journal-reader.ts";
import { encodeConfigEntry } from "./config-entry.ts";
import type { Engine } from "./engine.ts";

/** Undefined: nothing has been written since `sinceMs` (wall clock). */
export function journalHead(
  reader: JournalReader,
  sinceMs: number,
  known: Pick<JournalHead, "inForce" | "schemas">,
): JournalHead | undefined {
  const { range } = reader;
  const from = range === undefined ? undefined : reader.from(reader.firstSince(sinceMs));
  if (range === undefined || from === undefined) return undefined;
  return {
    firstSequence: range.first,
    fromSequence: from.sequence,
    fromTimeMs: from.timeMs,
    lastSequence: range.last,
    bytes: from.bytes,
    ...known,
  };
}

/** What the core worker answers to a command of the CLI. */
export function answerJournal(
  { state, store }: Engine,
  message: Extract<ToWorker, { kind: "journal-open" | "journal-read" }>,
): ToMain {
  const { id } = message;
  if (message.kind === "journal-open") {
    const { schemas } = state.pipeline;
    const known = { inForce: encodeConfigEntry(state.inForce), schemas };
    const head = store.readRows((rows) => journalHead(rows, message.sinceMs, known));
    return { kind: "journal-head", id, head };
  }
  const { afterSequence, throughSequence } = message;
  const rows = store.readRows((reader) => betweenBatches(reader, afterSequence, throughSequence));
  const last = rows.at(-1);
  return {
    kind: "journal-rows",
    id,
    rows: serialize(rows),
    throughSequence: last === undefined ? undefined : Number(last["sequence"]),
  };
}

/** As many rows as may be read between two batches. */
function betweenBatches(reader: JournalReader, after: number, through: number): JournalRow[] {
  const untilMs = systemClock.monotonicMs() + JOURNAL_READ_MS;
  const isOver = (): boolean => systemClock.monotonicMs() >= untilMs;
  return reader.rows(after, { through, maxBytes: JOURNAL_READ_BYTES, isOver });
}

/** Rows as `answerJournal` packs them. */
export function unpackRows(bytes: Uint8Array): readonly JournalRow[] {
  return deserialize(bytes) as JournalRow[];
}
