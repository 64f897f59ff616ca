// How the site is set up: one rule, and the store's default quotas.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { StoreLimits } from "../../../src/config/gateway.ts";
import { loadGatewayConfig } from "../../../src/config/load.ts";
import { LANES } from "../../../src/core/protocol.ts";
import type { EngineConfig } from "../../../src/engine/config.ts";
import { engineConfig, READINGS } from "../../engine/kit.ts";

/** Kafka topics with their partitions. */
export const TOPICS: Readonly<Record<string, number>> = {
  per_device: 2,
  alarms: 1,
  dead: 1,
  late: 1,
  rolled: 1,
  "headrace.progress": 1,
};
export const RECEIVE_MAXIMUM = 1000;

const WEEK_HOURS = 168;
const RULE =
  READINGS +
  `CREATE TABLE per_device (device STRING, window_start TIMESTAMP(3), n BIGINT, total DOUBLE, most DOUBLE)
   WITH ('connector' = 'kafka', 'topic' = 'per_device', 'format' = 'json', 'key.format' = 'raw', 'key.fields' = 'device');
   INSERT INTO per_device SELECT device, window_start, COUNT(*), SUM(v), MAX(v)
   FROM TUMBLE(TABLE readings, DESCRIPTOR(event_time), INTERVAL '1' MINUTE)
   GROUP BY device, window_start, window_end;`;

/** For so many hours offline, the same share of the quotas that a gateway has for a week when nobody sets any. */
export function siteConfig(root: string, hours: number): Omit<EngineConfig, "bootId"> {
  return {
    ...engineConfig("", { per_device: RULE }),
    store: shareOf(defaultLimits(root), hours / WEEK_HOURS),
    topics: { alarm: "alarms", deadLetter: "dead", late: "late", rollback: "rolled" },
    receiveMaximum: RECEIVE_MAXIMUM,
  };
}

function defaultLimits(root: string): StoreLimits {
  const folder = join(root, "site");
  mkdirSync(join(folder, "rules"), { recursive: true });
  writeFileSync(join(folder, "rules", "rule.sql"), RULE);
  const file = join(folder, "gateway.yaml");
  const lines = [
    "gateway: {id: site}",
    "data: data",
    'mqtt: [{name: direct, listen: "127.0.0.1:0"}]',
    "rules: [rules/*.sql]",
    'kafka: {brokers: ["simulated:9092"]}',
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return loadGatewayConfig(file).config.store;
}

function shareOf(limits: StoreLimits, share: number): StoreLimits {
  const of = (bytes: number): number => Math.round(bytes * share);
  const lanes = LANES.map((lane) => {
    const { quotaBytes, whenFull } = limits.lanes[lane];
    return [lane, { quotaBytes: of(quotaBytes), whenFull }];
  });
  return {
    ...limits,
    lanes: Object.fromEntries(lanes) as StoreLimits["lanes"],
    journal: { ...limits.journal, quotaBytes: of(limits.journal.quotaBytes) },
  };
}
