// SIGTERM and SIGINT: what was read is committed and acknowledged, windows stay open, and the end comes within 8 s
// whatever Kafka, a broker or the disk does. No outside service: what is away is a port that nobody listens on.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { kafkaSink, READINGS, TUMBLE_RULE } from "../engine/kit.ts";
import { publishPacket } from "../kit/mqtt-client.ts";
import { payload, Site } from "./kit.ts";

const WITHIN_MS = 8_000;
const AWAY = "127.0.0.1:1";
const SHIM = new URL("disk-shim.ts", import.meta.url).href;

describe("an orderly stop", () => {
  it("commits and acknowledges what was read, and leaves the windows open", async (context) => {
    const printing = TUMBLE_RULE.replace(/'connector' = 'kafka'[^)]*/, "'connector' = 'print'");
    // Without the stop nothing would be committed for as long as the linger is.
    const site = new Site(context, { rules: { tumble: printing }, yaml: "batch: {linger: 2s}\n" });
    const first = await site.ready();
    const device = await first.device();
    device.post("readings/a", payload("a", 1, 10));
    device.post("readings/a", payload("a", 2, 20));
    await device.ping();
    const exit = await first.program.end("SIGTERM");
    assert.deepEqual({ code: exit.code, signal: exit.signal }, { code: 0, signal: null });
    await device.closed;
    assert.deepEqual(device.pubacks, [1, 2]);
    assert.deepEqual(first.rows(), []);

    const second = await site.ready();
    const again = await second.device();
    await again.publish("readings/a", payload("a", 30, 0));
    await second.program.end("SIGINT");
    assert.equal((second.rows()[0] as { n: number } | undefined)?.n, 2);
    assert.equal((await second.program.exited).code, 0);
  });

  it("takes no notice of a second signal", async (context) => {
    const site = new Site(context);
    const life = await site.ready();
    const device = await life.device();
    device.post("readings/a", payload("a", 1, 10));
    await device.ping();
    for (const signal of ["SIGINT", "SIGINT", "SIGTERM"] as const) life.program.child.kill(signal);
    assert.equal((await life.program.exited).code, 0);
    assert.deepEqual(device.pubacks, [1]);
  });

  it("ends in time with Kafka and a broker away, and keeps the outbox", async (context) => {
    const rule =
      READINGS +
      kafkaSink("out_rows", "device STRING, v DOUBLE") +
      "INSERT INTO out_rows SELECT device, v FROM readings;";
    const site = new Site(context, {
      rules: { rows: rule },
      yaml: `kafka: {brokers: ["${AWAY}"]}\n`,
      listener: `limits: {connections: 10}}\n  - {name: away, url: "mqtt://${AWAY}"`,
    });
    const life = await site.ready();
    assert.deepEqual((await life.ready).mqtt[1], { name: "away", url: `mqtt://${AWAY}` });
    const readiness = await life.json("/readyz");
    assert.equal(readiness["ready"], true);
    assert.deepEqual(readiness["mqttClients"], [{ name: "away", connected: false }]);
    assert.equal((readiness["kafka"] as { connected: boolean }).connected, false);
    const device = await life.device();
    await device.publish("readings/a", payload("a", 1, 10));
    const exit = await life.program.end();
    assert.equal(exit.code, 0);
    assert.ok(exit.tookMs < WITHIN_MS, `took ${exit.tookMs} ms`);
    const next = await site.ready();
    assert.equal(await next.metric('headrace_outbox_rows{lane="result"}'), 1);
    assert.equal((await next.program.end()).code, 0);
  });

  it("ends in time when Kafka and a broker take connections and never answer", async (context) => {
    const silent = createServer((socket) => socket.on("error", () => {}));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    context.after(() => silent.close());
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const site = new Site(context, {
      yaml: `kafka: {brokers: ["${address}"]}\n`,
      listener: `limits: {connections: 10}}\n  - {name: silent, url: "mqtt://${address}"`,
    });
    const life = await site.ready();
    const exit = await life.program.end();
    assert.equal(exit.code, 0);
    assert.ok(exit.tookMs < WITHIN_MS, `took ${exit.tookMs} ms`);
  });

  it("ends in time while a full lane blocks, with nothing acknowledged that is not committed", async (context) => {
    const wide =
      READINGS +
      kafkaSink("out_rows", "device STRING, pad STRING") +
      "INSERT INTO out_rows SELECT device, LPAD('x', 200000, 'x') FROM readings;";
    const site = new Site(context, {
      rules: { wide },
      yaml: `kafka: {brokers: ["${AWAY}"]}\nstore: {lanes: {result: {quota: 1MiB}}}\n`,
    });
    const life = await site.ready();
    const device = await life.device();
    for (let seq = 1; seq <= 6; seq++) await device.publish("readings/a", payload("a", seq, 1));
    const acknowledged = device.pubacks.length;
    device.post("readings/a", payload("a", 99, 1));
    // Said once the batch has come to the worker, and did not run.
    for (;;) {
      const { blocked } = await life.json("/readyz");
      if (blocked !== null) {
        assert.equal(blocked, "lane result is full");
        break;
      }
    }
    const exit = await life.program.end();
    assert.equal(exit.code, 0);
    assert.ok(exit.tookMs < WITHIN_MS, `took ${exit.tookMs} ms`);
    assert.equal(device.pubacks.length, acknowledged);
  });

  it("ends in time, with 0, while the disk hangs; keep-alives were answered meanwhile", async (context) => {
    const site = new Site(context);
    const shim = join(site.folder, "shim");
    const life = await site.ready({ NODE_OPTIONS: `--import=${SHIM}`, DISK_SHIM: shim });
    const device = await life.device({ keepAliveSeconds: 2 });
    await device.publish("readings/a", payload("a", 1, 10));
    writeFileSync(shim, "stall");
    device.post("readings/a", payload("a", 2, 20));
    for (let i = 0; i < 3; i++) await device.ping();
    assert.equal((await life.get("/healthz")).status, 200);
    const exit = await life.program.end();
    assert.equal(exit.code, 0);
    assert.ok(exit.tookMs < WITHIN_MS, `took ${exit.tookMs} ms`);
    assert.deepEqual(device.pubacks, [1]);
  });

  it("can be asked for while it recovers", async (context) => {
    const site = new Site(context);
    const shim = join(site.folder, "shim");
    writeFileSync(shim, "");
    const first = await site.ready();
    await first.device().then((client) => client.publish("readings/a", payload("a", 1, 10)));
    await first.program.end("SIGKILL");
    writeFileSync(shim, "stall later");
    const life = site.start({ NODE_OPTIONS: `--import=${SHIM}`, DISK_SHIM: shim });
    await life.program.stderr.find((line) => line.includes("recovering"));
    const exit = await life.program.end();
    assert.equal(exit.code, 0);
    assert.ok(exit.tookMs < WITHIN_MS, `took ${exit.tookMs} ms`);
    assert.deepEqual(life.program.stdout.all, []);
  });
});

describe("what a device sends while the gateway stops", () => {
  it("is either acknowledged and there, or neither", async (context) => {
    const site = new Site(context);
    const life = await site.ready();
    const device = await life.device();
    let sent = 0;
    const flood = setInterval(() => {
      const packets = Array.from({ length: 20 }, () => {
        sent++;
        return publishPacket("readings/a", payload("a", sent, sent), { packetId: sent });
      });
      if (!device.socket.destroyed) device.send(...packets);
    }, 1);
    await device.until(() => device.pubacks.length > 200);
    const ended = life.program.end();
    await device.closed;
    clearInterval(flood);
    assert.equal((await ended).code, 0);
    const rows = life.rows() as { seq: number }[];
    const committed = new Set(rows.map(({ seq }) => seq));
    const lost = device.pubacks.filter((id) => !committed.has(id));
    assert.deepEqual(lost, []);
    assert.equal(committed.size, rows.length);
  });
});
