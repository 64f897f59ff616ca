// The end-to-end scenario: two fleets, two tables, three rules each, in both of its forms: SQL and gateway.yaml for
// the gateway, plain data for the checker. The conditions that make the expected rows independent of interleaving:
//   skew between devices + a device's own disorder < half the watermark delay; window size ≤ 5 × the delay;
//   late rows (1 %, labelled) begin after 20 × the delay and are late by 10 to 15 × the delay;
//   every device's last event closes every window. The values are small integers, so that sums are exact.

import type { Profile } from "../../src/config/profile.ts";
import type { AlarmRule, CheckedTable, WindowRule } from "../../firmware-sim/checker/scenario.ts";
import { compileDevice } from "../../firmware-sim/device/compile.ts";
import { deviceEncoder } from "../../firmware-sim/device/encoder.ts";
import type { Fact } from "../../firmware-sim/device/device.ts";
import type { FleetDevice } from "../../firmware-sim/transport/mqtt-fleet.ts";
import { TruthLog } from "../../firmware-sim/truth.ts";
import { profileFixture, resource } from "../firmware-sim/profile-fixture.ts";

export const DELAY_MS = 5_000;
/** How far devices may run ahead of the slowest acknowledged one; with DISORDER_MS below half the delay. */
export const SKEW_MS = 1_500;
const DISORDER_MS = 700;
const PERIOD_MS = 200;
/** Of the rows that may be late, so that 1 % of all rows are. */
const LATE_SHARE = 0.017;
const RESEND_SHARE = 0.1;
/** Facts per device. Smaller runs have fewer devices: the times above need the length. */
export const SAMPLES = 2_000;
const LINES = 10;
const START_MS = Date.UTC(2026, 0, 1);

/** Both tables have the same shape; what differs is how their devices reach the gateway. */
export const SIDES = ["direct", "broker"] as const;
export type Side = (typeof SIDES)[number];

/** Virtual time of the last regular sample. */
export const END_MS: number = START_MS + SAMPLES * PERIOD_MS;

const RESOURCES = [
  resource("temperature", { valueType: "Int32" }),
  resource("vibration", { valueType: "Int32" }),
];

const ON_DELAY_MS: Readonly<Record<Side, number>> = { direct: 2_000, broker: 0 };
export const ALARM_TOPIC = "headrace.alarms";

function deviceName(side: Side, device: number): string {
  return `${side}-${String(device).padStart(3, "0")}`;
}

function lineName(device: number): string {
  return `line-${device % LINES}`;
}

/** The devices of one side. */
export function fleetDevices(side: Side, count: number): FleetDevice[] {
  return Array.from({ length: count }, (_, device) => {
    const name = deviceName(side, device);
    const profile = profileOf(side, device);
    const plan = compileDevice(profile, {
      startMs: START_MS,
      samples: SAMPLES,
      flushAfterMs: 10 * DELAY_MS,
      // Every device is too hot for 8 s of each minute, at its own time.
      faultsEveryMs: 60_000,
      behaviour: {
        resend: { share: RESEND_SHARE, withinMs: 1_000, dupShare: 0.5 },
        disorder: { share: 0.2, byMs: DISORDER_MS },
        late: { share: LATE_SHARE, afterMs: 20 * DELAY_MS, byMs: 10 * DELAY_MS },
        outage: { everyMs: 0, forMs: 0 },
        bufferFacts: SAMPLES,
      },
    });
    const captures = { line: lineName(device), device: name };
    return { name, plan, encoder: deviceEncoder(profile, plan, captures) };
  });
}

/** A truth log whose columns are those of the SQL table. */
export function truthOf(side: Side): TruthLog {
  return new TruthLog({
    deviceName: (device) => deviceName(side, device),
    valuesOf: ({ device, values }: Fact) => ({
      line: lineName(device),
      temperature: values[0] ?? null,
      vibration: values[1] ?? null,
    }),
  });
}

/** What the checker is told about one side. */
export function checkedTable(side: Side, truth: TruthLog): CheckedTable {
  const byDevice: WindowRule = {
    kind: "window",
    rule: `${side}_by_device`,
    topic: `${side}_by_device`,
    sizeMs: 5_000,
    slideMs: 5_000,
    offsetMs: 0,
    keys: ["device"],
    kafkaKey: "device",
    aggregates: [
      { name: "n", function: "COUNT" },
      { name: "temp_avg", function: "AVG", of: "temperature" },
      { name: "temp_stddev", function: "STDDEV_POP", of: "temperature" },
      { name: "vib_max", function: "MAX", of: "vibration" },
    ],
  };
  const byLine: WindowRule = {
    ...byDevice,
    rule: `${side}_by_line`,
    topic: `${side}_by_line`,
    sizeMs: 20_000,
    slideMs: 10_000,
    keys: ["line"],
    kafkaKey: "line",
    aggregates: [
      { name: "n", function: "COUNT" },
      { name: "devices", function: "COUNT_DISTINCT", of: "device" },
      { name: "temp_sum", function: "SUM", of: "temperature" },
      { name: "vib_min", function: "MIN", of: "vibration" },
    ],
  };
  const hot: AlarmRule = {
    kind: "alarm",
    rule: `${side}_hot`,
    topic: ALARM_TOPIC,
    input: "rows",
    series: "device",
    value: "temperature",
    severity: "high",
    set: 80,
    clear: 75,
    onDelayMs: ON_DELAY_MS[side],
    offDelayMs: 0,
    message: null,
    payload: ["line"],
  };
  return {
    name: `${side}_telemetry`,
    delayMs: DELAY_MS,
    skewMs: SKEW_MS,
    truth: truth.records(),
    rules: [byDevice, byLine, hot],
  };
}

/** Data topics, for reading them back. */
export function topics(): string[] {
  return [...SIDES.flatMap((side) => [`${side}_by_device`, `${side}_by_line`]), ALARM_TOPIC];
}

/** A topic that the side's table subscribes to, of a device that does not exist. */
export function subscribedTopic(side: Side): string {
  return `${side}/no-line/no-device/telemetry`;
}

/** Rule files by name. The source table stands in each file anew, as users write it: it is one table. */
export function ruleFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    SIDES.flatMap((side) => [
      [`${side}_by_device.sql`, source(side) + byDeviceSql(side)],
      [`${side}_by_line.sql`, source(side) + byLineSql(side)],
      [`${side}_hot.sql`, source(side) + hotSql(side)],
    ]),
  );
}

function profileOf(side: Side, device: number): Profile {
  const fixture = profileFixture({
    resources: RESOURCES,
    simulate: {
      everyMs: PERIOD_MS,
      // 60 ± at most 11 when well, above 90 when too hot: never between the limits.
      signals: {
        temperature: { kind: "noise", base: 60, noise: 3 },
        vibration: { kind: "noise", base: 200, noise: 20 },
      },
      faults: [
        {
          label: "hot",
          on: "temperature",
          atMs: 7_000 + ((device * 7_919) % 50_000),
          forMs: 8_000,
          effect: { kind: "offset", by: 45 },
        },
      ],
      constants: { "/device": "{device}", "/line": "{line}" },
    },
  });
  return { ...fixture, topic: `${side}/{line}/{device}/telemetry` };
}

function source(side: Side): string {
  return `CREATE TABLE ${side}_telemetry (
  device STRING, line STRING, seq BIGINT, ts BIGINT, temperature DOUBLE, vibration DOUBLE,
  event_time AS TO_TIMESTAMP_LTZ(ts, 3),
  WATERMARK FOR event_time AS event_time - INTERVAL '${DELAY_MS / 1000}' SECOND
) WITH ('connector' = 'mqtt', 'source' = '${side}', 'topic' = '${side}/+/+/telemetry', 'format' = 'json',
        'identity.key' = 'device', 'identity.sequence' = 'seq');

`;
}

function kafkaSink(name: string, key: string, columns: string): string {
  return `CREATE TABLE ${name} (${key} STRING, window_start TIMESTAMP(3), window_end TIMESTAMP(3), ${columns})
WITH ('connector' = 'kafka', 'topic' = '${name}', 'format' = 'json', 'key.format' = 'raw', 'key.fields' = '${key}');

`;
}

function byDeviceSql(side: Side): string {
  const name = `${side}_by_device`;
  return `${kafkaSink(name, "device", "n BIGINT, temp_avg DOUBLE, temp_stddev DOUBLE, vib_max DOUBLE")}INSERT INTO ${name}
SELECT device, window_start, window_end, COUNT(*), AVG(temperature), STDDEV_POP(temperature), MAX(vibration)
FROM TUMBLE(TABLE ${side}_telemetry, DESCRIPTOR(event_time), INTERVAL '5' SECOND)
GROUP BY device, window_start, window_end;
`;
}

function byLineSql(side: Side): string {
  const name = `${side}_by_line`;
  return `${kafkaSink(name, "line", "n BIGINT, devices BIGINT, temp_sum DOUBLE, vib_min DOUBLE")}INSERT INTO ${name}
SELECT line, window_start, window_end, COUNT(*), COUNT(DISTINCT device), SUM(temperature), MIN(vibration)
FROM HOP(TABLE ${side}_telemetry, DESCRIPTOR(event_time), INTERVAL '10' SECOND, INTERVAL '20' SECOND)
GROUP BY line, window_start, window_end;
`;
}

function hotSql(side: Side): string {
  const delay = ON_DELAY_MS[side] > 0 ? `, 'on-delay' = '${ON_DELAY_MS[side] / 1000} s'` : "";
  return `CREATE TABLE ${side}_hot (series STRING, event_time TIMESTAMP_LTZ(3), \`value\` DOUBLE, line STRING)
WITH ('connector' = 'alarm', 'severity' = 'high', 'set' = '80', 'clear' = '75'${delay});

INSERT INTO ${side}_hot SELECT device, event_time, temperature, line FROM ${side}_telemetry;
`;
}
