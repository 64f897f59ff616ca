// Compares what a read_committed reader saw with what the truth demands, and says what is wrong by kind, with
// examples. The kinds exclude one another: one altered row is one `wrong`, one repeated row one `duplicated`.
//
//   lost        expected, not there            duplicated  the same row or alarm event again
//   unexpected  there, not expected            wrong       there with other content or another Kafka key
//   late        a late fact has been counted   reordered   behind a younger row of its key, or event of its alarm

import { type Cell, type ExpectedRow } from "./scenario.ts";
import { timeOf } from "./times.ts";

/** A record as a Kafka reader or a JSONL file gives it. */
export interface ActualRow {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const FINDINGS = ["lost", "duplicated", "wrong", "unexpected", "reordered", "late"] as const;
export type Finding = (typeof FINDINGS)[number];

export interface Report {
  readonly expected: number;
  readonly actual: number;
  readonly counts: Readonly<Record<Finding, number>>;
  /** The first few of each kind, as text. */
  readonly examples: readonly string[];
}

/** Columns that hold times in Kafka rows; all others are compared as they stand. */
const TIME_COLUMNS: ReadonlySet<string> = new Set(["window_start", "window_end", "event_time"]);
const EXAMPLES_PER_FINDING = 5;
/** STDDEV may be summed in another way: equal up to this share. Everything else is compared exactly. */
const STDDEV_TOLERANCE = 1e-9;

/** Checks all rows. `actual` in the order of each partition; rows of topics that no rule writes are unexpected. */
export async function checkRows(
  expected: readonly ExpectedRow[],
  actual: AsyncIterable<ActualRow> | Iterable<ActualRow>,
): Promise<Report> {
  const check = new Check(expected);
  for await (const row of actual) check.row(row);
  return check.report();
}

/** One line per kind, then the examples. */
export function reportText(report: Report): string {
  const counts = FINDINGS.map((finding) => `${finding} ${report.counts[finding]}`).join(" · ");
  return [
    `expected ${report.expected} · read ${report.actual} · ${counts}`,
    ...report.examples,
  ].join("\n  ");
}

/** True when nothing at all was found. */
export function isClean(report: Report): boolean {
  return FINDINGS.every((finding) => report.counts[finding] === 0);
}

class Check {
  readonly #byId = new Map<string, ExpectedRow>();
  /** By topic. */
  readonly #identifiedBy: ReadonlyMap<string, readonly string[]>;
  readonly #met = new Set<ExpectedRow>();
  readonly #newest = new Map<string, number>();
  readonly #headers = new Set<string>();
  readonly #counts: Record<Finding, number> = {
    lost: 0,
    duplicated: 0,
    wrong: 0,
    unexpected: 0,
    reordered: 0,
    late: 0,
  };
  readonly #examples: string[] = [];
  #actual = 0;

  constructor(expected: readonly ExpectedRow[]) {
    for (const row of expected) {
      const id = `${row.topic} ${row.id}`;
      if (this.#byId.has(id)) throw new Error(`two expected rows are the same: ${id}`);
      this.#byId.set(id, row);
    }
    this.#identifiedBy = new Map(expected.map(({ topic, identifiedBy }) => [topic, identifiedBy]));
  }

  row(actual: ActualRow): void {
    this.#actual++;
    const fields = parseFields(actual.value);
    const expected =
      fields && this.#byId.get(`${actual.topic} ${this.#idOf(actual.topic, fields)}`);
    if (fields === undefined || expected === undefined) {
      this.#found("unexpected", actual);
      return;
    }
    if (this.#met.has(expected) || this.#seenBefore(actual)) {
      this.#found("duplicated", actual);
      return;
    }
    this.#met.add(expected);
    if (actual.key !== expected.key || !sameFields(fields, expected.fields)) {
      const late = expected.ifLateCounted;
      const finding = late !== undefined && sameFields(fields, late) ? "late" : "wrong";
      this.#found(finding, actual, expected);
    }
    this.#order(expected, actual);
  }

  report(): Report {
    for (const row of this.#byId.values())
      if (!this.#met.has(row)) {
        this.#counts.lost++;
        this.#example("lost", `${row.topic} ${JSON.stringify(row.fields)}`);
      }
    return {
      expected: this.#byId.size,
      actual: this.#actual,
      counts: this.#counts,
      examples: this.#examples,
    };
  }

  #order(expected: ExpectedRow, actual: ActualRow): void {
    const sequence = `${expected.topic} ${expected.rule} ${expected.sequence}`;
    const newest = this.#newest.get(sequence) ?? -Infinity;
    if (expected.position < newest) this.#found("reordered", actual);
    else this.#newest.set(sequence, expected.position);
  }

  /** The gateway numbers its rows: a number seen twice is a row sent twice. */
  #seenBefore(actual: ActualRow): boolean {
    const header = actual.headers["headrace"];
    if (header === undefined) return false;
    const seen = this.#headers.has(header);
    this.#headers.add(header);
    return seen;
  }

  #idOf(topic: string, fields: Readonly<Record<string, Cell>>): string {
    return JSON.stringify((this.#identifiedBy.get(topic) ?? []).map((name) => fields[name]));
  }

  #found(finding: Finding, actual: ActualRow, expected?: ExpectedRow): void {
    this.#counts[finding]++;
    const wanted =
      expected === undefined ? "" : ` expected ${expected.key} ${JSON.stringify(expected.fields)}`;
    this.#example(finding, `${actual.topic} ${actual.key} ${actual.value}${wanted}`);
  }

  #example(finding: Finding, text: string): void {
    if (this.#counts[finding] <= EXAMPLES_PER_FINDING) this.#examples.push(`${finding}: ${text}`);
  }
}

/** A row's columns, times as epoch milliseconds; undefined: it is no JSON object. */
export function parseFields(value: string): Record<string, Cell> | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(value);
  } catch {
    return undefined; // not JSON: reported as unexpected
  }
  if (typeof fields !== "object" || fields === null) return undefined;
  const row = fields as Record<string, Cell>;
  for (const column of TIME_COLUMNS)
    if (typeof row[column] === "string") row[column] = timeOf(row[column]);
  return row;
}

function sameFields(
  actual: Readonly<Record<string, Cell>>,
  expected: Readonly<Record<string, Cell>>,
): boolean {
  const names = Object.keys(expected);
  if (Object.keys(actual).length !== names.length) return false;
  return names.every((name) => sameCell(name, actual[name], expected[name]));
}

function sameCell(name: string, actual: Cell | undefined, expected: Cell | undefined): boolean {
  if (actual === expected) return true;
  if (!name.includes("stddev") || typeof actual !== "number" || typeof expected !== "number")
    return false;
  return Math.abs(actual - expected) <= STDDEV_TOLERANCE * Math.max(1, Math.abs(expected));
}
