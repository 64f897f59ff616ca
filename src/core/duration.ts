// Option durations as Flink writes them: a number and a unit, or a bare number of milliseconds.
// Source: org.apache.flink.util.TimeUtils#parseDuration. Units below a millisecond are left out.

const UNITS: readonly { readonly names: readonly string[]; readonly ms: number }[] = [
  { names: ["d", "day", "days"], ms: 86_400_000 },
  { names: ["h", "hour", "hours"], ms: 3_600_000 },
  { names: ["m", "min", "minute", "minutes"], ms: 60_000 },
  { names: ["s", "sec", "secs", "second", "seconds"], ms: 1000 },
  { names: ["", "ms", "milli", "millis", "millisecond", "milliseconds"], ms: 1 },
];

/** Milliseconds of `10 s`, `1 min`, `500`; undefined when it is no duration or beyond 2^53 ms. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,15})\s*([a-z]*)$/.exec(text.trim().toLowerCase());
  const unit = UNITS.find(({ names }) => names.includes(match?.[2] ?? "?"));
  if (match === null || unit === undefined) return undefined;
  const ms = Number(match[1]) * unit.ms;
  return Number.isSafeInteger(ms) ? ms : undefined;
}
