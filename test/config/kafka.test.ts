// The `kafka:` section: delivery, and who the gateway is.

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { checkSinks } from "../../src/config/gateway-checks.ts";
import { renew } from "../../src/config/secrets.ts";
import { load, refusal, SMALL } from "./gateway-files.ts";

test("no sink is promised exactly-once by a gateway that may settle for less", (t) => {
  const { config } = load(t, `${SMALL}kafka: {brokers: ["k:9092"], delivery: at-least-once}\n`);
  const sink = (guarantee: string): Parameters<typeof checkSinks>[0][number] => ({
    name: "s",
    options: { "sink.delivery-guarantee": guarantee },
    position: { file: "r.sql", line: 2, column: 3 },
  });
  checkSinks([sink("exactly-once")], load(t, SMALL).config);
  checkSinks([sink("at-least-once")], config);
  assert.throws(
    () => checkSinks([sink("exactly-once")], config),
    /kafka\.delivery is at-least-once/,
  );
});

test("a renewable secret is read again, and its loss is nobody's configuration", (t) => {
  const { config } = load(
    t,
    `${SMALL}kafka: {brokers: ["k:9092"], sasl: {mechanism: plain, username: u, password: "\${file:pw}"}}\n`,
    { pw: "one" },
  );
  const { sasl } = config.kafka!;
  assert.ok(sasl?.mechanism === "plain");
  assert.equal(renew(sasl.password), "one");
  const file = join(sasl.password.directory, "pw");
  writeFileSync(file, "two\n");
  assert.equal(renew(sasl.password), "two");
  rmSync(file);
  assert.throws(() => renew(sasl.password), {
    blame: "external",
    message: /pw, which cannot be read/,
  });
});

test("sasl has what its mechanism needs and nothing else", (t) => {
  const sasl = (keys: string): string => `${SMALL}kafka: {brokers: ["k:9092"], sasl: {${keys}}}\n`;
  const endpoint = 'url: "https://id.example/token", clientId: gw, clientSecret: "${file:pw}"';
  const files = { pw: "secret" };
  const { config } = load(
    t,
    sasl(
      `mechanism: oauthbearer, tokenEndpoint: {${endpoint}}, extensions: {logicalCluster: lkc-1}`,
    ),
    files,
  );
  assert.ok(config.kafka?.sasl?.mechanism === "oauthbearer");
  assert.deepEqual(config.kafka.sasl.extensions, { logicalCluster: "lkc-1" });
  const refused: Readonly<Record<string, RegExp>> = {
    "mechanism: plain, username: u": /must have password/,
    'mechanism: plain, username: u, password: "${file:pw}", token: "${file:pw}"':
      /token belongs to mechanism oauthbearer/,
    'mechanism: plain, username: u, password: "${file:pw}", extensions: {a: b}':
      /extensions belong to mechanism oauthbearer/,
    "mechanism: oauthbearer": /either token or tokenEndpoint/,
    [`mechanism: oauthbearer, token: "\${file:pw}", tokenEndpoint: {${endpoint}}`]:
      /either token or tokenEndpoint/,
    'mechanism: oauthbearer, token: "${file:pw}", username: u':
      /belongs to a mechanism with a password/,
    "mechanism: oauthbearer, token: eyJ": /must not stand in this file/,
    [`mechanism: oauthbearer, tokenEndpoint: {${endpoint.replace("https", "http")}}`]:
      /must be an https:\/\/ address/,
    'mechanism: oauthbearer, token: "${file:pw}", extensions: {"a-b": c}': /names of letters/,
  };
  for (const [keys, message] of Object.entries(refused)) {
    assert.match(refusal(t, sasl(keys), files), message, keys);
  }
});
