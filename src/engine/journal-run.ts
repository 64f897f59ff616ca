// A journal entry run by a pipeline of other rules than were in force when it was written: those of a backtest, or one
// that is catching up. What killed its process is not run again.

import { decodeJournalBatch } from "../core/journal-batch.ts";
import type { MessageReader } from "../core/message-reader.ts";
import type { JournalEntry } from "../store/journal.ts";
import { decodeCommand } from "./command.ts";
import type { Command } from "./command.ts";
import { clockTrust } from "./engine-time.ts";
import type { LinkChange } from "./engine-time.ts";
import type { Pipeline } from "./pipeline.ts";

export interface JournalRun {
  readonly pipeline: Pipeline;
  /** The pipeline's. */
  readonly reader: MessageReader;
  /** Kinds of commands that it obeys; it always hears of schemas. */
  readonly obeys: readonly Command["kind"][];
}

/** Runs `entry`. `config` entries are the caller's. Throws RuleFailure. */
export function runEntry({ pipeline, reader, obeys }: JournalRun, entry: JournalEntry): void {
  switch (entry.kind) {
    case "messages":
      reader.load(decodeJournalBatch(entry.data));
      pipeline.run();
      return;
    case "clock": {
      const trust = clockTrust(entry.data);
      if (trust === undefined) pipeline.tick(entry.engineTimeMs);
      else pipeline.clockTrusted = trust.trusted;
      return;
    }
    case "boot":
      pipeline.time.boot(entry.engineTimeMs);
      return;
    case "link": {
      const { source, isUp } = JSON.parse(Buffer.from(entry.data).toString()) as LinkChange;
      pipeline.time.link(source, isUp, entry.engineTimeMs);
      return;
    }
    case "command": {
      const command = decodeCommand(entry.data);
      const isObeyed = command.kind === "schemas" || obeys.includes(command.kind);
      if (isObeyed) pipeline.command(command, entry.timeMs);
      return;
    }
    case "config":
    case "skipped":
  }
}
