// The metrics of a gateway: a registry that renders them as Prometheus text (exposition format 0.0.4). Values are set from
// plain `stats` objects when somebody scrapes; the hot path never touches the registry. Every family (metric-families.ts)
// is there from the first scrape: one whose labels come from the configuration (source, rule, table …) and that has no
// series yet shows a single unlabelled 0.
//
// Invariants: a name or label outside the table is a bug; a family keeps at most METRIC_SERIES series, what is beyond
// is counted in headrace_metric_series_dropped_total.

import { assert } from "./errors.ts";
import { METRIC_SERIES } from "./limits.ts";
import { COMMIT_SECONDS_BUCKETS, METRIC_FAMILIES } from "./metric-families.ts";
import type { MetricFamily } from "./metric-families.ts";
import type { MetricSample } from "./protocol.ts";

const families: ReadonlyMap<string, MetricFamily> = new Map(
  METRIC_FAMILIES.map((family) => [family.name, family]),
);

/** One sample of a family, without labels unless given. */
export function metricSample(
  name: string,
  value: number,
  labels: Readonly<Record<string, string>> = {},
): MetricSample {
  return { name, labels, value };
}

/** Holds the newest value of every series. Counters are set to their total, not incremented. */
export class MetricRegistry {
  /** By family: value by rendered label set (`{a="b"}` with the sample's suffix in front, or ""). */
  readonly #series: ReadonlyMap<string, Map<string, number>>;
  #dropped = 0;

  constructor() {
    this.#series = new Map(METRIC_FAMILIES.map((family) => [family.name, zeroSeries(family)]));
  }

  /**
   * Sets one sample. A histogram's samples are named `<family>_bucket` (label `le`), `<family>_sum` and
   * `<family>_count`, see Histogram.samples.
   */
  set(name: string, labels: Readonly<Record<string, string>>, value: number): void {
    const { family, suffix } = familyOf(name);
    const names = Object.keys(family.labels);
    if (suffix === "_bucket") names.push("le");
    assert(
      names.every((label) => labels[label] !== undefined) &&
        Object.keys(labels).length === names.length,
      `metric ${name} takes the labels ${names.join(", ") || "(none)"}, got ${Object.keys(labels).join(", ") || "(none)"}`,
    );
    const series = this.#series.get(family.name);
    assert(series !== undefined, `metric family ${family.name} has no series map`);
    const key = suffix + renderLabels(names, labels);
    if (!series.has(key) && series.size >= METRIC_SERIES) this.#dropped++;
    else series.set(key, value);
  }

  /** Sets every sample of `samples`. */
  setAll(samples: readonly MetricSample[]): void {
    for (const sample of samples) this.set(sample.name, sample.labels, sample.value);
  }

  /** All families as text/plain; version=0.0.4, with a final line feed. */
  render(): string {
    this.set("headrace_metric_series_dropped_total", {}, this.#dropped);
    const lines: string[] = [];
    for (const family of METRIC_FAMILIES) {
      lines.push(`# HELP ${family.name} ${escapeHelp(family.help)}`);
      lines.push(`# TYPE ${family.name} ${family.type}`);
      const series = this.#series.get(family.name) ?? new Map<string, number>();
      if (series.size === 0) lines.push(`${family.name} 0`);
      for (const [key, value] of series) lines.push(`${family.name}${key} ${renderValue(value)}`);
    }
    return `${lines.join("\n")}\n`;
  }
}

/** Counts observations in cumulative buckets. Cheap enough for once per batch, not for once per message. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;
  #count = 0;

  /** `bounds`: ascending upper bounds, inclusive; +Inf is added. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count++;
    for (let i = this.#bounds.length - 1; i >= 0 && value <= (this.#bounds[i] ?? 0); i--) {
      this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    }
  }

  /** The samples of an unlabelled histogram family, for MetricRegistry.setAll. */
  samples(family: string): MetricSample[] {
    const bucket = (le: string, value: number): MetricSample => ({
      name: `${family}_bucket`,
      labels: { le },
      value,
    });
    return [
      ...this.#bounds.map((bound, i) => bucket(String(bound), this.#counts[i] ?? 0)),
      bucket("+Inf", this.#count),
      { name: `${family}_sum`, labels: {}, value: this.#sum },
      { name: `${family}_count`, labels: {}, value: this.#count },
    ];
  }
}

/** The family of a sample name, and what the sample's name adds to it. */
function familyOf(name: string): { family: MetricFamily; suffix: string } {
  const suffix = /_(?:bucket|sum|count)$/.exec(name)?.[0] ?? "";
  const base = families.get(name.slice(0, name.length - suffix.length));
  if (base?.type === "histogram" && suffix !== "") return { family: base, suffix };
  const family = families.get(name);
  assert(
    family !== undefined && family.type !== "histogram",
    `metric ${name} is not in the table of families`,
  );
  return { family, suffix: "" };
}

/** The series that are there before any value is: all combinations when every label has a closed list. */
function zeroSeries(family: MetricFamily): Map<string, number> {
  if (family.type === "histogram") {
    const empty = new Histogram(COMMIT_SECONDS_BUCKETS).samples(family.name);
    return new Map(
      empty.map(({ name, labels }) => [
        name.slice(family.name.length) + renderLabels(Object.keys(labels), labels),
        0,
      ]),
    );
  }
  const names = Object.keys(family.labels);
  if (names.length === 0) return new Map([["", 0]]);
  let sets: Record<string, string>[] = [{}];
  for (const name of names) {
    const values = family.labels[name];
    if (values === undefined || values === "open") return new Map();
    sets = sets.flatMap((set) => values.map((value) => ({ ...set, [name]: value })));
  }
  return new Map(sets.map((set) => [renderLabels(names, set), 0]));
}

function renderLabels(names: readonly string[], labels: Readonly<Record<string, string>>): string {
  if (names.length === 0) return "";
  return `{${names.map((name) => `${name}="${escapeLabel(labels[name] ?? "")}"`).join(",")}}`;
}

function renderValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeHelp(help: string): string {
  return help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
