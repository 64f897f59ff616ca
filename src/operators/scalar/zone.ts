// Offsets of named time zones, from the runtime's zone data (Intl). Java's TimeZone.getTimeZone reads an unknown
// name as GMT, and so does this.

import { timePattern } from "./time-format.ts";

const KEPT_ZONES = 256;
const zones = new Map<string, Intl.DateTimeFormat | number>();

/** Milliseconds to add to a UTC instant for the zone's local time. */
export function zoneOffsetMs(utcMs: number, zone: string): number {
  const known = zoneOf(zone);
  if (typeof known === "number") return known;
  const local = timePattern("MM/dd/yyyy, HH:mm:ss")?.parse(known.format(utcMs));
  return local === undefined ? 0 : local - Math.floor(utcMs / 1000) * 1000;
}

/** The instant of a local time; in a gap or overlap the offset before it holds, as Java takes it. */
export function toUtc(localMs: number, zone: string): number {
  const first = localMs - zoneOffsetMs(localMs, zone);
  const second = localMs - zoneOffsetMs(first, zone);
  return second;
}

function zoneOf(zone: string): Intl.DateTimeFormat | number {
  const kept = zones.get(zone);
  if (kept !== undefined) return kept;
  if (zones.size >= KEPT_ZONES) zones.clear();
  const made = customOffset(zone) ?? formatOf(zone);
  zones.set(zone, made);
  return made;
}

/** `GMT+8`, `GMT+08:30`. */
function customOffset(zone: string): number | undefined {
  const match = /^(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(zone);
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? "0");
  return (match[1] === "-" ? -minutes : minutes) * 60_000;
}

function formatOf(zone: string): Intl.DateTimeFormat | number {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  } catch (error) {
    if (error instanceof RangeError) return 0;
    throw error;
  }
}
