// One pass over checkpoint and journal. Nothing is emitted: what the entries let out was committed with them, and is
// only compared. An entry that killed the process is run message by message, without the one it dies of.

import { deserialize } from "node:v8";

import { crashPoint } from "../core/fault-points.ts";
import { decodeJournalBatch } from "../core/journal-batch.ts";
import { MessageReader } from "../core/message-reader.ts";
import type { JournalEntry } from "../store/journal.ts";
import { SUSPECT_DEATHS } from "./careful.ts";
import {
  decodeConfigEntry,
  ENGINE_VERSION,
  inForceFrom,
  joined,
  nothingInForce,
  savedInForce,
  suspend,
} from "./config-entry.ts";
import type { InForce } from "./config-entry.ts";
import { clockTrust } from "./engine-time.ts";
import type { LinkChange } from "./engine-time.ts";
import { Pipeline } from "./pipeline.ts";
import { RuleFailure } from "./rule-failure.ts";
import type { PipelineState } from "./pipeline.ts";
import type { RecoveryOptions } from "./recovery.ts";
import { encodeTrial, runWhole, wholeEntry } from "./trial.ts";
import type { Suspect, WholeEntry } from "./trial.ts";

/** Something an operator should hear of; `kind` becomes the series of an alarm. */
export interface Notice {
  readonly kind:
    | "journal_damaged"
    | "checkpoint_damaged"
    | "database_salvaged"
    | "digest_mismatch"
    | "message_skipped"
    | "rule_suspended"
    | "rule_gap";
  readonly text: string;
}

/** The serialised form of a checkpoint. */
export interface CheckpointState {
  readonly inForce: InForce;
  readonly pipeline: PipelineState;
  readonly engineTimeMs: number;
}

/** A rule that failed while this entry was replayed. */
export interface ReplayFailure {
  readonly sequence: number;
  readonly failure: RuleFailure;
}

export class Replay {
  pipeline: Pipeline;
  inForce: InForce;
  replayed = 0;
  digestMismatches = 0;
  engineTimeMs = 0;
  readonly notices: Notice[] = [];
  readonly #options: RecoveryOptions;
  readonly #failures: readonly ReplayFailure[];
  readonly #reader = new MessageReader();
  /** The entry at work; before the first, the one that the checkpoint includes. */
  #sequence = 0;
  /** Until a rule is left out that was there when the digests were made, or an entry is. */
  #comparable = true;
  #mismatches: number[] = [];
  /** Entries of another engine version that gave other rows. */
  #changedByUpgrade = 0;

  /** `failures`: what passes before this one found. */
  constructor(options: RecoveryOptions, failures: readonly ReplayFailure[]) {
    this.#options = options;
    this.#failures = failures;
    const { store, config } = options;
    const { salvaged, missing } = store.opening;
    if (salvaged !== undefined) {
      this.#notice("database_salvaged", JSON.stringify({ ...salvaged, missing }));
    } else if (missing > 0) {
      const text = `the last ${missing} entries are gone, which had been acknowledged`;
      this.#notice("journal_damaged", text);
    }
    const { checkpoint, damaged } = store.readCheckpoint();
    if (damaged > 0) this.#notice("checkpoint_damaged", `${damaged} checkpoint(s) unreadable`);
    if (checkpoint !== undefined) {
      const state = deserialize(checkpoint.state) as CheckpointState;
      this.inForce = savedInForce(state.inForce);
      this.engineTimeMs = state.engineTimeMs;
      this.#sequence = checkpoint.journalSequence;
      this.pipeline = this.#build(state.pipeline);
      return;
    }
    // A journal from its beginning says itself what was in force. Of one that was trimmed the best guess is: the same.
    const isWhole = store.journalRange.first === 1;
    this.#comparable = isWhole;
    this.inForce = isWhole ? nothingInForce(config) : inForceFrom(config, new Map());
    this.pipeline = this.#build(undefined);
  }

  /** A rule is left out from some entry on, and the journal does not say so yet. */
  get hasLeftOut(): boolean {
    return this.#failures.length > 0;
  }

  /** Gives the failure of a rule that is to be left out in another pass. */
  run(): ReplayFailure | undefined {
    try {
      this.#run();
      return undefined;
    } catch (error) {
      if (!(error instanceof RuleFailure)) throw error;
      return { sequence: this.#sequence, failure: error };
    }
  }

  #run(): void {
    const { store } = this.#options;
    for (const record of store.readJournal(this.#sequence)) {
      const { sequence } = record;
      this.#sequence = sequence;
      if (record.readable) this.#apply(sequence, record.entry);
      else {
        this.#comparable = false;
        const text = `${record.entries} entries from ${sequence} on are unreadable`;
        this.#notice("journal_damaged", text);
      }
      crashPoint("engine-in-replay");
    }
    this.#report();
  }

  #report(): void {
    this.digestMismatches = this.#mismatches.length;
    if (this.digestMismatches > 0) {
      const which = this.#mismatches.slice(0, 3).join(", ");
      const text = `${this.digestMismatches} journal entries gave other rows than were committed (${which} …)`;
      this.#notice("digest_mismatch", text);
    }
    if (this.#changedByUpgrade > 0) {
      const fields = { entries: this.#changedByUpgrade };
      this.#options.host.log.warn("this version gives other rows for what was committed", fields);
    }
  }

  #apply(sequence: number, entry: JournalEntry): void {
    this.engineTimeMs = Math.max(this.engineTimeMs, entry.engineTimeMs);
    this.replayed++;
    for (const { failure, sequence: failedAt } of this.#failures) {
      if (failedAt === sequence) this.#leaveOut(failure, entry.timeMs);
    }
    if (entry.kind === "config") {
      const { inForce, joining } = decodeConfigEntry(entry.data);
      this.inForce = inForce;
      this.pipeline = this.#build(joined(this.pipeline.snapshot(), joining));
    } else if (entry.kind === "messages") this.#messages(sequence, entry);
    else if (entry.kind === "boot") this.pipeline.time.boot(entry.engineTimeMs);
    else if (entry.kind === "link") this.#link(entry);
    else {
      const whole = wholeEntry(entry);
      if (whole !== undefined) this.#whole(sequence, entry, whole);
      else if (entry.kind === "clock")
        this.pipeline.clockTrusted = clockTrust(entry.data)?.trusted === true;
    }
  }

  #link({ data, engineTimeMs }: JournalEntry): void {
    const { source, isUp } = JSON.parse(Buffer.from(data).toString()) as LinkChange;
    this.pipeline.time.link(source, isUp, engineTimeMs);
  }

  #messages(sequence: number, entry: JournalEntry): void {
    const { careful } = this.#options;
    const batch = decodeJournalBatch(entry.data);
    this.#reader.load(batch);
    if (careful.deathsAt("replay", sequence) === 0) {
      careful.begin("replay", sequence);
      this.pipeline.run();
      this.#compare(sequence, entry);
      return;
    }
    const singles = careful.singles(this.#reader, batch, {
      phase: "replay",
      sequence,
      findDeadly: (batches) => this.#findDeadly({ kind: "messages", batches }),
    });
    for (const single of singles) {
      this.#reader.load(single.batch);
      if (!single.skip) this.pipeline.run();
      else {
        const topic = this.#reader.topic(0);
        this.#notice("message_skipped", `${topic}, in journal entry ${sequence}`);
      }
    }
    // Message by message the rows of different rules stand in another order: there is nothing to compare.
    this.pipeline.takeOutput();
  }

  /** What it has put out was committed before it failed. */
  #leaveOut(failure: RuleFailure, timeMs: number): void {
    const emitted = this.#options.store.journalRange.last;
    const state = this.pipeline.snapshot();
    const where = { sequence: this.#sequence - 1, emitted, timeMs };
    this.inForce = suspend(this.inForce, failure, { state, where });
    this.pipeline = this.#build(state);
    this.#comparable = false;
    this.#notice("rule_suspended", `${failure.rule}: ${failure.reason}`);
  }

  /** An entry that is no batch: run as one, or left out. */
  #whole(sequence: number, entry: JournalEntry, suspect: WholeEntry): void {
    const { careful } = this.#options;
    const deaths = careful.deathsAt("replay", sequence);
    if (deaths >= SUSPECT_DEATHS) {
      careful.begin("replay", sequence, deaths);
      if (this.#findDeadly(suspect) !== undefined) {
        this.#notice("message_skipped", `a ${suspect.kind} entry, journal entry ${sequence}`);
        return;
      }
    }
    careful.begin("replay", sequence, deaths + 1);
    runWhole(this.pipeline, suspect);
    this.#compare(sequence, entry);
  }

  #compare(sequence: number, entry: JournalEntry): void {
    const { digest } = this.pipeline.takeOutput();
    if (digest === entry.digest || !this.#comparable) return;
    if (entry.engineVersion === ENGINE_VERSION) this.#mismatches.push(sequence);
    else this.#changedByUpgrade++;
  }

  #findDeadly(suspect: Suspect): number | undefined {
    const { host } = this.#options;
    const { inForce, pipeline } = this;
    return host.findDeadly(encodeTrial({ inForce, state: pipeline.snapshot(), suspect }));
  }

  #build(state: PipelineState | undefined): Pipeline {
    return new Pipeline({ ...this.inForce, reader: this.#reader, tap: false }, state);
  }

  #notice(kind: Notice["kind"], text: string): void {
    this.#options.host.log.error("recovery found damage", { kind, text });
    this.notices.push({ kind, text });
  }
}
