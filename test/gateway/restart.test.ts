// Killed between COMMIT and PUBACK: what the device sends again is acknowledged, and counts once.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ALARM_RULE } from "../engine/kit.ts";
import { ANONYMOUS_RULE, payload, PRINT_RULE, Site } from "./kit.ts";
import type { Life } from "./kit.ts";

const AFTER_COMMIT = { HEADRACE_CRASH_POINT: "engine-after-commit" };
const SESSION = { clientId: "device", cleanStart: false } as const;

async function duplicates(life: Life, kind: string): Promise<number | undefined> {
  return life.metric(`headrace_duplicates_total{kind="${kind}"}`);
}

/** A start that commits one message and dies before it acknowledges it. */
async function commitAndDie(site: Site): Promise<void> {
  const life = await site.ready(AFTER_COMMIT);
  const device = await life.device(SESSION);
  device.post("readings/a", payload("a", 1, 10), { packetId: 7 });
  await device.closed;
  assert.deepEqual(device.pubacks, []);
  assert.equal((await life.program.exited).signal, "SIGKILL");
}

describe("a kill between COMMIT and PUBACK", () => {
  for (const [what, rule, kind] of [
    ["with identity", PRINT_RULE, "identity"],
    ["without identity, by packet id", ANONYMOUS_RULE, "packet_id"],
  ] as const) {
    it(`makes no duplicate of a row ${what}`, async (context) => {
      const site = new Site(context, { rules: { shown: rule } });
      await commitAndDie(site);
      const life = await site.ready();
      const device = await life.device(SESSION);
      assert.equal(device.connack?.sessionPresent, true, "an MQTT 5.0 client would forget else");
      await device.publish("readings/a", payload("a", 1, 10), { packetId: 7, dup: true });
      await device.publish("readings/a", payload("a", 2, 20), { packetId: 8 });
      assert.equal(await duplicates(life, kind), 1);
      assert.equal(await life.metric('headrace_emitted_rows_total{rule="shown"}'), 1);
      assert.equal(await life.metric("headrace_digest_mismatches_total"), 0);
      assert.equal((await life.program.end()).code, 0);
      // The row of the first message was committed by the process that died before it could print it.
      assert.deepEqual(life.rows(), [{ device: "a", seq: 2, v: 20 }]);
    });
  }

  it("counts a message again that a clean session sends: nothing tells it from a new one", async (context) => {
    const site = new Site(context, { rules: { shown: ANONYMOUS_RULE } });
    await commitAndDie(site);
    const life = await site.ready();
    const device = await life.device({ clientId: "device" });
    await device.publish("readings/a", payload("a", 1, 10), { packetId: 7, dup: true });
    assert.equal(await duplicates(life, "packet_id"), 0);
    assert.equal(await life.metric('headrace_emitted_rows_total{rule="shown"}'), 1);
  });

  it("tells of an alarm once", async (context) => {
    const site = new Site(context, { rules: { hot: ALARM_RULE } });
    let before: string | undefined;
    for (const [index, v] of [60, 90, 90, 60, 60, 60].entries()) {
      const life = await site.ready({ HEADRACE_CRASH_POINT: "engine-after-commit:2" });
      const device = await life.device(SESSION);
      const again = before ?? payload("b", 1, 0);
      await device.publish("readings/a", again, { packetId: index + 1, dup: true });
      before = payload("a", index * 5, v);
      device.post("readings/a", before, { packetId: index + 2 });
      assert.equal((await life.program.exited).signal, "SIGKILL");
    }
    const life = await site.ready();
    const { recentAlarms, lanes } = (await life.json("/api/status")) as unknown as {
      readonly recentAlarms: readonly string[];
      readonly lanes: readonly { readonly lane: string; readonly rows: number }[];
    };
    assert.equal(lanes.find(({ lane }) => lane === "alarm")?.rows, 2);
    assert.deepEqual(recentAlarms, [], "none of them by this start");
  });
});
