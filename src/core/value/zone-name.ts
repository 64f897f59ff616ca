// Names of the zone that SQL goes by, as Flink takes them.

import { zoneRules } from "./zone.ts";

/** Unless a file or gateway.yaml names another one. */
export const DEFAULT_ZONE = "UTC";

/** What to write instead of a name that is none. */
export const ZONE_HINT =
  "Write a name of the time zone database such as 'Europe/Berlin', an offset such as 'GMT+02:00', or 'UTC'.";

/** Names of three letters that are in the time zone database; Flink refuses others, which Java and Intl have besides. */
const SHORT_NAMES = ["CET", "EET", "GMT", "MET", "PRC", "ROK", "UCT", "UTC", "WET"];

/** Whether Flink takes the name: what java.time and java.util agree on. Offsets up to 18 hours stand behind GMT. */
export function isZone(name: string): boolean {
  if (/^[A-Z]{3}$/.test(name) && !SHORT_NAMES.includes(name)) return false;
  if (name !== "GMT0" && /^GMT./.test(name)) {
    const match = /^GMT[+-](?:(\d)|(\d\d)(?::?([0-5]\d))?)$/.exec(name);
    const minutes = Number(match?.[1] ?? match?.[2]) * 60 + Number(match?.[3] ?? 0);
    return minutes <= 18 * 60;
  }
  return zoneRules(name) !== undefined;
}
