// Names of time zones as Java reads them: java.time.ZoneId, which refuses what it does not know, and java.util.TimeZone,
// which takes it for GMT. Regions are those of the runtime's zone data (Intl), written exactly as there.

/** Milliseconds ahead of UTC, or the name of a region. */
export type Zone = number | string;

/** java.util.TimeZone.getTimeZone: offsets stand behind GMT only (`GMT+8`, `GMT+08:30`). */
export function timeZoneOf(name: string): Zone {
  const match = /^GMT([+-])(\d{1,2})(?::?([0-5]\d))?$/.exec(name);
  if (match !== null && Number(match[2]) <= 23) {
    const minutes = Number(match[2]) * 60 + Number(match[3] ?? "0");
    return (match[1] === "-" ? -minutes : minutes) * 60_000;
  }
  return isRegion(name) ? name : 0;
}

/** java.time.ZoneId.of; undefined where it throws. */
export function zoneIdOf(name: string): Zone | undefined {
  if (/^(?:Z|UTC|GMT|UT)$/.test(name)) return 0;
  const offset = /^(?:UTC|GMT|UT)?([+-].*)$/.exec(name)?.[1];
  if (offset !== undefined) return zoneOffset(offset);
  return !NO_ZONE_IDS.has(name) && isRegion(name) ? name : undefined;
}

const LONGEST_OFFSET_SECONDS = 18 * 3600;

/** `+8`, `+08`, `+08:30`, `+0830`, `+08:30:15`, `+083015`. */
function zoneOffset(text: string): number | undefined {
  const match =
    /^([+-])(\d{1,2})$/.exec(text) ??
    /^([+-])(\d{2}):([0-5]\d)(?::([0-5]\d))?$/.exec(text) ??
    /^([+-])(\d{2})([0-5]\d)([0-5]\d)?$/.exec(text);
  if (match === null) return undefined;
  const [hour, minute, second] = [match[2], match[3], match[4]].map((digits) =>
    Number(digits ?? "0"),
  );
  const seconds = (hour ?? 0) * 3600 + (minute ?? 0) * 60 + (second ?? 0);
  if (seconds > LONGEST_OFFSET_SECONDS) return undefined;
  return (match[1] === "-" ? -seconds : seconds) * 1000 + 0;
}

/** Abbreviations that Intl and TimeZone take and ZoneId does not. */
const NO_ZONE_IDS: ReadonlySet<string> = new Set(
  "ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT EST HST IET IST JST MIT MST NET NST PLT PNT PRT PST ROC SST VST".split(
    " ",
  ),
);

/** Whether the runtime has a region of this name. */
export function isRegion(name: string): boolean {
  // Intl also takes offsets, and names in the wrong case.
  if (!/^[A-Z]/.test(name)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions();
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
