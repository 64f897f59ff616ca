// Credentials that expire under a running gateway, and are replaced where gateway.yaml says they stand.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { NUMBERED_RULE } from "../engine/kit.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { setScramPassword } from "../kit/kafka/users.ts";
import { requireService } from "../kit/services.ts";
import { Devices, KafkaSite, settledRows, untilUplink } from "./kafka-site.ts";

const MECHANISM = "scram-sha-256";

describe("Kafka credentials", () => {
  it("are read again: what was acknowledged meanwhile waits, and then leaves", async (context) => {
    if (!requireService(context, "kafka")) return;
    const broker = await Broker.start({
      set: {
        "listener.security.protocol.map":
          "PLAINTEXT:SASL_PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "listener.name.plaintext.sasl.enabled.mechanisms": "SCRAM-SHA-256",
        "listener.name.plaintext.scram-sha-256.sasl.jaas.config":
          "org.apache.kafka.common.security.scram.ScramLoginModule required;",
      },
    });
    context.after(async () => await broker.remove());
    const user = { name: "gw", password: "0ld-canary" };
    await setScramPassword(broker.internalPort, user, MECHANISM);
    const sasl = `sasl: {mechanism: ${MECHANISM}, username: gw, password: "\${file:pw}"}`;
    const yaml = `kafka: {brokers: ["${broker.bootstrap}"], ${sasl}}\n`;
    const site = new KafkaSite(context, { rules: { high: NUMBERED_RULE }, yaml });
    const file = join(site.site.folder, "pw");
    writeFileSync(file, user.password, { mode: 0o600 });

    const life = await site.site.ready();
    const devices = new Devices();
    const client = await life.device();
    await devices.publish(client, [["a", 1, 60]]);
    await untilUplink(life, (uplink) => uplink.rows === 1);
    await setScramPassword(broker.internalPort, { ...user, password: "n3w-canary" }, MECHANISM);
    await broker.stop();
    await broker.start();
    await devices.publish(client, [["a", 2, 70]]);
    const refused = await untilUplink(life, ({ problem }) => /auth/i.test(problem ?? ""));
    assert.equal(refused.connected, false);
    const status = JSON.stringify(await life.json("/api/status"));
    assert.match(status, /uplink_refused/, "the alarm waits for Kafka, the page shows it");
    writeFileSync(file, "n3w-canary", { mode: 0o600 });
    await untilUplink(life, (uplink) => uplink.connected);
    const rows = await settledRows(`127.0.0.1:${broker.internalPort}`, ["high"], 2);
    assert.equal(rows.length, 2);
    const said = [status, ...life.program.stderr.all, ...life.program.stdout.all].join("\n");
    assert.doesNotMatch(said, /canary/, "no secret is told");
  });
});
