// A repaired rule runs through what it has missed: a pipeline of its own, over the journal, from where it was suspended
// to the newest entry. What its rows depend on decides where it begins:
//
//   the new text can take up the state        there, with that state
//   it cannot, or entries are gone            at the oldest entry kept, with nothing: rows that were put out are not
//                                             put out again, those of windows that began before are left out
//   it cannot, and it is an alarm             where it was suspended, with nothing: events are told once
//
// Entries through which it had run before it failed (more than its state has, if that was in a replay) are run as they
// were then. On a restored image it learns after them what Kafka has seen, before it puts anything out.
//
// Its tables, profiles and settings are those in force now. It is remembered through which entry its rows are out;
// everything else is made again after a start.

import { deserialize } from "node:v8";

import type { SchemaOfId } from "../core/format/schemas-by-id.ts";
import { decodeJournalBatch } from "../core/journal-batch.ts";
import { MessageReader } from "../core/message-reader.ts";
import type { JournalEntry } from "../store/journal.ts";
import type { Store } from "../store/store.ts";
import { SUSPECT_DEATHS } from "./careful.ts";
import type { CarefulStart } from "./careful.ts";
import { decodeCommand } from "./command.ts";
import { ENGINE_VERSION, type suspend } from "./config-entry.ts";
import type { InForce, Joining } from "./config-entry.ts";
import { runEntry } from "./journal-run.ts";
import type { PipelineOutput } from "./outputs.ts";
import { Pipeline } from "./pipeline.ts";
import type { PipelineState } from "./pipeline.ts";
import { stateShape } from "./resume-point.ts";
import type { ResumePoint } from "./resume-point.ts";
import { RuleFailure } from "./rule-failure.ts";
import type { RulePlan } from "./rule-set.ts";
import { encodeTrial, wholeEntry } from "./trial.ts";
import type { FindDeadly, Suspect } from "./trial.ts";
import { reachMs } from "./window-reach.ts";

export interface CatchUpOptions {
  readonly store: Store;
  readonly inForce: InForce;
  readonly repaired: Repaired;
  /** Rows of the entries through this one are out; undefined: of those before it failed. */
  readonly through: Position | undefined;
  /** Up to where the rule had put out its rows, of a restored image (frontiers.ts). */
  readonly frontierMs: number;
  /** What the schema registry has told so far: entries that said so may be gone. */
  readonly schemas: readonly SchemaOfId[];
  readonly careful: CarefulStart;
  /** What a process that runs a trial dies of. */
  readonly findDeadly: FindDeadly;
}

export interface Repaired {
  readonly plan: RulePlan;
  readonly at: ResumePoint;
  /** That wrote the state. */
  readonly engineVersion: string;
}

/** The last entry that a rule has run, and its wall clock. */
export type Position = Pick<ResumePoint, "sequence" | "timeMs">;

/** Journal entries that the rule can no longer run through. */
export interface Gap {
  readonly entries: number;
  /** Wall clock of the last one that it has run, and of the next one. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Commands that are about what a rule puts out; what became of other rules' rows has been told. */
const OBEYED = ["rollback", "release"] as const;
/** What a rollback says has been heeded before. */
const OBEYED_BEYOND = ["release"] as const;

export class CatchUp {
  readonly repaired: Repaired;
  readonly frontierMs: number;
  readonly gap: Gap | undefined;
  /** The last entry that it has run. */
  position: number;
  readonly #options: CatchUpOptions;
  /** What its pipeline runs. */
  readonly #inForce: InForce;
  readonly #store: Store;
  readonly #reader = new MessageReader();
  readonly #pipeline: Pipeline;
  readonly #tables: readonly string[];
  readonly #through: number;
  #timeMs: number;
  /** It runs what it had not run before it failed. */
  #isBeyond = false;

  constructor(options: CatchUpOptions) {
    const { store, inForce, repaired, through, frontierMs, schemas } = options;
    this.#options = options;
    const { ruleSet } = inForce;
    const { plan, at, engineVersion } = repaired;
    this.repaired = repaired;
    this.frontierMs = frontierMs;
    this.#store = store;
    this.#through = Math.max(through?.sequence ?? 0, at.emitted);
    const oldest = store.journalRange.first - 1;
    const isWhole = oldest <= at.sequence;
    this.gap = isWhole ? undefined : gapOf(store, at, through);
    const isKnown = engineVersion === ENGINE_VERSION;
    const isTakenUp = isWhole && isKnown && at.shape === stateShape(plan);
    const isAlarm = plan.sink.options["connector"] === "alarm";
    this.position = isTakenUp || isAlarm ? Math.max(at.sequence, oldest) : oldest;
    this.#timeMs = at.timeMs;
    const tables = ruleSet.tables.filter(({ signature }) => plan.tables.includes(signature));
    this.#tables = tables
      .map(({ signature }) => signature)
      .filter((each) =>
        ruleSet.rules.every((rule) => rule === plan || !rule.tables.includes(each)),
      );
    const isComplete = isTakenUp || this.position === 0;
    const beganMs = isComplete
      ? Number.NEGATIVE_INFINITY
      : (timeAfter(store, this.position) ?? at.timeMs);
    const reach = reachMs(plan.query.root);
    this.#inForce = { ...inForce, ruleSet: { tables, rules: [plan] }, suspended: new Map() };
    this.#pipeline = new Pipeline(
      {
        ...this.#inForce,
        reader: this.#reader,
        tap: false,
        catchUp: {
          rule: plan.name,
          isLeftOut: (timeMs) => reach > 0 && timeMs + 1 - reach < beganMs,
        },
      },
      // What is run once more the tables would know again.
      isKnown && this.position >= at.sequence ? startState(repaired, isTakenUp) : undefined,
    );
    this.#pipeline.command({ kind: "schemas", schemas }, at.timeMs);
  }

  /** Where it is. */
  get at(): Position {
    return { sequence: this.position, timeMs: this.#timeMs };
  }

  /** Entries that it had still to run are gone: it has been waiting for room for too long. */
  get isOvertaken(): boolean {
    return this.#store.journalRange.first - 1 > this.position;
  }

  /** Entries that it still has to run. */
  get behind(): number {
    return this.#store.journalRange.last - this.position;
  }

  /** Runs on until `isEnough` or nothing is left; the rows that it has put out. Throws RuleFailure. */
  run(isEnough: () => boolean): PipelineOutput {
    const pipeline = this.#pipeline;
    for (const record of this.#store.readJournal(this.position)) {
      if (isEnough()) break;
      if (!this.#isBeyond && this.position >= this.repaired.at.emitted) this.#goBeyond();
      // What cannot be read is gone for every rule, and has been told.
      if (record.readable) {
        this.#runEntry(record.sequence, record.entry);
        this.#timeMs = record.entry.timeMs;
      }
      const entries = record.readable ? 1 : record.entries;
      this.position = record.sequence + entries - 1;
      if (this.position <= this.#through) pipeline.takeOutput();
    }
    this.#options.careful.end();
    return pipeline.takeOutput();
  }

  /** An entry that the process has died of again and again is tried first: it would do so for ever. */
  #runEntry(sequence: number, entry: JournalEntry): void {
    const { careful } = this.#options;
    const deaths = careful.deathsAt("catch-up", sequence);
    if (deaths >= SUSPECT_DEATHS) {
      careful.begin("catch-up", sequence, deaths);
      if (this.#isDeadly(entry)) {
        const reason = `it kills the process, at journal entry ${sequence}`;
        throw new RuleFailure(this.repaired.plan.name, new Error(reason));
      }
    }
    careful.begin("catch-up", sequence, deaths + 1);
    const obeys = this.#isBeyond ? OBEYED_BEYOND : OBEYED;
    runEntry({ pipeline: this.#pipeline, reader: this.#reader, obeys }, entry);
  }

  /** What comes of older messages may have left, too, before the image was restored. */
  #goBeyond(): void {
    this.#isBeyond = true;
    const { frontierMs } = this;
    if (frontierMs === Number.NEGATIVE_INFINITY) return;
    const pipeline = this.#pipeline;
    for (const record of this.#store.readJournal(this.position)) {
      if (!record.readable || record.entry.kind !== "command") continue;
      const command = decodeCommand(record.entry.data);
      if (command.kind === "rollback") pipeline.command(command, record.entry.timeMs);
    }
    pipeline.frontiers.raise({ [this.repaired.plan.name]: frontierMs });
  }

  #isDeadly(entry: JournalEntry): boolean {
    const suspect = suspectOf(entry);
    if (suspect === undefined) return false;
    const state = this.#pipeline.snapshot();
    const trial = encodeTrial({ inForce: this.#inForce, state, suspect });
    return this.#options.findDeadly(trial) !== undefined;
  }

  /** The same through entry `sequence`. */
  runTo(sequence: number): PipelineOutput {
    return this.run(() => this.position >= sequence);
  }

  /** Where it would go on, had it failed now. */
  get from(): Parameters<typeof suspend>[2] {
    const { position: sequence } = this;
    const emitted = Math.max(sequence, this.#through);
    const timeMs = timeAfter(this.#store, sequence) ?? this.repaired.at.timeMs;
    return { state: this.#pipeline.snapshot(), where: { sequence, emitted, timeMs } };
  }

  /** What it joins the others with. */
  get joining(): Joining {
    const { rules, tables } = this.#pipeline.snapshot();
    return { rules, tables: new Map([...tables].filter(([each]) => this.#tables.includes(each))) };
  }
}

function suspectOf(entry: JournalEntry): Suspect | undefined {
  if (entry.kind !== "messages") return wholeEntry(entry);
  return { kind: "messages", batches: [decodeJournalBatch(entry.data)] };
}

/** With the rule's own state, or so that it begins anew and knows the numbers that its alarms have taken. */
function startState({ plan, at }: Repaired, isTakenUp: boolean): PipelineState {
  const { name, version } = plan;
  const state = deserialize(at.state) as PipelineState;
  const known = state.rules.get(name);
  if (known === undefined) return state;
  return { ...state, rules: new Map([[name, { ...known, version: isTakenUp ? version : "" }]]) };
}

/** Entries whose rows are out are not missed, unless that is so of all that are gone: open windows went with them. */
function gapOf(store: Store, at: ResumePoint, through: Position = at): Gap {
  const gone = store.journalRange.first - 1;
  const { sequence, timeMs } = through.sequence < gone ? through : at;
  return { entries: gone - sequence, fromMs: timeMs, toMs: timeAfter(store, gone) ?? timeMs };
}

/** Wall clock of the first readable entry after `sequence`. */
function timeAfter(store: Store, sequence: number): number | undefined {
  for (const record of store.readJournal(sequence)) {
    if (record.readable) return record.entry.timeMs;
  }
  return undefined;
}
