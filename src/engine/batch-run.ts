// A batch through the pipeline, into the journal entries and outbox rows of the commit to come. Nothing is written
// here but the note of what is being run (careful.ts). In memory the pipeline has moved on: commit, or rebuild.

import type { Clock } from "../core/clock.ts";
import { crashPoint } from "../core/fault-points.ts";
import { encodeJournalBatch } from "../core/journal-batch.ts";
import type { PrivateMessages } from "../core/format/privacy.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import type { MessageReader } from "../core/message-reader.ts";
import { Redactor } from "../decode/redactor.ts";
import type { JournalEntry } from "../store/journal.ts";
import type { CarefulStart } from "./careful.ts";
import type { Ledger } from "./ledger.ts";
import type { LaneBlob } from "./outputs.ts";
import type { Recovered } from "./recovery.ts";
import { encodeTrial, type FindDeadly } from "./trial.ts";

/** What a batch made. */
export interface Ran {
  readonly journal: readonly JournalEntry[];
  readonly outbox: readonly LaneBlob[];
  readonly lines: readonly string[];
  /** In the pipeline: about what a replay would take. */
  readonly tookMs: number;
}

export interface BatchRunOptions {
  /** The reader of the pipeline in force. */
  readonly reader: MessageReader;
  readonly privacy: readonly PrivateMessages[];
  readonly careful: CarefulStart;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly findDeadly: FindDeadly;
  /** A message is left out; `sequence` is the journal entry that says so. */
  onSkip(topic: string, sequence: number): void;
}

export class BatchRun {
  /** Makes what comes in private, before anything else sees it. */
  readonly redactor: Redactor;
  readonly #options: BatchRunOptions;

  constructor(options: BatchRunOptions) {
    this.#options = options;
    this.redactor = new Redactor(options.privacy);
  }

  /** Throws RuleFailure: suspend the rule, rebuild, and run the batch again. */
  run(received: MessageBatch, state: Recovered): Ran {
    const { reader, careful, clock } = this.#options;
    reader.load(received);
    const batch = this.redactor.apply(received, reader);
    if (batch !== received) reader.load(batch);
    const startedMs = clock.monotonicMs();
    const ran = careful.active ? this.#singly(batch, state) : this.#whole(batch, state);
    careful.end();
    return { ...ran, tookMs: clock.monotonicMs() - startedMs };
  }

  #whole(batch: MessageBatch, { pipeline }: Recovered): Omit<Ran, "tookMs"> {
    const { reader, careful, ledger } = this.#options;
    careful.begin("decode", ledger.next);
    crashPoint("engine-before-decode");
    pipeline.run();
    const { blobs, lines, digest } = pipeline.takeOutput();
    const data = encodeJournalBatch(reader);
    const entry = ledger.entry("messages", { count: batch.count, data, digest });
    return { journal: [entry], outbox: blobs, lines };
  }

  /** After a death in mid-batch: every message an entry of its own, the culprit known by name. */
  #singly(batch: MessageBatch, { pipeline, inForce }: Recovered): Omit<Ran, "tookMs"> {
    const { reader, careful, ledger, findDeadly, onSkip } = this.#options;
    const sequence = ledger.next;
    const journal: JournalEntry[] = [];
    const outbox: LaneBlob[] = [];
    const lines: string[] = [];
    const singles = careful.singles(reader, batch, {
      phase: "careful",
      sequence,
      findDeadly: (batches) => {
        const suspect = { kind: "messages", batches } as const;
        return findDeadly(encodeTrial({ inForce, state: pipeline.snapshot(), suspect }));
      },
    });
    for (const single of singles) {
      reader.load(single.batch);
      crashPoint("engine-before-decode");
      if (single.skip) onSkip(reader.topic(0), sequence + journal.length);
      else pipeline.run();
      const output = pipeline.takeOutput();
      // A copy: the encoder uses its buffer again.
      const data = Uint8Array.from(encodeJournalBatch(reader));
      const content = { count: 1, data, digest: output.digest };
      journal.push(ledger.entry(single.skip ? "skipped" : "messages", content));
      outbox.push(...output.blobs);
      lines.push(...output.lines);
    }
    return { journal, outbox, lines };
  }
}
