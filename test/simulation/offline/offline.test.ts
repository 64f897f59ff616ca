// Ten minutes without Kafka, and the proof that what comes of them is judged.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import type { LogRecord } from "../kafka/partition.ts";
import { EPOCH_MS } from "../virtual-time.ts";
import { Forecasts } from "./forecast.ts";
import { deviceName, DEVICES, WINDOW_MS, windowContent } from "./load.ts";
import { Site } from "./site.ts";
import { judgeWindows } from "./windows.ts";

test("a site loses and doubles nothing while Kafka is away and after it", async (context) => {
  const root = mkdtempSync(join(tmpdir(), "headrace-offline-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const site = new Site({ root, seed: 1, hours: 1 / 6, log: () => {} });
  const { lost, duplicated, wrong, problems, acknowledged } = await site.run();
  assert.deepEqual(
    { lost, duplicated, wrong, problems },
    { lost: 0, duplicated: 0, wrong: 0, problems: [] },
  );
  assert.ok(acknowledged > 600_000);
});

const WINDOWS = 3;
const READINGS = WINDOWS * 600;

test("windows are judged one by one", () => {
  const rows = allRows();
  const judge = (changed: readonly LogRecord[]): object => {
    const { examples: _, ...counts } = judgeWindows(changed, READINGS);
    return counts;
  };
  const [first, second, third, ...others] = rows as [LogRecord, LogRecord, LogRecord];
  assert.deepEqual(judge(rows), { lost: 0, duplicated: 0, wrong: 0 });
  assert.deepEqual(judge(rows.slice(1)), { lost: 1, duplicated: 0, wrong: 0 });
  assert.deepEqual(judge([...rows, first]), { lost: 0, duplicated: 1, wrong: 0 });
  const reordered = [second, first, third, ...others];
  assert.deepEqual(judge(reordered), { lost: 0, duplicated: 0, wrong: 1 });
  const altered = { ...first, value: first.value?.replace('"n":600', '"n":599') };
  assert.deepEqual(judge([altered, second, third, ...others]), {
    lost: 0,
    duplicated: 0,
    wrong: 1,
  });
});

test("what is said of the time that a drain takes is judged by what it took", () => {
  const judge = (said: (left: number) => number | undefined): string[] => {
    const forecasts = new Forecasts();
    for (let second = 1; second < 60; second++) forecasts.note(second, said(60 - second));
    return forecasts.problems(60);
  };
  assert.deepEqual(
    judge((left) => left),
    [],
  );
  assert.deepEqual(
    judge((left) => (left > 50 ? undefined : left * 1.9)),
    [],
  );
  assert.match(judge(() => undefined).join(), /only 0 of 59/);
  assert.match(judge((left) => left / 3).join(), /30 s before the end it said 10\.0 s/);
  assert.match(judge((left) => left * 2.1).join(), /30 s before the end it said 63\.0 s/);
  assert.match(judge((left) => 60 - left).join(), /did not go down/);
});

/** Device by device, window by window. */
function allRows(): LogRecord[] {
  return Array.from({ length: DEVICES * WINDOWS }, (_, at) => {
    const [device, window] = [Math.floor(at / WINDOWS), at % WINDOWS];
    const start = new Date(EPOCH_MS + window * WINDOW_MS).toISOString().slice(0, -1);
    const row = { device: deviceName(device), window_start: start.replace("T", " ") };
    const value = JSON.stringify({ ...row, ...windowContent(device, window, READINGS) });
    return { offset: at, key: row.device, value, header: "" };
  });
}
