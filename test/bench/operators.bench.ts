// CPU of the operators alone, from decoded batches: nanoseconds per row. Prints one JSON line.
//   node test/bench/operators.bench.ts [rows]

import type { RowBatch } from "../../src/core/row-batch.ts";
import { buildRule, buildSource } from "../../src/operators/index.ts";
import type { Relation, SourceTable } from "../../src/sql/plan.ts";
import * as plan from "../operators/plans.ts";

const BATCH_ROWS = 4096;
const ROWS = Number(process.argv[2] ?? 4_000_000);
const START_MS = 1_704_067_200_000;

const readings = plan.table(
  { device: plan.STRING, ts: plan.TS3, temperature: plan.DOUBLE, vibration: plan.DOUBLE },
  { column: "ts", delayMs: 5000 },
);
const scan = plan.scan(readings);

const queries: Readonly<Record<string, Relation>> = {
  filter: plan.project(
    plan.filter(
      scan,
      plan.call(">", plan.BOOLEAN, plan.column(scan, "temperature"), plan.literal(99, plan.DOUBLE)),
    ),
    { device: plan.column(scan, "device"), temperature: plan.column(scan, "temperature") },
  ),
  tumble: plan.groupBy(scan, {
    window: { kind: "tumble", sizeMs: 10_000, offsetMs: 0 },
    time: "ts",
    keys: ["device"],
    aggregates: [
      plan.aggregate("COUNT", plan.BIGINT),
      plan.aggregate("AVG", plan.DOUBLE, { of: plan.column(scan, "temperature") }),
      plan.aggregate("MAX", plan.DOUBLE, { of: plan.column(scan, "vibration") }),
    ],
  }),
  hop: plan.groupBy(scan, {
    window: { kind: "hop", sizeMs: 60_000, slideMs: 10_000, offsetMs: 0 },
    time: "ts",
    keys: ["device"],
    aggregates: [
      plan.aggregate("COUNT", plan.BIGINT),
      plan.aggregate("AVG", plan.DOUBLE, { of: plan.column(scan, "temperature") }),
      plan.aggregate("MAX", plan.DOUBLE, { of: plan.column(scan, "vibration") }),
    ],
  }),
};

const names: string[] = [];
const results: Record<string, number> = {};
for (const [name, root] of Object.entries(queries)) {
  for (const keys of name === "filter" ? [100] : [100, 10_000]) {
    for (const isFresh of [false, true]) {
      const label = `${name}_${keys}${isFresh ? "_fresh_strings" : ""}`;
      results[label] = Math.round(measure(readings, root, { keys, isFresh }));
    }
  }
}
process.stdout.write(`${JSON.stringify({ bench: "operators", unit: "ns/row", ...results })}\n`);

function measure(
  source: SourceTable,
  root: Relation,
  shape: { readonly keys: number; readonly isFresh: boolean },
): number {
  let rows = 0;
  const host = { late: () => undefined, dataError: () => undefined };
  const running = buildSource(source, { host });
  buildRule(plan.query(root), {
    name: "bench",
    sources: () => running,
    sink: { row: () => void rows++, watermark: () => undefined },
    host,
  });
  const batch = plan.batchOf(
    source,
    Array.from({ length: BATCH_ROWS }, () => [null, 0, 0, 0]),
  );
  let spentUs = 0;
  // The first fifth warms up.
  for (let first = -ROWS / 5; first < ROWS; first += BATCH_ROWS) {
    fill(batch, first, shape);
    const before = process.cpuUsage();
    running.push(batch, 0, BATCH_ROWS);
    const { user, system } = process.cpuUsage(before);
    if (first >= 0) spentUs += user + system;
  }
  if (rows === 0) throw new Error("the bench produced no row");
  return (spentUs * 1000) / ROWS;
}

/** Rows of all devices in turn, 100,000 a second of event time, a little out of order. */
function fill(
  batch: RowBatch,
  first: number,
  { keys, isFresh }: { readonly keys: number; readonly isFresh: boolean },
): void {
  const [device, time, temperature, vibration] = batch.columns;
  if (device?.layout !== "value" || time?.layout !== "number") return;
  if (temperature?.layout !== "number" || vibration?.layout !== "number") return;
  batch.skip.fill(0);
  for (let row = 0; row < BATCH_ROWS; row++) {
    const number = first + ROWS + row;
    const key = (number * 7919) % keys;
    // A decoder that does not intern makes a new flat string for each row.
    device.values[row] = isFresh ? Buffer.from(`device-${key}`).toString("latin1") : nameOf(key);
    time.values[row] = START_MS + number / 100 - (number % 7) * 100;
    time.state[row] = 0;
    temperature.values[row] = (number * 31) % 101;
    temperature.state[row] = 0;
    vibration.values[row] = (number * 17) % 13;
    vibration.state[row] = 0;
  }
}

function nameOf(key: number): string {
  const known = names[key];
  if (known !== undefined) return known;
  const name = `device-${key}`;
  names[key] = name;
  return name;
}
