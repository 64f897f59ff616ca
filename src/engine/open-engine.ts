// An engine over a data folder that may be damaged.

import { GatewayError } from "../core/errors.ts";
import type { EngineConfig } from "./config.ts";
import { Engine, type EngineHost } from "./engine.ts";

/** What a salvage has built is whole; damage beyond the second is of a card that damages what is written to it. */
const MAX_OPENINGS = 3;

/** Damage that is found while it recovers is salvaged by the next opening, at once. Throws what else keeps it from starting. */
export function openEngine(config: EngineConfig, host: EngineHost): Engine {
  for (let openings = 1; ; openings++) {
    try {
      return Engine.open(config, host);
    } catch (error) {
      const isDamage = error instanceof GatewayError && error.code === "STORE_CORRUPT";
      if (!isDamage || openings === MAX_OPENINGS) throw error;
      host.log.warn("damage was found; opening again", { reason: error.message });
    }
  }
}
