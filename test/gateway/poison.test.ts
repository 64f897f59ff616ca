// A payload that kills the process, with real deaths: skipped at the third start, and nobody else loses a row.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { TestClient } from "../kit/mqtt-client.ts";
import { journalOf } from "../engine/kit.ts";
import { payload, Site } from "./kit.ts";
import type { Life } from "./kit.ts";

const POISON = { HEADRACE_CRASH_POINT: "engine-message(poison)" };

/** What a device does that keeps a message until it is acknowledged. */
async function sendAll(client: TestClient, unacknowledged: Map<number, string>): Promise<void> {
  for (const [packetId, text] of unacknowledged) {
    client.post("readings/a", text, { packetId, dup: true });
  }
  await client.until(() => [...unacknowledged.keys()].every((id) => client.pubacks.includes(id)));
}

describe("a payload that kills the process", () => {
  it("is skipped at the third start and acknowledged, another one in its batch, too; all others count once", async (context) => {
    const site = new Site(context);
    const queue = new Map([
      [1, payload("a", 1, 10)],
      [2, '{"device":"poison"}'],
      [3, payload("a", 3, 30)],
      [4, '{"device":"poison too"}'],
    ]);
    const session = { clientId: "device", cleanStart: false };
    let life: Life | undefined;
    for (let start = 1; start <= 3; start++) {
      life = await site.ready(POISON);
      const client = await life.device(session);
      if (start < 3) {
        await assert.rejects(sendAll(client, queue), /connection ended/);
        assert.equal((await life.program.exited).signal, "SIGKILL", `start ${start}`);
        assert.deepEqual(life.rows(), []);
      } else await sendAll(client, queue);
      for (const id of client.pubacks) queue.delete(id);
    }
    assert.ok(life !== undefined);
    const alarms = String((await life.json("/api/status"))["recentAlarms"]);
    assert.match(alarms, /"alarm_id":"headrace\/message_skipped/);
    assert.equal(await life.metric("headrace_skipped_messages_total"), 2);
    await life.device().then((client) => client.publish("readings/a", payload("a", 4, 40)));
    const exit = await life.program.end();
    assert.equal(exit.code, 0);
    assert.deepEqual(
      life.rows().map((row) => (row as { seq: number }).seq),
      [1, 3, 4],
    );
    const kinds = journalOf(site.data).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === "skipped").length, 2);
  });

  it("is not what kills from outside fell upon twice", async (context) => {
    const site = new Site(context);
    const queue = new Map([1, 2, 3].map((seq) => [seq, payload("a", seq, seq)] as const));
    const session = { clientId: "device", cleanStart: false };
    for (const pass of [1, 2]) {
      const life = await site.ready({ HEADRACE_CRASH_POINT: `engine-before-decode:${pass}` });
      const client = await life.device(session);
      await assert.rejects(sendAll(client, queue), /connection ended/);
      assert.equal((await life.program.exited).signal, "SIGKILL");
    }
    const life = await site.ready();
    await sendAll(await life.device(session), queue);
    assert.equal((await life.program.end()).code, 0);
    assert.deepEqual(
      life.rows().map((row) => (row as { seq: number }).seq),
      [1, 2, 3],
    );
    const kinds = journalOf(site.data).map(({ kind }) => kind);
    assert.ok(!kinds.includes("skipped"));
  });

  it("is skipped in replay too, if it kills there only", async (context) => {
    const site = new Site(context);
    const first = await site.ready();
    const device = await first.device();
    await device.publish("readings/a", payload("a", 1, 10));
    await device.publish("readings/poison", payload("poison", 1, 20));
    await device.publish("readings/a", payload("a", 2, 30));
    await first.program.end("SIGKILL");
    for (let start = 1; start <= 2; start++) {
      const life = site.start(POISON);
      assert.equal((await life.program.exited).signal, "SIGKILL", `start ${start}`);
    }
    const third = await site.ready(POISON);
    await third.device().then((client) => client.publish("readings/a", payload("a", 3, 40)));
    const alarms = String((await third.json("/api/status"))["recentAlarms"]);
    assert.match(alarms, /message_skipped/);
    assert.equal(await third.metric("headrace_digest_mismatches_total"), 0);
    assert.equal(await third.metric("headrace_skipped_messages_total"), 1);
    assert.equal((await third.program.end()).code, 0);
    const fourth = await site.ready(POISON);
    assert.equal((await fourth.program.end()).code, 0, "the checkpoint is behind it");
  });
});
