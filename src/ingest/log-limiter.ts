// Log lines about peers, limited: a storm of bad clients must not become a storm of lines.

import type { Clock } from "../core/clock.ts";
import type { LogFields, Logger } from "../core/log.ts";

const INTERVAL_MS = 10_000;

/** One line per message in ten seconds; the next one says how many were left out. Messages must be constant. */
export class LogLimiter {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #seen = new Map<string, { sinceMs: number; suppressed: number }>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  warn(message: string, fields: LogFields): void {
    const nowMs = this.#clock.monotonicMs();
    const seen = this.#seen.get(message);
    if (seen !== undefined && nowMs - seen.sinceMs < INTERVAL_MS) {
      seen.suppressed++;
      return;
    }
    const suppressed = seen?.suppressed ?? 0;
    this.#seen.set(message, { sinceMs: nowMs, suppressed: 0 });
    this.#logger.warn(message, suppressed > 0 ? { ...fields, suppressed } : fields);
  }
}
