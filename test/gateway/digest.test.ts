// A checkpoint that is whole and wrong, as a bug or a bad memory would make it: no CRC sees it. The digests of what the
// replay gives do, at the next start, while devices are sending.

import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, it } from "node:test";

import { READINGS } from "../engine/kit.ts";
import { Checkpoints } from "../../src/store/checkpoints.ts";
import { openDatabase } from "../../src/store/sqlite.ts";
import { payload, Site } from "./kit.ts";
import type { Life } from "./kit.ts";

/** Rows depend on what came before. */
const COUNTS =
  READINGS +
  `CREATE TABLE counts (device STRING, n BIGINT) WITH ('connector' = 'print');
   INSERT INTO counts SELECT device, COUNT(*) FROM TUMBLE(TABLE readings, DESCRIPTOR(event_time), INTERVAL '10' SECOND)
   GROUP BY device, window_start, window_end;`;

/** Readings a second apart, so many in flight that a kill finds some under way. */
async function send(life: Life, from: number, to: number): Promise<void> {
  const client = await life.device();
  for (let seq = from; seq <= to; seq++) await client.publish("readings/a", payload("a", seq, seq));
}

/** Gives the newest checkpoint the state of the one before it, with every CRC right. */
function corrupt(data: string): void {
  const db = openDatabase(join(data, "headrace.db"));
  const checkpoints = new Checkpoints(db, { checkpointBytes: 0, damagedBlobs: 0 });
  const [older] = [...checkpoints.readAll()];
  assert.ok(older !== undefined && older.journalSequence < checkpoints.newest);
  db.transaction(() => checkpoints.write(older, checkpoints.newest))();
  db.close();
}

describe("a checkpoint that is whole and wrong", () => {
  it("is found by the digests of the replay, and by nothing else", async (context) => {
    const site = new Site(context, { rules: { counts: COUNTS } });
    const first = await site.ready();
    await send(first, 1, 8);
    assert.equal((await first.program.end()).code, 0);
    const second = await site.ready();
    const sending = send(second, 9, 1000).catch(() => {});
    while (second.rows().length < 4) await pause(20);
    await second.program.end("SIGKILL");
    await sending;
    const killed = join(site.folder, "killed");
    cpSync(site.data, killed, { recursive: true });
    for (const isCorrupt of [false, true]) {
      rmSync(site.data, { recursive: true });
      cpSync(killed, site.data, { recursive: true });
      if (isCorrupt) corrupt(site.data);
      const life = await site.ready();
      await send(life, 2000, 2010);
      const mismatches = await life.metric("headrace_digest_mismatches_total");
      const alarms = String((await life.json("/api/status"))["recentAlarms"]);
      assert.equal((mismatches ?? 0) > 0, isCorrupt);
      assert.equal(alarms.includes("headrace/digest_mismatch"), isCorrupt);
      assert.ok(!alarms.includes("damaged"));
      assert.equal((await life.program.end()).code, 0);
    }
  });
});
