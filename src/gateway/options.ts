// What the gateway is made of, and what it says of itself when it is ready.

import type { GatewayConfig } from "../config/gateway.ts";
import type { Profile } from "../config/profile.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { RuleSet } from "../engine/rule-set.ts";
import type { Source } from "./sources.ts";

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly ruleSet: RuleSet;
  readonly profiles: readonly Profile[];
  readonly version: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Every row and alarm event also becomes a line. */
  readonly tap: boolean;
  /** A line for stdout. */
  onLine(line: string): void;
  /** The process must end with this code. */
  onFatal(exitCode: number): void;
}

/** What `run` prints when the gateway accepts work. */
export interface Ready {
  readonly event: "ready";
  readonly mqtt: readonly Source["ready"][];
  readonly http: string | null;
}
