// `headrace backtest RULE.sql -c gateway.yaml`: the rule over the journal that the gateway keeps, and the rows that it
// would have put out, as JSON lines on stdout. What was covered, and what could not be, goes to stderr.
//
// `--diff`: only the rows in which it differs from the rule in force of the same name or sink.
// `--json`: each row with its rule, and the report as the last line on stdout.

import { dataFolderOf } from "../config/data-folder.ts";
import { loadPlanning } from "../config/load.ts";
import type { Profile } from "../config/profile.ts";
import { schemaOptions } from "../config/schema-files.ts";
import { profileTables } from "../config/profile-tables.ts";
import { parseDuration } from "../core/duration.ts";
import { GatewayError } from "../core/errors.ts";
import { RECEIVE_MAXIMUM } from "../core/limits.ts";
import type { JournalHead } from "../core/protocol.ts";
import { Backtest } from "../engine/backtest.ts";
import { decodeConfigEntry } from "../engine/config-entry.ts";
import type { InForce, Settings } from "../engine/config-entry.ts";
import { RuleFailure } from "../engine/rule-failure.ts";
import { planRules } from "../engine/rule-set.ts";
import type { RuleSet } from "../engine/rule-set.ts";
import { checkSource } from "../engine/source-check.ts";
import type { JournalRecord } from "../store/journal.ts";
import { decodeJournalRow } from "../store/journal-reader.ts";
import type { JournalRow } from "../store/journal-reader.ts";
import { Difference } from "./backtest/difference.ts";
import { openJournal } from "./backtest/journal-source.ts";
import type { JournalSource } from "./backtest/journal-source.ts";
import { reportOf, reportText } from "./backtest/report.ts";
import { counterpart } from "./backtest/counterpart.ts";
import { LineWriter } from "./line-writer.ts";
import { Progress } from "./progress.ts";
import { holdsNoQuery, readRuleFile } from "./rule-file.ts";

export interface BacktestOptions {
  readonly config: string;
  readonly since?: string;
  readonly diff?: boolean;
  readonly json?: boolean;
}

/** Runs it; resolves with the exit code. Throws GatewayError for what is refused before. */
export async function backtest(file: string, options: BacktestOptions): Promise<number> {
  const sinceMs = sinceOf(options);
  const folder = dataFolderOf(options.config);
  const planning = loadPlanning(options.config);
  const { profiles } = planning;
  const ruleSet = planFile(file, planning);
  const source = await openJournal(folder, sinceMs ?? 0);
  return await new BacktestRun({ ...options, sinceMs, source, ruleSet, profiles }).run();
}

interface RunOptions extends Pick<BacktestOptions, "diff" | "json"> {
  readonly sinceMs: number | undefined;
  readonly source: JournalSource;
  readonly ruleSet: RuleSet;
  readonly profiles: readonly Profile[];
}

class BacktestRun {
  readonly #options: RunOptions;
  readonly #progress = new Progress({ stream: process.stderr, nowMs: () => performance.now() });
  readonly #output = new LineWriter(this.#progress);
  readonly #candidate: Backtest;
  /** With --diff: the rules in force. */
  readonly #inForce: Backtest | undefined;
  readonly #difference: Difference | undefined;
  #toMs: number | undefined;
  #bytes = 0;
  /** The last sequence that was run. */
  #at: number;

  constructor(options: RunOptions) {
    const { source, ruleSet, profiles, diff } = options;
    const { head } = source;
    this.#options = options;
    this.#at = (head?.fromSequence ?? 1) - 1;
    const inForce =
      head?.inForce === undefined ? undefined : decodeConfigEntry(head.inForce).inForce;
    const settings = inForce?.settings ?? NO_SETTINGS;
    const beginMs = beginOf(head);
    this.#difference = diff === true ? new Difference() : undefined;
    this.#candidate = new Backtest({
      ruleSet,
      profiles,
      settings,
      beginMs,
      schemas: head?.schemas ?? [],
      take: ({ name, sink }, json) => {
        if (this.#difference !== undefined) this.#difference.add("candidate", json);
        else this.#output.write(this.#line(name, sink.name, json));
      },
    });
    if (this.#difference === undefined) return;
    this.#inForce = this.#counterpart(inForce, beginMs);
  }

  async run(): Promise<number> {
    try {
      for await (const rows of this.#options.source.rows()) {
        for (const row of rows) this.#run(row);
        if (!(await this.#output.drained())) return 0;
        const { bytes: of = 0 } = this.#options.source.head ?? {};
        this.#progress.update(this.#candidate.counts.messages, { bytes: this.#bytes, of });
      }
    } catch (error) {
      this.#progress.clear();
      throw error instanceof RuleFailure ? this.#failed(error) : error;
    }
    this.#missing((this.#options.source.head?.lastSequence ?? this.#at) + 1);
    return await this.#end();
  }

  #run(row: JournalRow): void {
    const record = decodeJournalRow(row);
    this.#missing(record.sequence);
    this.#at = record.sequence;
    this.#bytes += (row["data"] as Uint8Array).byteLength;
    this.#apply(record);
    if (record.readable) this.#toMs = record.entry.timeMs;
  }

  /** Numbers before `sequence` that did not come. */
  #missing(sequence: number): void {
    const entries = sequence - this.#at - 1;
    if (entries > 0) this.#apply({ readable: false, sequence: this.#at + 1, entries });
  }

  #apply(record: JournalRecord): void {
    this.#candidate.run(record);
    this.#inForce?.run(record);
  }

  async #end(): Promise<number> {
    const { source, sinceMs, ruleSet, json } = this.#options;
    const difference = this.#difference;
    for (const { side, row } of difference?.rows() ?? []) {
      this.#output.write(`{"only":"${side}","row":${row}}`);
    }
    const covered = { head: source.head, sinceMs, toMs: this.#toMs, ruleSet, difference };
    const report = reportOf(this.#candidate, covered);
    if (json === true) this.#output.write(JSON.stringify({ report }));
    await this.#output.drained();
    this.#progress.clear();
    if (json !== true) process.stderr.write(reportText(report));
    return 0;
  }

  #line(rule: string, into: string, row: string): string {
    if (this.#options.json === true) return `{"rule":${JSON.stringify(rule)},"row":${row}}`;
    if (this.#options.ruleSet.rules.length === 1) return row;
    return `{"into":${JSON.stringify(into)},"row":${row}}`;
  }

  #counterpart(inForce: InForce | undefined, beginMs: number): Backtest {
    const { profiles = [], settings = NO_SETTINGS } = inForce ?? {};
    const ruleSet = counterpart(this.#options.ruleSet, inForce?.ruleSet);
    const take = (_: unknown, json: string): void => this.#difference?.add("in_force", json);
    const { schemas = [] } = this.#options.source.head ?? {};
    return new Backtest({ ruleSet, profiles, settings, beginMs, schemas, take });
  }

  #failed({ rule, reason, cause }: RuleFailure): GatewayError {
    const message = `rule ${rule} failed at journal entry ${this.#at}: ${reason}`;
    return new GatewayError(message, { code: "ASSERTION", blame: "data", cause });
  }
}

/** Of a journal that has lost what it says of them. */
const NO_SETTINGS: Settings = {
  gatewayId: "",
  receiveMaximum: RECEIVE_MAXIMUM,
  directSources: [],
  brokerSources: [],
  topics: { alarm: "", deadLetter: undefined, late: undefined, rollback: undefined },
};

/** A journal from its first entry on has missed nothing. */
function beginOf(head: JournalHead | undefined): number {
  return head === undefined || head.fromSequence === 1 ? Number.NEGATIVE_INFINITY : head.fromTimeMs;
}

function sinceOf({ since }: BacktestOptions): number | undefined {
  if (since === undefined) return undefined;
  const durationMs = parseDuration(since);
  if (durationMs !== undefined) return Date.now() - durationMs;
  throw new GatewayError(`--since ${since} is no duration`, {
    code: "USAGE",
    blame: "config",
    hint: "Write one such as 30m, 12h or 2d.",
  });
}

function planFile(
  file: string,
  { profiles, localTimeZone }: ReturnType<typeof loadPlanning>,
): RuleSet {
  const text = readRuleFile(file);
  const ruleSet = planRules([{ file, text }], profiles.flatMap(profileTables), {
    bare: true,
    zone: localTimeZone,
    contentIn: schemaOptions,
  });
  for (const table of ruleSet.tables) checkSource(table);
  if (ruleSet.rules.length > 0) return ruleSet;
  throw holdsNoQuery(file);
}
