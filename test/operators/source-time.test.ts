import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { DEVICES_PER_TABLE } from "../../src/core/limits.ts";
import type { SqlValue } from "../../src/core/types.ts";
import type { LateRow, RowError } from "../../src/operators/contract.ts";
import { buildRule, buildSource } from "../../src/operators/index.ts";
import type { SourceTable } from "../../src/sql/plan.ts";
import { BIGINT, STRING, TS3, aggregate, batchOf, groupBy, query, scan, table } from "./plans.ts";

const NOW = Date.UTC(2026, 0, 1);

function tableWith(options: SourceTable["options"]): SourceTable {
  const plain = table({ device: STRING, ts: TS3 }, { column: "ts", delayMs: 0 });
  return { ...plain, options };
}

/** A rule that counts rows of devices in windows of 10 ms, over a table whose rows all come at `NOW`. */
function counting(source: SourceTable, clock?: { readonly nowMs: number }) {
  const rows: string[] = [];
  const late: LateRow[] = [];
  const errors: RowError[] = [];
  const host = {
    late: (row: LateRow) => void late.push(row),
    dataError: (error: RowError) => void errors.push(error),
  };
  const times = clock && { engineTimeMs: () => clock.nowMs, receiveTimeMs: () => clock.nowMs };
  const running = buildSource(source, { host, ...(times === undefined ? {} : { clock: times }) });
  const root = groupBy(scan(source), {
    window: { kind: "tumble", sizeMs: 10, offsetMs: 0 },
    time: "ts",
    keys: ["device"],
    aggregates: [aggregate("COUNT", BIGINT)],
    properties: [],
  });
  const sink = {
    row: ([device, count]: readonly SqlValue[]) =>
      void rows.push(`${device as string} ${count as number}`),
    watermark: () => undefined,
  };
  buildRule(query(root), { name: "rule", sources: () => running, sink, host });
  const push = (...of: readonly (readonly [string | null, number])[]): void => {
    running.push(batchOf(source, of), 0, of.length);
  };
  return { rows, late, errors, running, push };
}

describe("a table with watermark options", () => {
  it("refuses rows further ahead of their receive time than max-future", () => {
    const rule = counting(tableWith({ "watermark.max-future": "1 min" }), { nowMs: NOW });
    rule.push(["a", NOW], ["a", NOW + 60_000], ["a", NOW + 60_001]);
    assert.deepEqual(
      rule.errors.map(({ message, rule: name, reason }) => [message, name, reason]),
      [
        [
          2,
          undefined,
          "the event time 2026-01-01 00:01:00.001 is 60001 ms ahead of the receive time, more than 'watermark.max-future'",
        ],
      ],
    );
    assert.equal(rule.running.watermark(), NOW + 60_000);
    assert.equal(rule.running.stats.errors, 1);
  });

  it("takes every row where there is no clock, and knows no silence", () => {
    const options = { "watermark.max-future": "1 ms", "watermark.idle-timeout": "1 ms" };
    const rule = counting(tableWith({ ...options, "watermark.per": "device" }));
    rule.push(["a", NOW], ["b", NOW], ["b", NOW + 1_000_000], ["a", NOW + 9]);
    assert.deepEqual(rule.errors, []);
    assert.equal(rule.running.watermark(), NOW + 9);
  });

  it("gives a new device the least watermark: its stored rows are late", () => {
    const rule = counting(tableWith({ "watermark.per": "device" }));
    rule.push(["a", 1000], ["a", 1021], ["b", 1003], ["b", 1020], [null, 1025], ["b", 1040]);
    assert.deepEqual(rule.rows, ["a 1", "b 1"]);
    assert.deepEqual(
      rule.late.map(({ message, watermarkMs }) => [message, watermarkMs]),
      [[2, 1021]],
    );
  });

  it("forgets the device heard of longest ago beyond the bound, closes its windows and counts it", () => {
    const rule = counting(tableWith({ "watermark.per": "device" }));
    const names = Array.from({ length: DEVICES_PER_TABLE }, (_, index) => `d${index}`);
    rule.push(...names.map((name) => [name, 1000] as const));
    rule.push(["d0", 1001]);
    assert.equal(rule.rows.length, 0);
    rule.push(["new", 1002], ["d1", 1003]);
    // d1 made room for the new one, and d2 for d1.
    assert.deepEqual(rule.rows, ["d1 1", "d2 1"]);
    assert.equal(rule.running.time?.devices.evictions, 2);
    assert.deepEqual(rule.running.time?.devices.counts, { active: DEVICES_PER_TABLE, silent: 0 });
    rule.running.endOfInput();
    assert.equal(rule.rows.length, DEVICES_PER_TABLE + 2);
    assert.ok(rule.rows.includes("d0 2"));
    assert.equal(rule.rows.filter((row) => row === "d1 1").length, 2);
  });
});
