// The rules of a scenario in their SQL form, one file each. The source table stands in each file anew, as users write
// it: it is one table.

import type { Scenario, Side } from "./scenario.ts";

/** Rule files by name. */
export function ruleFiles(scenario: Scenario): Readonly<Record<string, string>> {
  const { sides, everyRow } = scenario.options;
  return Object.fromEntries(
    sides.flatMap((side) => {
      const source = sourceTable(scenario, side);
      return [
        [`${side}_by_device.sql`, source + byDevice(scenario, side)],
        [`${side}_by_line.sql`, source + byLine(scenario, side)],
        [`${side}_hot.sql`, source + hot(scenario, side)],
        ...(everyRow ? [[`${side}_rows.sql`, source + rows(scenario, side)]] : []),
      ];
    }),
  );
}

function sourceTable({ options }: Scenario, side: Side): string {
  return `CREATE TABLE ${side}_telemetry (
  device STRING, line STRING, seq BIGINT, ts BIGINT, temperature DOUBLE, vibration DOUBLE,
  event_time AS TO_TIMESTAMP_LTZ(ts, 3),
  WATERMARK FOR event_time AS event_time - INTERVAL '${options.delayMs / 1000}' SECOND
) WITH ('connector' = 'mqtt', 'source' = '${side}', 'topic' = '${side}/+/+/telemetry', 'format' = 'json',
        'identity.key' = 'device', 'identity.sequence' = 'seq');

`;
}

function kafkaSink({ options }: Scenario, name: string, columns: readonly string[]): string {
  const key = columns[0]?.split(" ")[0];
  return `CREATE TABLE ${name} (${columns.join(", ")})
WITH ('connector' = 'kafka', 'topic' = '${options.topicPrefix}${name}', 'format' = 'json', 'key.format' = 'raw', 'key.fields' = '${key}');

`;
}

const WINDOW = ["window_start TIMESTAMP(3)", "window_end TIMESTAMP(3)", "n BIGINT"];

function byDevice(scenario: Scenario, side: Side): string {
  const name = `${side}_by_device`;
  const values = ["temp_avg DOUBLE", "temp_stddev DOUBLE", "vib_max DOUBLE"];
  const size = scenario.options.delayMs / 1000;
  return `${kafkaSink(scenario, name, ["device STRING", ...WINDOW, ...values])}INSERT INTO ${name}
SELECT device, window_start, window_end, COUNT(*), AVG(temperature), STDDEV_POP(temperature), MAX(vibration)
FROM TUMBLE(TABLE ${side}_telemetry, DESCRIPTOR(event_time), INTERVAL '${size}' SECOND)
GROUP BY device, window_start, window_end;
`;
}

function byLine(scenario: Scenario, side: Side): string {
  const name = `${side}_by_line`;
  const values = ["devices BIGINT", "temp_sum DOUBLE", "vib_min DOUBLE"];
  const slide = (2 * scenario.options.delayMs) / 1000;
  return `${kafkaSink(scenario, name, ["line STRING", ...WINDOW, ...values])}INSERT INTO ${name}
SELECT line, window_start, window_end, COUNT(*), COUNT(DISTINCT device), SUM(temperature), MIN(vibration)
FROM HOP(TABLE ${side}_telemetry, DESCRIPTOR(event_time), INTERVAL '${slide}' SECOND, INTERVAL '${2 * slide}' SECOND)
GROUP BY line, window_start, window_end;
`;
}

function hot(scenario: Scenario, side: Side): string {
  const delayMs = scenario.onDelayMs(side);
  const delay = delayMs > 0 ? `, 'on-delay' = '${delayMs} ms'` : "";
  return `CREATE TABLE ${side}_hot (series STRING, event_time TIMESTAMP_LTZ(3), \`value\` DOUBLE, line STRING)
WITH ('connector' = 'alarm', 'severity' = 'high', 'set' = '80', 'clear' = '75'${delay});

INSERT INTO ${side}_hot SELECT device, event_time, temperature, line FROM ${side}_telemetry;
`;
}

function rows(scenario: Scenario, side: Side): string {
  const name = `${side}_rows`;
  const columns = ["device STRING", "seq BIGINT", "temperature DOUBLE", "vibration DOUBLE"];
  return `${kafkaSink(scenario, name, columns)}INSERT INTO ${name}
SELECT device, seq, temperature, vibration FROM ${side}_telemetry;
`;
}
