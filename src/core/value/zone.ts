// Time zones: what a clock on the wall shows at an instant, and back. Offsets come from the runtime's zone data (Intl),
// which is asked once for each stretch of about a year; after that a lookup is one comparison for neighbouring instants.

import { assert } from "../errors.ts";
import { ZONE_YEARS_KEPT, ZONES_KEPT } from "../limits.ts";
import { daysFromCivil, MILLIS_PER_DAY } from "./calendar.ts";
import { isRegion, timeZoneOf } from "./zone-id.ts";

/** What a zone's clock does: all in milliseconds since 1970, of UTC or, where it says `local`, of the clock on the wall. */
export interface ZoneRules {
  /** Milliseconds to add to a UTC instant for the local time. */
  offsetAt(utcMs: number): number;
  local(utcMs: number): number;
  /**
   * The instant of a local time. In a gap the offset before it holds. Of the two instants in an overlap java.time takes
   * the earlier, java.util.Calendar the later.
   */
  utc(localMs: number, overlap: "earlier" | "later"): number;
  /** The instant from which on a local time is over: where it comes twice after the second, in a gap at its end. */
  passed(localMs: number): number;
  /** The last local time that is over at an instant: `passed` of it is not later than that. */
  over(utcMs: number): number;
}

/** No zone. */
export const UTC: ZoneRules = {
  offsetAt: () => 0,
  local: (ms) => ms,
  utc: (ms) => ms,
  passed: (ms) => ms,
  over: (ms) => ms,
};

const zones = new Map<string, ZoneRules | undefined>();

/** The zone's rules; undefined for a name that neither Java nor the runtime knows. Offsets stand behind GMT: `GMT+02:00`. */
export function zoneRules(name: string): ZoneRules | undefined {
  if (zones.has(name)) return zones.get(name);
  if (zones.size >= ZONES_KEPT) zones.clear();
  const rules = rulesOf(name);
  zones.set(name, rules);
  return rules;
}

/** The rules of a zone that a plan names; the runtime may not know it any more. */
export function requiredZone(name: string): ZoneRules {
  const rules = zoneRules(name);
  assert(rules !== undefined, `this runtime has no time zone ${name}`);
  return rules;
}

function rulesOf(name: string): ZoneRules | undefined {
  if (["UTC", "GMT", "GMT0"].includes(name)) return UTC;
  if (isRegion(name)) return new NamedZone(name);
  const offsetMs = timeZoneOf(name);
  return typeof offsetMs === "number" && /^GMT[+-]/.test(name) ? fixed(offsetMs) : undefined;
}

function fixed(offsetMs: number): ZoneRules {
  return {
    offsetAt: () => offsetMs,
    local: (ms) => ms + offsetMs,
    utc: (ms) => ms - offsetMs,
    passed: (ms) => ms - offsetMs,
    over: (ms) => ms + offsetMs,
  };
}

/** Instants [fromMs, untilMs) of one offset. */
interface Stretch {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly offsetMs: number;
}

/** About a year. */
const YEAR_MS = 366 * MILLIS_PER_DAY;
/** How far beyond its year a table looks: further than any overlap or gap is long. */
const MARGIN_MS = 2 * MILLIS_PER_DAY;
/** No zone has ever changed its clock twice within so short a time. */
const STEP_MS = 3 * MILLIS_PER_DAY;
/** Before the first rule and after the last all years are alike to the day; Intl has no years before Christ. */
const MIN_MS = daysFromCivil(1800, 1, 1) * MILLIS_PER_DAY;
const MAX_MS = daysFromCivil(10_000, 1, 1) * MILLIS_PER_DAY;

class NamedZone implements ZoneRules {
  readonly #format: Intl.DateTimeFormat;
  readonly #years = new Map<number, readonly Stretch[]>();
  #last: Stretch = { fromMs: 0, untilMs: 0, offsetMs: 0 };

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  }

  offsetAt(utcMs: number): number {
    const { fromMs, untilMs, offsetMs } = this.#last;
    return utcMs >= fromMs && utcMs < untilMs ? offsetMs : this.#stretchAt(utcMs).offsetMs;
  }

  local(utcMs: number): number {
    return utcMs + this.offsetAt(utcMs);
  }

  utc(localMs: number, overlap: "earlier" | "later"): number {
    const before = localMs - this.offsetAt(localMs - MILLIS_PER_DAY);
    const after = localMs - this.offsetAt(localMs + MILLIS_PER_DAY);
    if (before === after || this.local(after) !== localMs) return before;
    return overlap === "earlier" && this.local(before) === localMs ? before : after;
  }

  passed(localMs: number): number {
    const utcMs = this.utc(localMs, "later");
    return this.local(utcMs) === localMs ? utcMs : this.#stretchAt(utcMs).fromMs;
  }

  over(utcMs: number): number {
    const { untilMs, offsetMs } = this.#stretchAt(utcMs);
    const localMs = utcMs + offsetMs;
    // What will come once more is not over.
    const again = untilMs + this.#stretchAt(untilMs).offsetMs;
    return localMs >= again ? again - 1 : localMs;
  }

  #stretchAt(utcMs: number): Stretch {
    const { fromMs, untilMs } = this.#last;
    if (utcMs >= fromMs && utcMs < untilMs) return this.#last;
    const within = Math.min(Math.max(utcMs, MIN_MS), MAX_MS);
    const year = Math.floor(within / YEAR_MS);
    const found = this.#stretchesOf(year).find((each) => within < each.untilMs);
    // Beyond the bounds there is but one offset.
    if (found === undefined || within !== utcMs) {
      const offsetMs = found?.offsetMs ?? 0;
      return { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY, offsetMs };
    }
    this.#last = found;
    return found;
  }

  #stretchesOf(year: number): readonly Stretch[] {
    const kept = this.#years.get(year);
    if (kept !== undefined) return kept;
    if (this.#years.size >= ZONE_YEARS_KEPT) this.#years.clear();
    const stretches = this.#find(year * YEAR_MS - MARGIN_MS, (year + 1) * YEAR_MS + MARGIN_MS);
    this.#years.set(year, stretches);
    return stretches;
  }

  #find(fromMs: number, untilMs: number): Stretch[] {
    const stretches: Stretch[] = [];
    let start = fromMs;
    let offsetMs = this.#ask(fromMs);
    for (let at = fromMs; at < untilMs; at += STEP_MS) {
      const next = Math.min(at + STEP_MS, untilMs);
      const then = this.#ask(next);
      if (then === offsetMs) continue;
      const change = this.#changeBetween(at, next, offsetMs);
      stretches.push({ fromMs: start, untilMs: change, offsetMs });
      start = change;
      offsetMs = then;
    }
    return [...stretches, { fromMs: start, untilMs, offsetMs }];
  }

  /** The first instant whose offset is not `offsetMs`, to the second. */
  #changeBetween(fromMs: number, untilMs: number, offsetMs: number): number {
    let [low, high] = [fromMs / 1000, untilMs / 1000];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#ask(middle * 1000) === offsetMs) low = middle;
      else high = middle;
    }
    return high * 1000;
  }

  #ask(utcMs: number): number {
    const match = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/.exec(this.#format.format(utcMs));
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = (
      match?.slice(1) ?? []
    ).map(Number);
    const seconds = (hour * 60 + minute) * 60 + second;
    const localMs = daysFromCivil(year, month, day) * MILLIS_PER_DAY + seconds * 1000;
    return localMs - Math.floor(utcMs / 1000) * 1000;
  }
}
