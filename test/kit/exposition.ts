// A strict parser of the Prometheus text format 0.0.4, written from its specification and independent of the
// renderer: it throws on anything that a scraper could refuse or read differently.
// Rules checked: HELP and TYPE once and before the samples, a family's lines together, no series twice, escapes,
// number syntax, final line feed, and for histograms: cumulative buckets, +Inf present and equal to _count, _sum.

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: ParsedSample[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/y;
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;

/** The families of an exposition, in order. Throws an Error naming the line when it is not strictly well formed. */
export function parseExposition(text: string): ParsedFamily[] {
  if (!text.endsWith("\n")) throw new Error("the exposition must end with a line feed");
  const families: ParsedFamily[] = [];
  const seen = new Set<string>();
  let help: { name: string; text: string } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`);
    };
    const meta = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (meta?.[1] === "HELP") {
      help = { name: meta[2] ?? "", text: meta[3] ?? "" };
    } else if (meta?.[1] === "TYPE") {
      const [name, type] = [meta[2] ?? "", meta[3] ?? ""];
      if (help?.name !== name) fail("TYPE without its HELP before it");
      if (families.some((family) => family.name === name)) fail("family twice");
      if (!["counter", "gauge", "histogram"].includes(type)) fail("unknown type");
      families.push({ name, type, help: help?.text ?? "", samples: [] });
    } else {
      const sample = parseSample(line) ?? fail("not a sample line");
      const family = families.at(-1) ?? fail("sample before any TYPE");
      if (!belongs(sample.name, family)) fail("sample outside its family");
      const key = JSON.stringify([sample.name, Object.entries(sample.labels)]);
      if (seen.has(key)) fail("series twice");
      seen.add(key);
      family.samples.push(sample);
    }
  }
  for (const family of families) if (family.type === "histogram") checkHistogram(family);
  return families;
}

function parseSample(line: string): ParsedSample | undefined {
  const [, name, labelText, valueText] = SAMPLE.exec(line) ?? [];
  if (name === undefined || valueText === undefined || !NUMBER.test(valueText)) return undefined;
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (labelText !== undefined && LABEL.lastIndex < labelText.length) {
    const [, label, value] = LABEL.exec(labelText) ?? [];
    if (label === undefined || value === undefined || label in labels) return undefined;
    labels[label] = value.replaceAll(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
  }
  return { name, labels, value: Number(valueText.replace("Inf", "Infinity")) };
}

function belongs(name: string, family: ParsedFamily): boolean {
  if (family.type !== "histogram") return name === family.name;
  return ["_bucket", "_sum", "_count"].some((suffix) => name === family.name + suffix);
}

function checkHistogram(family: ParsedFamily): void {
  const buckets = family.samples.filter((sample) => sample.name.endsWith("_bucket"));
  const bounds = buckets.map((sample) => Number(sample.labels["le"]?.replace("Inf", "Infinity")));
  const ascending = (values: readonly number[]): boolean =>
    values.every((value, i) => i === 0 || value >= (values[i - 1] ?? NaN));
  const valueOf = (suffix: string): number | undefined =>
    family.samples.find((sample) => sample.name === family.name + suffix)?.value;
  if (!ascending(bounds) || bounds.at(-1) !== Infinity) throw new Error(`${family.name}: bounds`);
  if (!ascending(buckets.map((sample) => sample.value))) throw new Error(`${family.name}: counts`);
  if (valueOf("_count") !== buckets.at(-1)?.value) throw new Error(`${family.name}: _count`);
  if (valueOf("_sum") === undefined) throw new Error(`${family.name}: _sum`);
}
