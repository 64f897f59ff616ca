// From the card to a running pipeline: the newest whole checkpoint, then the journal after it, run without
// emitting (its outputs were committed with its entries). Every replayed entry's output is compared with the
// digest stored beside it. Last, the configuration of this start is put in force: what is unchanged keeps its state.

import { deserialize, serialize } from "node:v8";

import type { Logger } from "../core/log.ts";
import { decodeJournalBatch } from "../core/journal-batch.ts";
import { MessageReader } from "../core/message-reader.ts";
import type { JournalEntry } from "../store/journal.ts";
import type { Store } from "../store/store.ts";
import type { CarefulStart } from "./careful.ts";
import type { EngineConfig } from "./config.ts";
import { decodeConfigEntry, ENGINE_VERSION, NOTHING_IN_FORCE } from "./config-entry.ts";
import type { InForce } from "./config-entry.ts";
import { Pipeline } from "./pipeline.ts";
import type { PipelineState } from "./pipeline.ts";

export interface Recovered {
  readonly pipeline: Pipeline;
  readonly inForce: InForce;
  readonly suspended: ReadonlyMap<string, { readonly error: string }>;
  /** The configuration of this start differs from what the journal had in force. */
  readonly changed: boolean;
  /** Journal entries run again. */
  readonly replayed: number;
  /** Entries of this engine version whose output differed: a bug of ours. */
  readonly digestMismatches: number;
  readonly engineTimeMs: number;
  /** What an operator should hear of. */
  readonly notices: readonly Notice[];
}

export interface Notice {
  readonly kind: "journal_damaged" | "checkpoint_damaged" | "database_salvaged" | "entry_skipped";
  readonly text: string;
}

/** The serialised form of a checkpoint. */
interface CheckpointState {
  readonly inForce: InForce;
  readonly pipeline: PipelineState;
  readonly engineTimeMs: number;
}

export interface RecoveryOptions {
  readonly config: EngineConfig;
  readonly host: { readonly log: Logger };
  readonly store: Store;
  readonly careful: CarefulStart;
  /** The reader of live batches. Replay has its own: topic numbers mean something else there. */
  readonly reader: MessageReader;
}

export class Recovery {
  readonly #options: RecoveryOptions;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Rebuilds from the card and puts this start's configuration in force. */
  recover(): Recovered {
    const replay = new Replay(this.#options);
    replay.run();
    const wanted = this.#wanted(replay.inForce);
    const changed = !sameConfig(replay.inForce, wanted);
    const pipeline = this.#build(wanted, replay.pipeline.snapshot());
    return {
      pipeline,
      inForce: wanted,
      suspended: wanted.suspended,
      changed,
      replayed: replay.replayed,
      digestMismatches: replay.digestMismatches,
      engineTimeMs: replay.engineTimeMs,
      notices: replay.notices,
    };
  }

  /** The same state with one rule suspended. */
  withoutRule(state: Recovered, rule: string, error: string): Recovered {
    const version = state.inForce.ruleSet.rules.find(({ name }) => name === rule)?.version ?? "";
    const suspended = new Map(state.inForce.suspended).set(rule, { version, error });
    const inForce = { ...state.inForce, suspended };
    return {
      ...state,
      inForce,
      suspended,
      pipeline: this.#build(inForce, state.pipeline.snapshot()),
    };
  }

  encodeCheckpoint(state: Recovered, engineTimeMs: number): Uint8Array {
    const checkpoint: CheckpointState = {
      inForce: state.inForce,
      pipeline: state.pipeline.snapshot(),
      engineTimeMs,
    };
    return serialize(checkpoint);
  }

  /** This start's rules; a suspension stays while the rule's text does. */
  #wanted(before: InForce): InForce {
    const { ruleSet, profiles } = this.#options.config;
    const kept = [...before.suspended].filter(([name, { version }]) =>
      ruleSet.rules.some((rule) => rule.name === name && rule.version === version),
    );
    return { ruleSet, profiles, suspended: new Map(kept) };
  }

  #build(inForce: InForce, state: PipelineState): Pipeline {
    const { config, reader } = this.#options;
    return new Pipeline({ ...inForce, config, reader }, state);
  }
}

/** One pass over checkpoint and journal. */
class Replay {
  pipeline: Pipeline;
  inForce: InForce = NOTHING_IN_FORCE;
  replayed = 0;
  digestMismatches = 0;
  engineTimeMs = 0;
  readonly notices: Notice[] = [];
  readonly #options: RecoveryOptions;
  readonly #reader = new MessageReader();
  #sequence = 0;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    const { salvaged } = options.store.opening;
    if (salvaged !== undefined) this.#notice("database_salvaged", JSON.stringify(salvaged));
    const { checkpoint, damaged } = options.store.readCheckpoint();
    if (damaged > 0) this.#notice("checkpoint_damaged", `${damaged} checkpoint(s) unreadable`);
    if (checkpoint === undefined) {
      this.pipeline = this.#build(undefined);
      return;
    }
    const state = deserialize(checkpoint.state) as CheckpointState;
    this.inForce = state.inForce;
    this.engineTimeMs = state.engineTimeMs;
    this.#sequence = checkpoint.journalSequence;
    this.pipeline = this.#build(state.pipeline);
  }

  run(): void {
    const { store } = this.#options;
    for (const record of store.readJournal(this.#sequence)) {
      if (!record.readable) {
        const { sequence, entries } = record;
        this.#notice("journal_damaged", `${entries} entries from ${sequence} on are unreadable`);
      } else this.#apply(record.sequence, record.entry);
    }
  }

  #apply(sequence: number, entry: JournalEntry): void {
    this.engineTimeMs = Math.max(this.engineTimeMs, entry.engineTimeMs);
    this.replayed++;
    if (entry.kind === "config") {
      this.inForce = decodeConfigEntry(entry.data);
      this.pipeline = this.#build(this.pipeline.snapshot());
    } else if (entry.kind === "messages" || entry.kind === "command") {
      this.#rerun(sequence, entry);
    }
  }

  #rerun(sequence: number, entry: JournalEntry): void {
    if (!this.#options.careful.beginReplay(sequence)) {
      this.#notice("entry_skipped", `journal entry ${sequence} killed the process twice`);
      return;
    }
    if (entry.kind === "command") this.pipeline.undeliverable(entry.data, entry.timeMs);
    else {
      this.#reader.load(decodeJournalBatch(entry.data));
      this.pipeline.run();
    }
    const { digest } = this.pipeline.takeOutput();
    if (entry.engineVersion === ENGINE_VERSION && digest !== entry.digest) {
      this.digestMismatches++;
      this.#options.host.log.error("replay gave other rows than were committed", { sequence });
    }
  }

  #build(state: PipelineState | undefined): Pipeline {
    const { config } = this.#options;
    return new Pipeline({ ...this.inForce, config, reader: this.#reader }, state);
  }

  #notice(kind: Notice["kind"], text: string): void {
    this.#options.host.log.error("recovery found damage", { kind, text });
    this.notices.push({ kind, text });
  }
}

function sameConfig(a: InForce, b: InForce): boolean {
  return (
    serialize([a.ruleSet, a.profiles]).equals(serialize([b.ruleSet, b.profiles])) &&
    a.suspended.size === b.suspended.size
  );
}
