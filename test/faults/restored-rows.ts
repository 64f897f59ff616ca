// What must be in Kafka after a disk image was restored. A row is judged by the facts it was made of. A fact that only a
// lost life was given ("gone") may be in its rows or not: a row of its own is there, is told of as withheld, or is gone; a
// window that it belonged to may count it or not. Any other row must be there with exactly its content, or be told of as
// withheld. Alarm events depend on every row before them: none may come twice, and a series must be raised and returned in
// turn.

import { type ActualRow, checkRows, type Report } from "../../firmware-sim/checker/check.ts";
import type { ExpectedRow } from "../../firmware-sim/checker/scenario.ts";
import type { ToldRow } from "./extra-feed.ts";
import { nameOf, repeated, RowNames, touchedRows } from "./row-names.ts";

export interface RestoredRows {
  /** By partition in their order. */
  readonly rows: readonly ActualRow[];
  readonly withheld: readonly ToldRow[];
  /** Of all facts, and of all that are not gone. */
  readonly expected: readonly ExpectedRow[];
  readonly withoutGone: readonly ExpectedRow[];
  /** Where each fact has a row of its own. */
  readonly rowsTopic: string;
  readonly alarmTopic: string;
}

export interface RestoredVerdict {
  readonly report: Report;
  /** Facts whose row is gone. */
  readonly destroyed: number;
  readonly problems: readonly string[];
}

export async function judgeRestored(of: RestoredRows): Promise<RestoredVerdict> {
  const { rows, rowsTopic, alarmTopic } = of;
  const isAlarm = ({ topic }: { readonly topic: string }): boolean => topic === alarmTopic;
  const expected = of.expected.filter((row) => !isAlarm(row));
  const names = new RowNames(expected);
  const seen = new Set(rows.map((row) => names.of(row)));
  const withheld = new Set(of.withheld.map((row) => names.of(row)));
  const touched = touchedRows(expected, of.withoutGone);
  const windows = new Set(touched.filter(({ topic }) => topic !== rowsTopic).map(nameOf));
  const gone = touched.filter((row) => {
    const name = nameOf(row);
    return row.topic === rowsTopic && !seen.has(name) && !withheld.has(name);
  });
  const left = new Set([...gone.map(nameOf), ...windows]);
  const wanted = expected.filter((row) => {
    const name = nameOf(row);
    return !left.has(name) && (seen.has(name) || !withheld.has(name));
  });
  const isFree = (row: ActualRow): boolean => isAlarm(row) || windows.has(names.of(row));
  const report = await checkRows(
    wanted,
    rows.filter((row) => !isFree(row)),
  );
  const alarms = rows.filter(isAlarm);
  return {
    report,
    destroyed: gone.length,
    problems: [
      ...twice(rows.filter((row) => windows.has(names.of(row))).map((row) => names.of(row))),
      ...twice(rows.flatMap(({ headers }) => headers["headrace"] ?? [])),
      ...outOfTurn(alarms),
    ],
  };
}

function twice(names: readonly string[]): string[] {
  return repeated(names).map((name) => `twice: ${name}`);
}

/** `events`: of one partition. */
function outOfTurn(events: readonly ActualRow[]): string[] {
  const last = new Map<string, { readonly state: string; readonly occurrence: number }>();
  return events.flatMap(({ value }) => {
    const { rule, series, state, occurrence } = JSON.parse(value) as {
      rule: string;
      series: string;
      state: string;
      occurrence: number;
    };
    const name = `${rule} ${series}`;
    const before = last.get(name) ?? { state: "returned", occurrence: 0 };
    last.set(name, { state, occurrence });
    const isNext =
      state === "raised"
        ? before.state === "returned" && occurrence > before.occurrence
        : before.state === "raised" && occurrence === before.occurrence;
    return isNext ? [] : [`alarm out of turn: ${value} after ${before.state} ${before.occurrence}`];
  });
}
