// What the core worker is started with: plain data, cloned into the thread once.

import type { StoreLimits } from "../config/gateway.ts";
import type { Profile } from "../config/profile.ts";
import type { PrivateMessages } from "../core/format/privacy.ts";
import type { ToldRules } from "../core/protocol.ts";
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
  /** What is made private before it is journaled, keys included; default: nothing. */
  readonly privacy?: readonly PrivateMessages[];
  readonly store: StoreLimits;
  /** Default: BALLAST_BYTES. */
  readonly ballastBytes?: number;
  /** A `kafka:` section is there: the lanes drain. */
  readonly uplink: boolean;
  readonly topics: KafkaTopics;
  /** Largest Receive Maximum of any source: bounds the packet-id dedupe per client. */
  readonly receiveMaximum: number;
  /** Sources that devices publish to themselves: a retain flag there is no repetition. */
  readonly directSources: readonly string[];
  /** Sources by which we are a client of a broker: their links go down and up. */
  readonly brokerSources: readonly string[];
  /** Wall time as the main thread judges it (core/shared-clock.ts); default: the machine's. */
  readonly wallClock?: SharedArrayBuffer;
  /** Every result row and alarm event also becomes a line for stdout (the demo). */
  readonly tap: boolean;
  /** Rules of which the main thread is told; default: none. */
  readonly told?: ToldRules;
}

/** Where system rows go; undefined = they stay on the gateway. */
export interface KafkaTopics {
  readonly alarm: string;
  readonly deadLetter: string | undefined;
  readonly late: string | undefined;
  readonly rollback: string | undefined;
}
