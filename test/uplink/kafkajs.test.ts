// The door to kafkajs: its repair is needed and works, nothing loads too early, the bundle can load it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { buildSync } from "esbuild";
import { REAUTHENTICATE_MS } from "../../src/core/limits.ts";
import { loadKafkajs } from "../../src/uplink/kafkajs.ts";
import { ROOT } from "../kit/repository.ts";

const require = createRequire(import.meta.url);

interface Queue {
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  pending: unknown[];
  throttledUntil: number;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}

test("an idle request queue has no timer once kafkajs is repaired, and had one before", () => {
  const RequestQueue = require("kafkajs/src/network/requestQueue") as new (o: object) => Queue;
  const logger = { debug() {} };
  const idleTimer = (): boolean => {
    const queue = new RequestQueue({ maxInFlightRequests: null, logger });
    queue.checkPendingRequests(); // what follows every answer
    const hasTimer = queue.throttleCheckTimeoutId !== null;
    queue.destroy();
    return hasTimer;
  };
  assert.equal(idleTimer(), true, "stock kafkajs no longer needs the repair");
  loadKafkajs();
  assert.equal(idleTimer(), false);
  const waiting = new RequestQueue({ maxInFlightRequests: null, logger });
  waiting.pending.push({});
  waiting.throttledUntil = Date.now() + 60_000;
  waiting.scheduleCheckPendingRequests();
  assert.notEqual(waiting.throttleCheckTimeoutId, null, "a throttled request is looked at again");
  waiting.destroy();
});

test("sessions that end before they can be renewed are refused by name, whatever the mechanism", async () => {
  loadKafkajs();
  const Authenticator = require("kafkajs/src/broker/saslAuthenticator") as new (
    ...of: unknown[]
  ) => { authenticate(): Promise<void> };
  const session = async (sessionLifetimeMs: string): Promise<void> => {
    const authenticationProvider = ({ saslAuthenticate }: { saslAuthenticate: Function }) => ({
      authenticate: async () => await saslAuthenticate({ request: { encode: async () => "" } }),
    });
    const answers = { enabledMechanisms: ["PLAIN"], sessionLifetimeMs };
    const connection = {
      sasl: { mechanism: "plain", authenticationProvider },
      send: async () => answers,
    };
    const logger = { namespace: () => logger };
    const versions = { 17: { minVersion: 0, maxVersion: 1 }, 36: { minVersion: 0, maxVersion: 1 } };
    await new Authenticator(connection, logger, versions, true).authenticate();
  };
  await session("0"); // without limit
  await session(String(REAUTHENTICATE_MS + 1));
  await assert.rejects(session(String(REAUTHENTICATE_MS)), {
    code: "KAFKA_REFUSED",
    message: "Kafka ends this session too soon: after 5 s; renewing it takes up to 5 s",
    hint: /connections\.max\.reauth\.ms/,
  });
});

test("the uplink loads kafkajs when it first connects, also from a bundle", (t) => {
  // Inside the repository, so that the bundle finds the package as the installed program does.
  const folder = mkdtempSync(join(ROOT, "node_modules", ".headrace-bundle-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  buildSync({
    stdin: {
      contents: `
        import { createRequire } from "node:module";
        import { loadKafkajs } from "./src/uplink/kafkajs.ts";
        import { KafkaUplink } from "./src/uplink/uplink.ts";
        const { cache } = createRequire(import.meta.url);
        const isLoaded = () => Object.keys(cache).some((file) => file.includes("kafkajs"));
        const before = isLoaded();
        const { request } = loadKafkajs().request("EndTxn", 1, {}, KafkaUplink);
        console.log(JSON.stringify([before, isLoaded(), request.apiKey]));`,
      resolveDir: ROOT,
      loader: "ts",
    },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    packages: "external",
    outfile: join(folder, "main.js"),
  });
  const output = execFileSync(process.execPath, [join(folder, "main.js")], { encoding: "utf8" });
  assert.deepEqual(JSON.parse(output), [false, true, 26]);
});
