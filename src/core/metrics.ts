// The metrics of a gateway: a closed table of families, and a registry that renders them as Prometheus text
// (exposition format 0.0.4). Values are set from plain `stats` objects when somebody scrapes; the hot path never
// touches the registry. Every family is there from the first scrape: one whose labels come from the configuration
// (source, rule, table …) and that has no series yet shows a single unlabelled 0.
//
// Invariants: a name or label outside the table is a bug; a family keeps at most METRIC_SERIES series, what is beyond
// is counted in headrace_metric_series_dropped_total.

import { assert } from "./errors.ts";
import { METRIC_SERIES } from "./limits.ts";
import { LANES, type MetricSample } from "./protocol.ts";

export type MetricType = "counter" | "gauge" | "histogram";

/** `labels` by name: a closed list of values (all present from the start) or `open` (values come with the samples). */
export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labels: Readonly<Record<string, "open" | readonly string[]>>;
}

/**
 * Upper bounds of headrace_commit_seconds. One fdatasync takes 0.15 ms on a good SSD, some 10 ms on an SD card, and
 * over a second when the card collects garbage.
 */
export const COMMIT_SECONDS_BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];

const lane = LANES;

/** The closed list of families, in data-path order. */
export const METRIC_FAMILIES: readonly MetricFamily[] = [
  gauge("headrace_build_info", "Version of the running gateway; always 1.", { version: "open" }),

  gauge("headrace_connections", "Open MQTT connections.", { source: "open" }),
  counter("headrace_received_messages_total", "PUBLISH packets received.", {
    source: "open",
    qos: "open",
  }),
  counter("headrace_acknowledged_messages_total", "PUBACKs sent, each after its commit.", {
    source: "open",
  }),
  counter("headrace_duplicates_total", "Messages recognised as sent again and not counted twice.", {
    kind: "open",
  }),

  counter("headrace_batches_total", "Batches committed, each in one transaction."),
  histogram("headrace_commit_seconds", "Duration of COMMIT, its fsync included."),
  gauge("headrace_journal_bytes", "Bytes of the retained journal."),
  counter("headrace_flash_bytes_total", "Bytes written to the data directory's files."),
  gauge("headrace_flash_over_budget", "1 while the payload alone exceeds the flash budget."),

  counter("headrace_decoded_rows_total", "Rows decoded.", { table: "open" }),
  counter("headrace_dead_letter_total", "Messages and rows that went to headrace_dead_letter.", {
    reason: "open",
  }),
  gauge("headrace_watermark_lag_seconds", "Wall time minus the table's watermark.", {
    table: "open",
  }),
  counter("headrace_late_rows_total", "Rows behind the watermark.", { rule: "open" }),
  counter("headrace_emitted_rows_total", "Rows emitted.", { rule: "open" }),
  counter("headrace_alarms_total", "Alarm events emitted.", { rule: "open", state: "open" }),
  gauge("headrace_suspended_rules", "Rules suspended after an error of blame bug."),
  counter("headrace_digest_mismatches_total", "Replayed batches that emitted other rows."),

  gauge("headrace_outbox_rows", "Rows that wait to be delivered.", { lane }),
  gauge("headrace_outbox_bytes", "Bytes that wait to be delivered.", { lane }),
  counter("headrace_dropped_rows_total", "Rows dropped by a policy the operator chose.", {
    lane,
    reason: "open",
  }),
  gauge("headrace_uplink_connected", "1 while Kafka takes transactions."),
  counter("headrace_uplink_transactions_total", "Kafka transactions committed."),
  counter("headrace_uplink_rows_total", "Rows in committed Kafka transactions."),
  counter("headrace_uplink_errors_total", "Kafka requests or transactions that failed."),
  counter("headrace_uplink_reopens_total", "Producers thrown away and opened again."),

  counter("headrace_metric_series_dropped_total", "Samples left out: too many label values."),
  gauge("process_resident_memory_bytes", "Resident memory of the process."),
  counter("process_cpu_seconds_total", "User and system CPU time of the process."),
  gauge("process_start_time_seconds", "Start of the process, Unix time."),
];

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

function counter(name: string, help: string, labels: MetricFamily["labels"] = {}): MetricFamily {
  return { name, type: "counter", help, labels };
}

function gauge(name: string, help: string, labels: MetricFamily["labels"] = {}): MetricFamily {
  return { name, type: "gauge", help, labels };
}

function histogram(name: string, help: string): MetricFamily {
  return { name, type: "histogram", help, labels: {} };
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
