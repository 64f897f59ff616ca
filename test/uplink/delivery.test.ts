// Without transactions: rows at least once, only where the operator allows it, and for as long as the cluster refuses.

import assert from "node:assert/strict";
import { test } from "node:test";
import kafkajs from "kafkajs";
import { systemClock } from "../../src/core/clock.ts";
import { UPLINK_AUDIT_MS } from "../../src/core/limits.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { KafkaProxy } from "../kit/kafka/proxy.ts";
import { readCommitted } from "../kit/kafka/reader.ts";
import { requireService } from "../kit/services.ts";
import { assertExactlyOnce, delivered, MemoryOutbox, startUplink, testRows, until } from "./kit.ts";

/** Forbids transactions to everybody, or allows them again. */
async function transactions(bootstrap: string, allowed: boolean): Promise<void> {
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel } = kafkajs;
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const rule = {
    resourceType: AclResourceTypes.TRANSACTIONAL_ID,
    resourceName: "*",
    resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
    principal: "User:ANONYMOUS",
    host: "*",
    operation: AclOperationTypes.ALL,
    permissionType: AclPermissionTypes.DENY,
  };
  if (allowed) await admin.deleteAcls({ filters: [rule] });
  else await admin.createAcls({ acl: [rule] });
  await admin.disconnect();
}

test("a cluster that refuses transactions", async (t) => {
  if (!requireService(t, "kafka")) return;
  const proxy = await KafkaProxy.start();
  t.after(async () => await proxy.close());
  const broker = await Broker.start({
    advertisedPort: proxy.port,
    set: {
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "allow.everyone.if.no.acl.found": true,
    },
  });
  t.after(async () => await broker.remove());
  proxy.target = broker.port;
  const bootstrap = `127.0.0.1:${proxy.port}`;
  await transactions(bootstrap, false);

  await t.test("gets nothing from a gateway that must deliver exactly once", async (s) => {
    const outbox = new MemoryOutbox();
    outbox.add("result", testRows("strict", 10));
    const { uplink } = startUplink(s, bootstrap, outbox);
    await until("the refusal", () => /refuses transactions/.test(uplink.status.lastError ?? ""));
    assert.equal(uplink.status.connected, false);
    await uplink.stop(2000);
    assert.deepEqual(await readCommitted(bootstrap, ["strict"]), []);
  });

  await t.test(
    "gets rows at least once where that is allowed, for as long as it refuses",
    async (s) => {
      const outbox = new MemoryOutbox();
      outbox.add("result", testRows("degraded", 1000));
      let skewMs = 0;
      const clock = { ...systemClock, monotonicMs: () => performance.now() + skewMs };
      const options = { delivery: "prefer-exactly-once", clock } as const;
      const { uplink, alarms } = startUplink(s, bootstrap, outbox, options);
      await delivered(uplink);
      assert.equal(uplink.status.delivery, "at-least-once");
      assert.match(alarms.get("uplink_degraded")!, /refuses transactions \(Kafka code 53\)/);
      assert.equal(uplink.stats.audit.degraded, 1);
      await assertExactlyOnce(bootstrap, ["degraded"], [outbox]);

      await transactions(bootstrap, true);
      skewMs = UPLINK_AUDIT_MS;
      outbox.add("result", testRows("degraded", 10, 1000));
      uplink.notify(outbox.lanes);
      await delivered(uplink);
      await until("transactions again", () => uplink.status.delivery === "exactly-once");
      assert.equal(alarms.get("uplink_degraded"), undefined);
      await uplink.stop(2000);
      await assertExactlyOnce(bootstrap, ["degraded"], [outbox]);
      await transactions(bootstrap, false);
    },
  );

  await t.test("knows a batch again whose answer was lost", async (s) => {
    const outbox = new MemoryOutbox();
    const options = { delivery: "at-least-once" } as const;
    const { uplink, alarms } = startUplink(s, bootstrap, outbox, options);
    for (const when of ["response", "request", "response"] as const) {
      proxy.add({ api: "Produce", when, nth: 1 });
      outbox.add("result", testRows("again", 500, outbox.added.length));
      uplink.notify(outbox.lanes);
      await delivered(uplink);
    }
    assert.equal(proxy.faults["Produce response"], 2);
    assert.equal(uplink.stats.sessions, 1, "the session outlived it");
    assert.equal(alarms.get("uplink_degraded"), undefined, "it is what was asked for");
    await assertExactlyOnce(bootstrap, ["again"], [outbox]);
    // A restart finds in the progress what has been sent.
    await uplink.stop(2000);
    const next = startUplink(s, bootstrap, outbox, options);
    await until("connection", () => next.uplink.status.connected);
    await delivered(next.uplink);
    await assertExactlyOnce(bootstrap, ["again"], [outbox]);
  });

  await t.test("gets a batch again when a session has ended before its progress", async (s) => {
    const outbox = new MemoryOutbox();
    outbox.add("result", testRows("twice", 100));
    const options = { delivery: "at-least-once", transactionTimeoutMs: 3000 } as const;
    // The rows are taken, the progress record never arrives: the broker is away for longer than a transaction lasts.
    proxy.add({ api: "Produce", when: "request", nth: 2 });
    const { uplink } = startUplink(s, bootstrap, outbox, options);
    await until("the fault", () => (proxy.faults["Produce request"] ?? 0) > 1);
    broker.pause();
    await until("the end of the session", () => !uplink.status.connected);
    broker.resume();
    await delivered(uplink);
    const rows = await readCommitted(bootstrap, ["twice"]);
    const headers = new Set(rows.map(({ headers: { headrace } }) => headrace));
    assert.equal(headers.size, 100, "nothing lost");
    assert.ok(rows.length >= 100, "and each may come twice, under the same header");
    t.diagnostic(`${rows.length - 100} of 100 rows came twice`);
  });
});
