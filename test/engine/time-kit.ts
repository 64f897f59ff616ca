// What the tests of engine time share: rules over a table with watermark options, and what they let out.

import type { TestMessage } from "../decode/batch.ts";
import { kafkaSink, reading, valuesOf } from "./kit.ts";
import type { Life, Rules } from "./kit.ts";

/** Late rows and dead letters have topics. */
export const TOPICS = {
  topics: { alarm: "alarms", deadLetter: "dead", late: "late", rollback: undefined },
} as const;

/** Readings with a watermark per device, silent after 10 s. `source`: the entry that they come by. */
export function readings(source?: string): string {
  return `
CREATE TABLE readings (
  device STRING, seq BIGINT, ts BIGINT, v DOUBLE,
  event_time AS TO_TIMESTAMP_LTZ(ts, 3),
  WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND
) WITH ('connector' = 'mqtt', 'topic' = 'readings/+', 'format' = 'json',
        ${source === undefined ? "" : `'source' = '${source}',`}
        'watermark.per' = 'device', 'watermark.idle-timeout' = '10 s', 'watermark.max-future' = '1 h');
`;
}

/** Counts in 10 s of each device, and of all. */
export function counts(source?: string): Rules {
  const windows = "FROM TUMBLE(TABLE readings, DESCRIPTOR(event_time), INTERVAL '10' SECOND)";
  return {
    each:
      readings(source) +
      kafkaSink("single", "device STRING, n BIGINT") +
      `INSERT INTO single SELECT device, COUNT(*) ${windows} GROUP BY device, window_start, window_end;`,
    whole:
      readings(source) +
      kafkaSink("total", "n BIGINT") +
      `INSERT INTO total SELECT COUNT(*) ${windows} GROUP BY window_start, window_end;`,
  };
}

/** What the rule of single devices has let out. */
export function each({ engine }: Life): string[] {
  return valuesOf(engine, "each").map(({ device, n }) => `${String(device)} ${String(n)}`);
}

/** What the rule of all devices has let out. */
export function whole({ engine }: Life): unknown[] {
  return valuesOf(engine, "whole").map(({ n }) => n);
}

/** Sends readings of devices, each so many seconds after the start of 2026. */
export class Sender {
  seq = 0;

  at(device: string, seconds: number): TestMessage {
    return reading(device, { seq: ++this.seq, atMs: seconds * 1000, v: 1 });
  }

  /** The same by way of a broker. */
  byBroker(device: string, seconds: number): TestMessage {
    const client = { source: "broker", clientId: "gateway", session: 1 };
    return { ...this.at(device, seconds), client };
  }
}
