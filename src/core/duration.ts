// Durations: of options, as Flink writes them (a number and a unit, or a bare number of milliseconds), and for people.
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

const ONE_DECIMAL = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

/** The two largest units: `3 d 4 h`, `2 min 5 s`, `4.2 s`, `12 ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.max(0, Math.round(durationMs))} ms`;
  if (durationMs < 60_000) return `${ONE_DECIMAL.format(durationMs / 1000)} s`;
  const seconds = Math.floor(durationMs / 1000);
  const units: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = units.findIndex(([amount]) => amount > 0);
  return units
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(" ");
}
