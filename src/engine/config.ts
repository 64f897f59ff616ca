// What the core worker is started with: plain data, cloned into the thread once.

import type { StoreLimits } from "../config/gateway.ts";
import type { Profile } from "../config/profile.ts";
import type { RuleSet } from "./rule-set.ts";

export interface EngineConfig {
  /** The data folder. */
  readonly directory: string;
  readonly gatewayId: string;
  /** Random 64-bit, 16 lowercase hex digits: names this start of the process. */
  readonly bootId: string;
  /** Rules, tables and profiles in force, planned by the main thread. */
  readonly ruleSet: RuleSet;
  readonly profiles: readonly Profile[];
  readonly store: StoreLimits;
  /** A `kafka:` section is there: the lanes drain. */
  readonly uplink: boolean;
  readonly topics: KafkaTopics;
  /** Largest Receive Maximum of any source: bounds the packet-id dedupe per client. */
  readonly receiveMaximum: number;
  /** Sources that devices publish to themselves: a retain flag there is no repetition. */
  readonly directSources: readonly string[];
  /** Every result row and alarm event also becomes a line for stdout (the demo). */
  readonly tap: boolean;
}

/** Where system rows go; undefined = they stay on the gateway. */
export interface KafkaTopics {
  readonly alarm: string;
  readonly deadLetter: string | undefined;
  readonly late: string | undefined;
}
