// One pass over checkpoint and journal. Nothing is emitted: what the entries let out was committed with them, and is
// only compared. An entry that killed the process is run message by message, without the one it dies of.

import { deserialize } from "node:v8";

import { decodeJournalBatch } from "../core/journal-batch.ts";
import { MessageReader } from "../core/message-reader.ts";
import type { JournalEntry } from "../store/journal.ts";
import {
  decodeConfigEntry,
  ENGINE_VERSION,
  inForceFrom,
  nothingInForce,
  suspend,
} from "./config-entry.ts";
import type { InForce } from "./config-entry.ts";
import { Pipeline, RuleFailure } from "./pipeline.ts";
import type { PipelineState } from "./pipeline.ts";
import type { RecoveryOptions } from "./recovery.ts";
import { encodeTrial } from "./trial.ts";

/** Something an operator should hear of; `kind` becomes the series of an alarm. */
export interface Notice {
  readonly kind:
    | "journal_damaged"
    | "checkpoint_damaged"
    | "database_salvaged"
    | "digest_mismatch"
    | "message_skipped"
    | "rule_suspended";
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

/** Deaths in the replay of a command after which it is left out. */
const COMMAND_DEATHS = 2;

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
  /** Until a rule is left out that was there when the digests were made. */
  #comparable = true;
  #mismatches: number[] = [];
  /** Entries of another engine version that gave other rows. */
  #changedByUpgrade = 0;

  /** `failures`: what passes before this one found. */
  constructor(options: RecoveryOptions, failures: readonly ReplayFailure[]) {
    this.#options = options;
    this.#failures = failures;
    const { store, config } = options;
    const { salvaged } = store.opening;
    if (salvaged !== undefined) this.#notice("database_salvaged", JSON.stringify(salvaged));
    const { checkpoint, damaged } = store.readCheckpoint();
    if (damaged > 0) this.#notice("checkpoint_damaged", `${damaged} checkpoint(s) unreadable`);
    if (checkpoint !== undefined) {
      const state = deserialize(checkpoint.state) as CheckpointState;
      this.inForce = state.inForce;
      this.engineTimeMs = state.engineTimeMs;
      this.#sequence = checkpoint.journalSequence;
      this.pipeline = this.#build(state.pipeline);
      return;
    }
    // A journal from its beginning says itself what was in force. Of one that was trimmed the best guess is: the same.
    const isWhole = store.journalRange.first === 1;
    this.inForce = isWhole ? nothingInForce(config) : inForceFrom(config, new Map());
    this.pipeline = this.#build(undefined);
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
        const text = `${record.entries} entries from ${sequence} on are unreadable`;
        this.#notice("journal_damaged", text);
      }
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
      if (failedAt === sequence) this.#leaveOut(failure);
    }
    if (entry.kind === "config") {
      this.inForce = decodeConfigEntry(entry.data);
      this.pipeline = this.#build(this.pipeline.snapshot());
    } else if (entry.kind === "messages") this.#messages(sequence, entry);
    else if (entry.kind === "command") this.#command(sequence, entry);
  }

  #messages(sequence: number, entry: JournalEntry): void {
    const { careful } = this.#options;
    const batch = decodeJournalBatch(entry.data);
    this.#reader.load(batch);
    if (careful.deathsInReplay(sequence) === 0) {
      careful.begin("replay", sequence);
      this.pipeline.run();
      this.#compare(sequence, entry);
      return;
    }
    const singles = careful.singles(this.#reader, batch, {
      phase: "replay",
      sequence,
      isDeadly: (single) => this.#isDeadly(single),
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

  #leaveOut({ rule, reason }: RuleFailure): void {
    this.inForce = suspend(this.inForce, rule, reason);
    this.pipeline = this.#build(this.pipeline.snapshot());
    this.#comparable = false;
    this.#notice("rule_suspended", `${rule}: ${reason}`);
  }

  #command(sequence: number, entry: JournalEntry): void {
    const { careful } = this.#options;
    const deaths = careful.deathsInReplay(sequence);
    if (deaths >= COMMAND_DEATHS) {
      this.#notice("message_skipped", `a command, journal entry ${sequence}`);
      return;
    }
    careful.begin("replay", sequence, deaths + 1);
    this.pipeline.undeliverable(entry.data, entry.timeMs);
    this.#compare(sequence, entry);
  }

  #compare(sequence: number, entry: JournalEntry): void {
    const { digest } = this.pipeline.takeOutput();
    if (digest === entry.digest || !this.#comparable) return;
    if (entry.engineVersion === ENGINE_VERSION) this.#mismatches.push(sequence);
    else this.#changedByUpgrade++;
  }

  #isDeadly(batch: Parameters<typeof encodeTrial>[0]["batch"]): boolean {
    const { host } = this.#options;
    const { inForce, pipeline } = this;
    return host.isDeadly(encodeTrial({ inForce, state: pipeline.snapshot(), batch }));
  }

  #build(state: PipelineState | undefined): Pipeline {
    return new Pipeline({ ...this.inForce, reader: this.#reader, tap: false }, state);
  }

  #notice(kind: Notice["kind"], text: string): void {
    this.#options.host.log.error("recovery found damage", { kind, text });
    this.notices.push({ kind, text });
  }
}
