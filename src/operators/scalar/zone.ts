// Local times of named zones, from the runtime's zone data (Intl), by the rules of two classes of Java:
//
//   java.time   ZoneId: local mean time in the distant past; of the two instants in an overlap the earlier
//   calendar    java.util.Calendar: before 1900 the zone's offset of today; of the two instants the later

import { MILLIS_PER_DAY, daysFromCivil } from "../../core/value/calendar.ts";
import { ZONES_KEPT } from "../../core/limits.ts";
import { requiredZone } from "../../core/value/zone.ts";
import { timeZoneOf, zoneIdOf, type Zone } from "../../core/value/zone-id.ts";

export type ZoneRules = "java.time" | "calendar";

const zones = new Map<string, Clock | undefined>();

/** Milliseconds to add to a UTC instant for the zone's local time. */
type Clock = (utcMs: number) => number;

/** The zone of a name; undefined for one that the rules refuse. */
function clockOf(name: string, rules: ZoneRules): Clock | undefined {
  const key = `${rules} ${name}`;
  if (zones.has(key)) return zones.get(key);
  if (zones.size >= ZONES_KEPT) zones.clear();
  const zone = rules === "java.time" ? zoneIdOf(name) : timeZoneOf(name);
  const made = zone === undefined ? undefined : clock(zone, rules);
  zones.set(key, made);
  return made;
}

/** Local milliseconds of an instant. */
export function toLocal(utcMs: number, zone: string, rules: ZoneRules): number | undefined {
  const offset = clockOf(zone, rules);
  return offset === undefined ? undefined : utcMs + offset(utcMs);
}

/** The instant of a local time; in a gap the offset before it holds. */
export function toUtc(localMs: number, zone: string, rules: ZoneRules): number | undefined {
  const offset = clockOf(zone, rules);
  if (offset === undefined) return undefined;
  const [before, after] = [-MILLIS_PER_DAY, MILLIS_PER_DAY].map(
    (distance) => localMs - offset(localMs + distance),
  ) as [number, number];
  const isLocal = (utcMs: number): boolean => utcMs + offset(utcMs) === localMs;
  if (before === after || !isLocal(after)) return before;
  return rules === "java.time" && isLocal(before) ? before : after;
}

const YEAR_1900 = daysFromCivil(1900, 1, 1) * MILLIS_PER_DAY;
/** One of them is winter. */
const [JANUARY, JULY] = [1, 7].map((month) => daysFromCivil(2024, month, 1) * MILLIS_PER_DAY) as [
  number,
  number,
];

function clock(zone: Zone, rules: ZoneRules): Clock {
  if (typeof zone === "number") return () => zone;
  const region = requiredZone(zone);
  const named = (utcMs: number): number => region.offsetAt(utcMs);
  if (rules === "java.time") return named;
  const standard = Math.min(named(JANUARY), named(JULY));
  return (utcMs) => (utcMs < YEAR_1900 ? standard : named(utcMs));
}
