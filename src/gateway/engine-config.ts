// What the core worker is started with, from the configuration and the rules.

import type { GatewayConfig } from "../config/gateway.ts";
import { publishedAlarms } from "../config/home-assistant/alarms.ts";
import { publishedResults } from "../config/home-assistant/results.ts";
import { privacyOf } from "../config/profile-privacy.ts";
import type { Profile } from "../config/profile.ts";
import type { EngineConfig } from "../engine/config.ts";
import type { RuleSet } from "../engine/rule-set.ts";

export interface EngineParts {
  readonly config: GatewayConfig;
  readonly ruleSet: RuleSet;
  readonly profiles: readonly Profile[];
  readonly tap: boolean;
  readonly wallClock: SharedArrayBuffer;
}

/** `bootId` names this start of the process. */
export function engineConfig(options: EngineParts, bootId: string): EngineConfig {
  const { config, ruleSet, profiles, tap, wallClock } = options;
  const { kafka } = config;
  return {
    directory: config.data,
    gatewayId: config.gateway.id,
    bootId,
    ruleSet,
    profiles,
    privacy: privacyOf(profiles),
    store: config.store,
    uplink: kafka !== undefined,
    topics: {
      alarm: kafka?.alarmTopic ?? "headrace.alarms",
      deadLetter: kafka?.deadLetterTopic,
      late: kafka?.lateTopic,
      rollback: kafka?.rollbackTopic,
    },
    receiveMaximum: Math.max(...config.mqtt.map(({ receiveMaximum }) => receiveMaximum)),
    directSources: config.mqtt.filter(({ kind }) => kind === "listen").map(({ name }) => name),
    brokerSources: config.mqtt.filter(({ kind }) => kind !== "listen").map(({ name }) => name),
    wallClock,
    tap,
    told: { alarms: publishedAlarms(profiles), results: publishedResults(profiles) },
  };
}
