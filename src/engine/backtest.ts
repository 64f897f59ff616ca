// Rules over a journal that has been: what they would have let out, had they been in force. Messages are decoded anew by
// the tables and profiles of these rules; starts, links and the passing of time are as they were. Nothing is written.
//
// State begins empty. What a window's result needs of the time before the journal (or the piece of it that is run) is
// not there: such rows are counted, not let out.

import { isDeepStrictEqual } from "node:util";

import type { Profile } from "../config/profile.ts";
import type { SchemaOfId } from "../core/format/schemas-by-id.ts";
import { MessageReader } from "../core/message-reader.ts";
import type { JournalEntry, JournalRecord } from "../store/journal.ts";
import { decodeConfigEntry } from "./config-entry.ts";
import type { Settings } from "./config-entry.ts";
import { runEntry } from "./journal-run.ts";
import type { JournalRun } from "./journal-run.ts";
import { Pipeline } from "./pipeline.ts";
import type { PipelineCounts } from "./pipeline-counts.ts";
import type { RulePlan, RuleSet } from "./rule-set.ts";
import { reachMs } from "./window-reach.ts";

export interface BacktestOptions {
  readonly ruleSet: RuleSet;
  readonly profiles: readonly Profile[];
  readonly settings: Settings;
  /** When the first entry was written that is run; -Infinity: nothing was before it. */
  readonly beginMs: number;
  /** What the schema registry has told, at whatever time; default: nothing. */
  readonly schemas?: readonly SchemaOfId[];
  /** Takes JSON of a row or of an alarm event. */
  take(rule: RulePlan, json: string): void;
}

/** What has been run, and what could not be. */
export interface BacktestCounts {
  entries: number;
  messages: number;
  rows: number;
  /** Rows of windows that began before what is run. */
  incomplete: number;
  /** Entries that could not be read, or were trimmed meanwhile. */
  missing: number;
  /** Messages that had killed the process and are left out here, too. */
  skipped: number;
}

/** Nothing leaves, and system rows stay. */
const NO_TOPICS = { alarm: "", deadLetter: undefined, late: undefined, rollback: undefined };

export class Backtest {
  readonly counts: BacktestCounts = {
    entries: 0,
    messages: 0,
    rows: 0,
    incomplete: 0,
    missing: 0,
    skipped: 0,
  };
  /** Profiles that were others at the time, with the wall clock of the last entry that had them in force. */
  readonly changedProfiles: Map<string, number> = new Map();
  readonly #options: BacktestOptions;
  readonly #pipeline: Pipeline;
  readonly #run: JournalRun;
  readonly #reach: ReadonlyMap<string, number>;
  readonly #profiles: readonly Profile[];
  /** Profiles in force at the entry being run, if they are others. */
  #others: readonly string[] = [];

  constructor(options: BacktestOptions) {
    const { ruleSet, profiles, settings, schemas = [] } = options;
    this.#options = options;
    this.#reach = new Map(ruleSet.rules.map(({ name, query }) => [name, reachMs(query.root)]));
    const read = new Set(ruleSet.tables.map(({ table }) => table.options["profile"]));
    this.#profiles = profiles.filter(({ name }) => read.has(name));
    const reader = new MessageReader();
    this.#pipeline = new Pipeline({
      ruleSet,
      profiles,
      settings: { ...settings, topics: NO_TOPICS },
      suspended: new Map(),
      reader,
      tap: false,
      caught: (rule, json, timeMs) => this.#take(rule, json, timeMs),
    });
    this.#pipeline.command({ kind: "schemas", schemas }, options.beginMs);
    // Rows that became dead letters. Frontiers are of the rules that were in force.
    this.#run = { pipeline: this.#pipeline, reader, obeys: ["undeliverable"] };
  }

  /** Late rows, dead letters, rows read, by rule and table. */
  get pipelineCounts(): PipelineCounts {
    return this.#pipeline.counts;
  }

  /** Runs the record that follows those run before. Throws RuleFailure: it cannot go on then. */
  run(record: JournalRecord): void {
    if (!record.readable) {
      this.counts.missing += record.entries;
      return;
    }
    this.counts.entries++;
    this.#apply(record.entry);
    this.#pipeline.takeOutput();
  }

  #apply(entry: JournalEntry): void {
    switch (entry.kind) {
      case "messages":
        for (const name of this.#others) this.changedProfiles.set(name, entry.timeMs);
        this.counts.messages += entry.count;
        break;
      case "config":
        this.#compareProfiles(entry);
        break;
      case "skipped":
        this.counts.skipped += entry.count;
        break;
      default:
    }
    runEntry(this.#run, entry);
  }

  #compareProfiles(entry: JournalEntry): void {
    const { profiles } = decodeConfigEntry(entry.data).inForce;
    this.#others = this.#profiles
      .filter((profile) => {
        const then = profiles.find(({ name }) => name === profile.name);
        return then !== undefined && !isDeepStrictEqual(withoutPlace(then), withoutPlace(profile));
      })
      .map(({ name }) => name);
  }

  #take(rule: RulePlan, json: string, timeMs: number): void {
    const { beginMs, take } = this.#options;
    const reach = this.#reach.get(rule.name) ?? 0;
    if (reach > 0 && timeMs + 1 - reach < beginMs) {
      this.counts.incomplete++;
      return;
    }
    this.counts.rows++;
    take(rule, json);
  }
}

/** Where the profile's file lies says nothing about what it does. */
function withoutPlace(profile: Profile): Profile {
  return { ...profile, file: "" };
}
