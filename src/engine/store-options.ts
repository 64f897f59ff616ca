// The engine's configuration as the store wants it.

import { randomBytes } from "node:crypto";

import type { Logger } from "../core/log.ts";
import { LANES } from "../core/protocol.ts";
import type { Lane } from "../core/protocol.ts";
import type { LaneQuota } from "../store/lane.ts";
import type { StoreOptions } from "../store/open.ts";
import type { EngineConfig } from "./config.ts";

/** Without an uplink nothing drains the lanes: they are rings, whose overwritten rows are counted apart. */
export function storeOptions(config: EngineConfig, log: Logger): StoreOptions {
  const { ballastBytes } = config;
  const { lanes, journal } = config.store;
  const quotas = LANES.map((lane): [Lane, LaneQuota] => {
    const { quotaBytes, whenFull } = lanes[lane];
    return [lane, { bytes: quotaBytes, overflow: config.uplink ? whenFull : "ring" }];
  });
  return {
    directory: config.directory,
    lanes: Object.fromEntries(quotas) as Record<Lane, LaneQuota>,
    journal: { quotaBytes: journal.quotaBytes, maxAgeMs: journal.ageMs },
    maxBytes: config.store.quotaBytes,
    ...(ballastBytes === undefined ? {} : { ballastBytes }),
    newIncarnation: () => randomBytes(8).toString("hex"),
    log,
  };
}
