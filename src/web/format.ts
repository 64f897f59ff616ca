// Numbers as people read them. Always English and UTC: the page, the CLI and a screenshot from elsewhere agree.

const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const SMALL = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const DECIMALS = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `12,345`. */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** Per second: `1,234/s`, one decimal below 100; "–" while no rate is known. */
export function formatRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return "–";
  return `${(perSecond < 100 ? SMALL : COUNT).format(perSecond)}/s`;
}

/** `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${SMALL.format(value)} ${BYTE_UNITS[unit] ?? ""}`;
}

/** UTC, to the second: `14:03:59`. */
export function formatTime(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(11, 19);
}

/** A cell of a result row: a number shortened to 3 decimals, everything else as it is. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number") return DECIMALS.format(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
