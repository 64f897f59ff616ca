// Where the journal comes from: from the gateway that runs on the data folder, or from its file when none runs.

import { existsSync, readdirSync } from "node:fs";
import { setPriority } from "node:os";

import { controlStream, isAbsent } from "../../control/client.ts";
import { decodeHead } from "../../control/journal.ts";
import { JOURNAL_FILE_BYTES } from "../../core/limits.ts";
import type { JournalHead } from "../../core/protocol.ts";
import { journalHead, unpackRows } from "../../engine/journal-rows.ts";
import { newestKnown } from "../../engine/journal-in-force.ts";
import { lookAtJournal } from "../../store/journal-file.ts";
import type { JournalRow } from "../../store/journal-reader.ts";

export interface JournalSource {
  /** Undefined: nothing has been written since then. */
  readonly head: JournalHead | undefined;
  /** Its rows in order, some at a time; what is missing at the end has been trimmed meanwhile. */
  rows(): AsyncGenerator<readonly JournalRow[], void, void>;
}

/** Beside a gateway that runs: what it needs of the CPU it gets first. */
const NICE = 10;
const THREADS = "/proc/self/task";

/** The journal of `dataFolder` since then, wall clock. Throws GatewayError when it cannot be had. */
export async function openJournal(dataFolder: string, sinceMs: number): Promise<JournalSource> {
  try {
    return await fromGateway(dataFolder, sinceMs);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return fromFile(dataFolder, sinceMs);
  }
}

async function fromGateway(dataFolder: string, sinceMs: number): Promise<JournalSource> {
  const parts = controlStream(dataFolder, { command: "journal", sinceMs });
  const first = await parts.next();
  standBack();
  return {
    head: first.done === true ? undefined : decodeHead(first.value),
    async *rows() {
      for await (const part of parts) yield unpackRows(part);
    },
  };
}

/** On Linux a priority is a thread's own, and the garbage collector has some. */
function standBack(): void {
  const threads = existsSync(THREADS) ? readdirSync(THREADS).map(Number) : [0];
  for (const thread of threads) {
    try {
      setPriority(thread, NICE);
    } catch {
      // It has ended meanwhile.
    }
  }
}

function fromFile(dataFolder: string, sinceMs: number): JournalSource {
  const head = lookAtJournal(dataFolder, (look) =>
    journalHead(look.reader, sinceMs, newestKnown(look)),
  );
  return {
    head,
    async *rows() {
      if (head === undefined) return;
      const bounds = {
        through: head.lastSequence,
        maxBytes: JOURNAL_FILE_BYTES,
        isOver: () => false,
      };
      for (let at = head.fromSequence - 1; at < head.lastSequence;) {
        const rows = lookAtJournal(dataFolder, ({ reader }) => reader.rows(at, bounds));
        const last = rows.at(-1);
        if (last === undefined) return;
        yield rows;
        at = Number(last["sequence"]);
      }
    },
  };
}
