// The conformance cases: folders with a query, its events, and what a real Flink made of them. The committed list says
// of each whether headrace gives Flink's outcome ("pass") or refuses the query by name ("refuse").

import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseRows, type ExactRow, type GoldenColumn } from "../compare-rows.ts";
import { ROOT } from "../repository.ts";

const CASES = join(ROOT, "test", "conformance");
const LIST = join(CASES, "list.json");

export type CaseStatus = "pass" | "refuse";

/** rejected: Flink refuses the query; fails: its job dies on the data. */
export type CaseOutcome = "rows" | "rejected" | "fails";

/** case.json, written by hand. */
export interface CaseDescription {
  readonly title: string;
  /** What a wrong implementation gets wrong. */
  readonly probes: string;
  readonly source: string;
  readonly tags: readonly string[];
  readonly tier: number;
  readonly outcome: CaseOutcome;
  /** Event by event through the whole job; chosen by itself when absent. */
  readonly settle?: boolean;
  /** Settings of Flink. */
  readonly config?: Readonly<Record<string, string>>;
  /** Flink's rows depend on where watermarks are made and on the phases of aggregation. */
  readonly variantSensitive?: boolean;
}

export interface ConformanceCase extends CaseDescription {
  readonly name: string;
  readonly folder: string;
  readonly sql: string;
  /** Payloads in order of arrival. */
  readonly lines: readonly string[];
}

/** The folder of the case of this name. */
export function caseFolder(name: string): string {
  return join(CASES, name);
}

/** Reads the case of this name. */
export function readCase(name: string): ConformanceCase {
  const folder = caseFolder(name);
  const description = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));
  const input = join(folder, "input.jsonl");
  return {
    ...(description as CaseDescription),
    name,
    folder,
    sql: readFileSync(join(folder, "query.sql"), "utf8"),
    lines: existsSync(input) ? nonBlankLines(readFileSync(input, "utf8")) : [],
  };
}

function nonBlankLines(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

/** Names of all case folders, sorted. */
export function caseNames(): string[] {
  return readdirSync(CASES)
    .filter((name) => existsSync(join(CASES, name, "case.json")))
    .toSorted();
}

/** The committed list, by name. */
export function caseList(): Record<string, CaseStatus> {
  return JSON.parse(readFileSync(LIST, "utf8")) as Record<string, CaseStatus>;
}

/** Puts cases into the committed list, which stays sorted. */
export function listCases(entries: Readonly<Record<string, CaseStatus>>): void {
  const all = Object.entries({ ...caseList(), ...entries });
  const lines = all.toSorted(([a], [b]) => (a < b ? -1 : 1)).map((entry) => lineOf(...entry));
  writeFileSync(LIST, `{\n${lines.join(",\n")}\n}\n`);
}

function lineOf(name: string, status: CaseStatus): string {
  return `  ${JSON.stringify(name)}: ${JSON.stringify(status)}`;
}

/** What a real Flink gave for a case of outcome `rows`. */
export interface GoldenRows {
  readonly rows: readonly ExactRow[];
  readonly columns: readonly GoldenColumn[];
}

/** Reads the golden rows; undefined when the oracle has not written them. */
export function goldenRows({ folder }: ConformanceCase): GoldenRows | undefined {
  const rows = join(folder, "expected.jsonl");
  const meta = join(folder, "expected.meta.json");
  if (!existsSync(rows) || !existsSync(meta)) return undefined;
  const { columns = [] } = JSON.parse(readFileSync(meta, "utf8")) as { columns?: GoldenColumn[] };
  return { rows: parseRows(readFileSync(rows, "utf8")), columns };
}
