// The measured rules of `npm run bench:sql` and the bounds of acceptance.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { FeedShape } from "./sql-feed.ts";
import type { Bound } from "./report.ts";

export interface SqlCase {
  readonly name: string;
  readonly sql: string;
  readonly feed: FeedShape;
  /** On `events_per_second` and, where the interpreter runs the case too, `faster_than_interpreter`. */
  readonly bounds: Readonly<Record<string, Bound>>;
}

const READINGS = `CREATE TABLE readings (device STRING, temperature DOUBLE, vibration DOUBLE, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND);\n`;
const THREE = "COUNT(*) AS n, AVG(temperature) AS mean, MAX(vibration) AS peak";
/** 10,000 rows a second of event time over 100 keys. */
const STEADY: FeedShape = { keys: 100, perSecond: 10_000, burstRows: 0 };

/** Windows of a second of a table whose devices have watermarks of their own, `delay` behind. */
function byDevice(delay: string, keys: string): string {
  return `CREATE TABLE readings (device STRING, part STRING, temperature DOUBLE, vibration DOUBLE, ts TIMESTAMP(3),
    WATERMARK FOR ts AS ts - INTERVAL ${delay}) WITH ('watermark.per' = 'device');
    SELECT ${keys}, window_start, ${THREE} FROM TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '1' SECOND)
    GROUP BY ${keys}, window_start, window_end;
`;
}

/** Grouped by device over a window function's call on `readings`. */
function windowed(call: string, aggregates: string = THREE): string {
  return `${READINGS}${grouped(call, aggregates)}`;
}

function grouped(call: string, aggregates: string): string {
  return `SELECT device, window_start, ${aggregates} FROM ${call}
    GROUP BY device, window_start, window_end;\n`;
}

const time = "TABLE readings, DESCRIPTOR(ts)";
const tumbled = (aggregates: string): string =>
  grouped(`TUMBLE(${time}, INTERVAL '1' SECOND)`, aggregates);
export const TUMBLE: SqlCase = {
  name: "tumble-100",
  sql: windowed(`TUMBLE(${time}, INTERVAL '1' SECOND)`),
  feed: STEADY,
  bounds: { events_per_second: { min: 2_000_000 }, faster_than_interpreter: { min: 3 } },
};
export const HOP: SqlCase = {
  name: "hop-60",
  sql: windowed(`HOP(${time}, INTERVAL '1' SECOND, INTERVAL '60' SECOND)`),
  feed: STEADY,
  // "times_tumble" is its cost against TUMBLE over the same rows in the same run.
  bounds: { times_tumble: { max: 2 } },
};

/** Aggregates over the same panes in as many rules, and in one: the difference is what sharing panes could save. */
const FOUR = ["AVG(temperature)", "MAX(vibration)", "MIN(temperature)", "COUNT(*)"].map(
  (call, index) => `${call} AS a${index}`,
);

export const CASES: readonly SqlCase[] = [
  {
    name: "filter",
    sql: `${READINGS}SELECT device, temperature FROM readings WHERE temperature > 99;`,
    feed: STEADY,
    bounds: { events_per_second: { min: 5_000_000 }, faster_than_interpreter: { min: 5 } },
  },
  TUMBLE,
  { ...TUMBLE, name: "tumble-10000", feed: { ...STEADY, keys: 10_000, perSecond: 100_000 } },
  HOP,
  {
    name: "cumulate",
    sql: windowed(`CUMULATE(${time}, INTERVAL '1' SECOND, INTERVAL '60' SECOND)`),
    feed: STEADY,
    bounds: {},
  },
  {
    name: "session",
    sql: windowed(
      "SESSION(TABLE readings PARTITION BY device, DESCRIPTOR(ts), INTERVAL '1' SECOND)",
    ),
    feed: { keys: 1000, perSecond: 10_000, burstRows: 20_000 },
    bounds: {},
  },
  {
    name: "distinct",
    sql: windowed(`TUMBLE(${time}, INTERVAL '1' SECOND)`, "COUNT(DISTINCT temperature) AS n"),
    feed: STEADY,
    bounds: {},
  },
  {
    name: "ten-operators",
    sql: readFileSync(join(import.meta.dirname, "ten-operators.sql"), "utf8"),
    feed: STEADY,
    bounds: { faster_than_interpreter: { min: 2 } },
  },
  {
    name: "devices-100",
    sql: byDevice("'1' SECOND", "device"),
    feed: STEADY,
    bounds: {},
  },
  {
    // Each device has 50,000 keys in 60 open windows, of which every window has one in twenty.
    name: "devices-of-many-keys",
    sql: byDevice("'60' SECOND", "device, part"),
    feed: { ...STEADY, keys: 4 },
    bounds: {},
  },
  { name: "four-rules", sql: READINGS + FOUR.map(tumbled).join("\n"), feed: STEADY, bounds: {} },
  { name: "four-in-one", sql: READINGS + tumbled(FOUR.join(", ")), feed: STEADY, bounds: {} },
];

/** Every key has a row in each of three windows, and the watermark is three seconds behind: none has fired. */
export const STATE: SqlCase & { readonly windows: number } = {
  name: "state",
  sql: windowed(`TUMBLE(${time}, INTERVAL '1' SECOND)`).replace(
    "ts - INTERVAL '1'",
    "ts - INTERVAL '4'",
  ),
  windows: 3,
  feed: { keys: 10_000, perSecond: 10_000, burstRows: 0 },
  bounds: { bytes_per_key_and_window: { max: 200 } },
};
