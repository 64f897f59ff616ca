// A small complete scenario for the checker's tests: devices in virtual time, two window rules and two alarms, and
// the rows a faultless gateway would have written for it.

import { columnValues } from "../../../firmware-sim/device/columns.ts";
import { compileDevice } from "../../../firmware-sim/device/compile.ts";
import type { ActualRow } from "../../../firmware-sim/checker/check.ts";
import { expectTable } from "../../../firmware-sim/checker/expect.ts";
import type {
  AlarmRule,
  CheckedTable,
  ExpectedRow,
  WindowRule,
} from "../../../firmware-sim/checker/scenario.ts";
import { Fleet } from "../../../firmware-sim/fleet.ts";
import { TruthLog, type TruthRecord } from "../../../firmware-sim/truth.ts";
import { profileFixture, resource } from "../profile-fixture.ts";

export const DELAY_MS = 4000;
export const SKEW_MS = 1000;

export const TUMBLE: WindowRule = {
  kind: "window",
  rule: "by_device",
  topic: "by_device",
  sizeMs: 5000,
  slideMs: 5000,
  offsetMs: 0,
  keys: ["device"],
  kafkaKey: "device",
  aggregates: [
    { name: "n", function: "COUNT" },
    { name: "temp_avg", function: "AVG", of: "temperature" },
    { name: "temp_stddev", function: "STDDEV_POP", of: "temperature" },
  ],
};

export const HOP: WindowRule = {
  ...TUMBLE,
  rule: "by_line",
  topic: "by_line",
  sizeMs: 10_000,
  keys: ["line"],
  kafkaKey: "line",
  aggregates: [
    { name: "n", function: "COUNT" },
    { name: "devices", function: "COUNT_DISTINCT", of: "device" },
    { name: "temp_max", function: "MAX", of: "temperature" },
  ],
};

export const LIMIT: AlarmRule = {
  kind: "alarm",
  rule: "too_hot",
  topic: "headrace.alarms",
  input: "rows",
  series: "device",
  value: "temperature",
  severity: "high",
  set: 80,
  clear: 75,
  onDelayMs: 0,
  offDelayMs: 0,
  message: "too hot",
  payload: ["line"],
};

const STDDEV: AlarmRule = {
  ...LIMIT,
  rule: "rough",
  input: TUMBLE,
  value: "temp_stddev",
  set: 5,
  clear: 5,
  payload: ["n"],
};

/** Six devices of two lines, 240 s, with everything that a radio does to facts. */
export function tableFixture(): CheckedTable {
  return {
    name: "telemetry",
    delayMs: DELAY_MS,
    skewMs: SKEW_MS,
    truth: truthFixture(),
    rules: [TUMBLE, HOP, LIMIT, STDDEV],
  };
}

function truthFixture(): TruthRecord[] {
  const temperature = resource("temperature", { valueType: "Int32" });
  const profile = profileFixture({
    resources: [temperature],
    simulate: {
      everyMs: 200,
      signals: { temperature: { kind: "noise", base: 60, noise: 3 } },
      faults: [
        {
          label: "hot",
          on: "temperature",
          atMs: 30_000,
          forMs: 10_000,
          effect: { kind: "offset", by: 40 },
        },
        {
          label: "rough",
          on: "temperature",
          atMs: 60_000,
          forMs: 10_000,
          effect: { kind: "noise", sigma: 8 },
        },
      ],
    },
  });
  const plan = compileDevice(profile, {
    startMs: 1_700_000_000_000,
    samples: 1200,
    flushAfterMs: 100_000,
    behaviour: {
      resend: { share: 0.1, withinMs: 1000, dupShare: 0.5 },
      disorder: { share: 0.2, byMs: 500 },
      late: { share: 0.02, afterMs: 20 * DELAY_MS, byMs: 10 * DELAY_MS },
      outage: { everyMs: 0, forMs: 0 },
      bufferFacts: 100,
    },
  });
  const truth = new TruthLog({
    deviceName: (device) => `d${device}`,
    valuesOf: (fact) => ({ line: `line-${fact.device % 2}`, ...columnValues(profile, plan, fact) }),
  });
  const fleet = new Fleet({
    seed: 11,
    plans: Array.from({ length: 6 }, () => plan),
    onFact: (fact) => truth.fact(fact),
    onTransmit: (transmission) => {
      truth.sent(transmission);
      truth.fate(transmission.fact, "acknowledged");
    },
  });
  fleet.run(Infinity);
  return truth.records();
}

/** What a faultless gateway writes to Kafka, in an order that Kafka could hold it. */
export function faultlessRows(table: CheckedTable): ActualRow[] {
  return [...expectTable(table).rows]
    .sort((a, b) => a.position - b.position)
    .map((row, i) => actualRow(row, i + 1));
}

function actualRow(row: ExpectedRow, sequence: number): ActualRow {
  const fields: Record<string, unknown> = { ...row.fields };
  for (const column of ["window_start", "window_end", "event_time"])
    if (typeof fields[column] === "number")
      fields[column] = new Date(fields[column]).toISOString().replace("T", " ").slice(0, -1);
  return {
    topic: row.topic,
    key: row.key,
    value: JSON.stringify(fields),
    headers: { headrace: `gw/0123456789abcdef/result/${sequence}` },
  };
}
