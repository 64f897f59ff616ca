import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { FakeListener } from "../firmware-sim/transport/fake-listener.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import type { LoadResult } from "./loadgen.ts";
import { busiestThreadSeconds, usageOf } from "../kit/process-usage.ts";

const LOADGEN = fileURLToPath(new URL("./loadgen.ts", import.meta.url));

async function generate(
  listener: FakeListener,
  args: readonly string[],
): Promise<{ code: unknown; result: LoadResult }> {
  const port = await listener.listen();
  const child = spawn(process.execPath, [LOADGEN, "--port", String(port), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  await listener.close();
  return { code, result: JSON.parse(output) as LoadResult };
}

test("the generator sends what its rate says, every key in sequence, and counts each acknowledgement", async () => {
  const listener = new FakeListener();
  const { code, result } = await generate(listener, [
    "--keys",
    "20",
    "--connections",
    "4",
    "--rate",
    "2000",
    "--seconds",
    "0.5",
  ]);
  assert.equal(code, 0);
  assert.deepEqual([result.sent, result.acknowledged], [1000, 1000]);
  const rows = listener.received.map(
    ({ payload }) => JSON.parse(payload) as { device: string; seq: number; ts: number },
  );
  assert.deepEqual(Object.keys(rows[0]!), ["device", "seq", "ts", "temperature", "vibration"]);
  const byDevice = Map.groupBy(rows, ({ device }) => device);
  assert.equal(byDevice.size, 20);
  for (const sent of byDevice.values())
    assert.deepEqual(
      sent.map(({ seq }) => seq),
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
  const bytes = listener.received.reduce((sum, { payload }) => sum + payload.length, 0);
  assert.equal(result.payloadBytes, bytes);
});

test("without a rate the window alone limits it, and every packet id in flight is another", async () => {
  const listener = new FakeListener();
  const { code, result } = await generate(listener, [
    "--keys",
    "8",
    "--connections",
    "2",
    "--window",
    "50",
    "--seconds",
    "0.3",
  ]);
  assert.equal(code, 0);
  assert.equal(result.acknowledged, listener.received.length);
  const ids = listener.received
    .filter(({ clientId }) => clientId === "loadgen-0")
    .map(({ packetId }) => packetId);
  for (let i = 0; i + 50 <= Math.min(ids.length, 5000); i += 50)
    assert.equal(new Set(ids.slice(i, i + 50)).size, 50);
});

test("quantiles are exact to the width of their bin", () => {
  const histogram = new LatencyHistogram();
  assert.equal(histogram.quantileMs(0.5), 0);
  for (let ms = 1; ms <= 100; ms++) histogram.record(ms);
  histogram.record(2345);
  assert.equal(histogram.quantileMs(0.5), 51);
  assert.equal(histogram.quantileMs(1), 2340);
  assert.equal(histogram.maxMs, 2345);
});

test(
  "a process's usage grows with its work, mostly on one thread",
  { skip: process.platform !== "linux" && "needs /proc" },
  () => {
    const before = usageOf(process.pid);
    const start = process.cpuUsage();
    for (
      let used = process.cpuUsage(start);
      used.user + used.system < 200_000;
      used = process.cpuUsage(start)
    );
    const after = usageOf(process.pid);
    assert.ok(after.cpuSeconds - before.cpuSeconds > 0.1);
    assert.ok(busiestThreadSeconds(before, after) > 0.05);
    assert.ok(after.rssMiB > 10 && after.peakMiB >= after.rssMiB);
  },
);
