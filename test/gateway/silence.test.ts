// Windows that close though nothing comes, in a gateway as it runs.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { READINGS } from "../engine/kit.ts";
import { payload, Site } from "./kit.ts";

const COUNTS =
  READINGS.replace("INTERVAL '5' SECOND", "INTERVAL '1' SECOND").replace(
    "'format'",
    "'watermark.idle-timeout' = '300 ms', 'format'",
  ) +
  `CREATE TABLE counts (device STRING, n BIGINT) WITH ('connector' = 'print');
   INSERT INTO counts SELECT device, COUNT(*)
   FROM TUMBLE(TABLE readings, DESCRIPTOR(event_time), INTERVAL '1' SECOND)
   GROUP BY device, window_start, window_end;`;

describe("a device that falls silent", () => {
  it("does not hold its last windows back", async (context) => {
    // By the watermark alone, they would need a reading 2 s later.
    const site = new Site(context, { rules: { counts: COUNTS } });
    const life = await site.ready();
    const device = await life.device();
    await device.publish("readings/a", payload("a", 1, 10));
    await life.program.stdout.find((line) => line.includes('"n":1'));
    assert.deepEqual(life.rows(), [{ device: "a", n: 1 }]);
    assert.equal((await life.program.end()).code, 0);
    const again = await site.ready();
    assert.equal(await again.metric("headrace_digest_mismatches_total"), 0);
  });
});
