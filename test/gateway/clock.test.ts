// A gateway whose machine's wall clock leaps, and is not set at a start: a real process, under libfaketime.

import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { journalOf } from "../engine/kit.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { requireService } from "../kit/services.ts";
import type { TestClient } from "../kit/mqtt-client.ts";
import { payload, Site } from "./kit.ts";
import type { Life } from "./kit.ts";

const DAY_S = 86_400;
const LOOK_MS = 50;
const TABLE = `CREATE TABLE readings (
  device STRING, seq BIGINT, ts BIGINT, v DOUBLE,
  received TIMESTAMP_LTZ(3) METADATA FROM 'receive_time', is_sure BOOLEAN METADATA FROM 'clock_trusted',
  WATERMARK FOR received AS received
) WITH ('connector' = 'mqtt', 'topic' = 'readings/+', 'format' = 'json');
`;
const SHOWN =
  TABLE +
  `CREATE TABLE shown (seq BIGINT, ms BIGINT, is_sure BOOLEAN) WITH ('connector' = 'print');
INSERT INTO shown
SELECT seq, TIMESTAMPDIFF(SECOND, TO_TIMESTAMP_LTZ(0, 3), received) * CAST(1000 AS BIGINT), is_sure FROM readings;`;
/** By receive time: none may close within the test. */
const WINDOWS =
  TABLE +
  `CREATE TABLE closed (n BIGINT) WITH ('connector' = 'print');
INSERT INTO closed SELECT COUNT(*)
FROM TUMBLE(TABLE readings, DESCRIPTOR(received), INTERVAL '10' DAY) GROUP BY window_start, window_end;`;

interface Row {
  readonly seq: number;
  readonly ms: number;
  readonly is_sure: boolean;
}

async function untilTrusted(life: Life, isTrusted: boolean): Promise<void> {
  while (((await life.json("/readyz"))["clockProblem"] === null) !== isTrusted)
    await pause(LOOK_MS);
  assert.equal(await life.metric("headrace_clock_untrusted"), isTrusted ? 0 : 1);
}

/** A reading, and the row that came of it. */
async function row(life: Life, device: TestClient, seq: number): Promise<Row> {
  await device.publish("readings/a", payload("a", seq, 1));
  await life.program.stdout.find((line) => line.includes(`"seq":${seq},`));
  return life.rows().at(-1) as Row;
}

function isNow({ ms }: Row): boolean {
  return Math.abs(ms - Date.now()) < 60_000;
}

it("wall time goes on through leaps and a start in 1970, and rows say that it is not sure", async (context) => {
  if (!requireService(context, "faketime")) return;
  const clock = new FakeClock();
  context.after(() => clock.dispose());
  const site = new Site(context, { rules: { shown: SHOWN, windows: WINDOWS } });
  const rows: Row[] = [];

  const first = await site.ready(clock.environment);
  const device = await first.device();
  rows.push(await row(first, device, 1));
  for (const [seq, shift] of [
    [2, 20 * DAY_S],
    [4, -3600],
  ] as const) {
    clock.set(shift);
    await untilTrusted(first, false);
    rows.push(await row(first, device, seq));
    clock.set(0);
    await untilTrusted(first, true);
    rows.push(await row(first, device, seq + 1));
  }
  assert.equal((await first.program.end()).code, 0);

  clock.set(-Math.floor(Date.now() / 1000));
  const second = await site.ready(clock.environment);
  assert.match(String((await second.json("/readyz"))["clockProblem"]), /1970-01-01/);
  assert.match((await second.get("/")).text, /clock not trusted/);
  const again = await second.device();
  rows.push(await row(second, again, 6));
  clock.set(0);
  await untilTrusted(second, true);
  rows.push(await row(second, again, 7));
  assert.equal((await second.program.end("SIGKILL")).signal, "SIGKILL");

  const third = await site.ready();
  assert.equal(await third.metric("headrace_digest_mismatches_total"), 0);
  const alarms = (await third.json("/api/status"))["recentAlarms"];
  assert.deepEqual(alarms, [], "the last change was before the kill");
  assert.equal((await third.program.end()).code, 0);

  assert.deepEqual(
    rows.map((each) => [each.seq, each.is_sure, isNow(each)]),
    [1, 2, 3, 4, 5, 6, 7].map((seq) => [seq, ![2, 4, 6].includes(seq), true]),
  );
  assert.ok([...first.rows(), ...second.rows()].every((each) => "seq" in (each as object)));
  const stamps = journalOf(site.data).map(({ timeMs }) => timeMs);
  assert.ok(
    stamps.every((ms) => Math.abs(ms - Date.now()) < 300_000),
    `stamps of the journal: ${stamps.join(" ")}`,
  );
});
