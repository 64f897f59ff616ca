import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { COMMIT_SECONDS_BUCKETS, METRIC_FAMILIES } from "../../src/core/metric-families.ts";
import { Histogram, MetricRegistry } from "../../src/core/metrics.ts";
import { METRIC_SERIES } from "../../src/core/limits.ts";
import { parseExposition } from "../kit/exposition.ts";

describe("metric families", () => {
  it("have names, units and help as Prometheus naming asks", () => {
    const names = new Set<string>();
    for (const family of METRIC_FAMILIES) {
      assert.match(family.name, /^(headrace|process)_[a-z]+(_[a-z]+)*$/);
      assert.ok(!names.has(family.name), `${family.name} stands twice`);
      names.add(family.name);
      assert.equal(family.name.endsWith("_total"), family.type === "counter", family.name);
      assert.doesNotMatch(family.name, /_(ms|millis|kb|mib|minutes|count|sum|bucket)(_|$)/);
      assert.match(family.help, /^[A-Z1].*\.$/, family.name);
      for (const label of Object.keys(family.labels)) assert.match(label, /^[a-z]+$/);
    }
  });

  it("are all there, at zero, in the first scrape", () => {
    const parsed = parseExposition(new MetricRegistry().render());
    assert.deepEqual(
      parsed.map((family) => [family.name, family.type]),
      METRIC_FAMILIES.map((family) => [family.name, family.type]),
    );
    for (const family of parsed) {
      assert.ok(family.samples.length > 0, family.name);
      for (const sample of family.samples) assert.equal(sample.value, 0, family.name);
    }
    const outbox = parsed.find((family) => family.name === "headrace_outbox_rows");
    assert.deepEqual(
      outbox?.samples.map((sample) => sample.labels["lane"]),
      ["alarm", "result", "raw", "local"],
    );
  });
});

describe("MetricRegistry", () => {
  it("keeps the newest value of each series and escapes label values", () => {
    const registry = new MetricRegistry();
    const source = 'a "quoted" back\\slash\nline';
    registry.set("headrace_connections", { source: "direct" }, 7);
    registry.set("headrace_connections", { source: "direct" }, 3);
    registry.setAll([{ name: "headrace_connections", labels: { source }, value: 1 }]);
    const family = parseExposition(registry.render()).find(
      (f) => f.name === "headrace_connections",
    );
    assert.deepEqual(family?.samples, [
      { name: "headrace_connections", labels: { source: "direct" }, value: 3 },
      { name: "headrace_connections", labels: { source }, value: 1 },
    ]);
  });

  it("refuses a name or a label outside the table as a bug", () => {
    const registry = new MetricRegistry();
    const bug = { blame: "bug" };
    assert.throws(() => registry.set("headrace_surprise_total", {}, 1), bug);
    assert.throws(() => registry.set("headrace_batches_total", { rule: "r" }, 1), bug);
    assert.throws(() => registry.set("headrace_emitted_rows_total", {}, 1), bug);
    assert.throws(() => registry.set("headrace_commit_seconds", {}, 1), bug);
    assert.throws(() => registry.set("headrace_batches_total_count", {}, 1), bug);
  });

  it("bounds the series of a family and counts what it leaves out", () => {
    const registry = new MetricRegistry();
    for (let i = 0; i < METRIC_SERIES + 5; i++) {
      registry.set("headrace_late_rows_total", { rule: `r${i}` }, 1);
    }
    registry.set("headrace_late_rows_total", { rule: "r0" }, 2);
    const parsed = parseExposition(registry.render());
    const samplesOf = (name: string) => parsed.find((family) => family.name === name)?.samples;
    assert.equal(samplesOf("headrace_late_rows_total")?.length, METRIC_SERIES);
    assert.equal(samplesOf("headrace_late_rows_total")?.[0]?.value, 2);
    assert.equal(samplesOf("headrace_metric_series_dropped_total")?.[0]?.value, 5);
  });

  it("renders values that are no finite number as the format writes them", () => {
    const registry = new MetricRegistry();
    for (const [value, text] of [
      [Infinity, "+Inf"],
      [-Infinity, "-Inf"],
      [NaN, "NaN"],
      [1.5e300, "1.5e+300"],
    ] as const) {
      registry.set("headrace_journal_bytes", {}, value);
      const line = `headrace_journal_bytes ${text}`;
      assert.ok(registry.render().split("\n").includes(line), line);
    }
  });
});

describe("Histogram", () => {
  it("counts cumulatively, bounds inclusive", () => {
    const histogram = new Histogram(COMMIT_SECONDS_BUCKETS);
    for (const seconds of [0.0002, 0.001, 0.0011, 0.3, 9]) histogram.observe(seconds);
    const registry = new MetricRegistry();
    registry.setAll(histogram.samples("headrace_commit_seconds"));
    const family = parseExposition(registry.render()).find(
      (each) => each.name === "headrace_commit_seconds",
    );
    const bucket = (le: string) =>
      family?.samples.find((sample) => sample.labels["le"] === le)?.value;
    assert.deepEqual(
      ["0.0005", "0.001", "0.0025", "0.25", "0.5", "5", "+Inf"].map(bucket),
      [1, 2, 3, 3, 4, 4, 5],
    );
    assert.equal(family?.samples.find((sample) => sample.name.endsWith("_count"))?.value, 5);
    const sum = family?.samples.find((sample) => sample.name.endsWith("_sum"))?.value ?? 0;
    assert.ok(Math.abs(sum - 9.3023) < 1e-9, String(sum));
  });
});
