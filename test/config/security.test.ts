// What keeps a configuration from opening the gateway: listeners, contradictions, secrets.

import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { loadGatewayConfig } from "../../src/config/load.ts";
import { folder, load, refusal, SMALL } from "./gateway-files.ts";

test("a listener that others can reach needs TLS and a password", (t) => {
  const open = SMALL.replace("127.0.0.1", "0.0.0.0");
  const text = refusal(t, open);
  assert.match(text, /^gateway\.yaml:3:28 listen is reachable from other machines \(0\.0\.0\.0\)/);
  assert.match(text, /Add tls \{cert, key\} and username with password/);
  const files = { c: "x", k: "x", p: "x" };
  const tls = "tls: {cert: c, key: k}";
  assert.match(refusal(t, open.replace('1884"', `1884", ${tls}`), files), /reachable/);
  const credentials = 'username: u, password: "${file:p}"';
  assert.match(refusal(t, open.replace('1884"', `1884", ${credentials}`), files), /reachable/);
  load(t, open.replace('1884"', `1884", ${tls}, ${credentials}`), files);
  load(t, SMALL.replace("127.0.0.1", "[::1]"));
  assert.match(
    refusal(t, `${SMALL}http: {listen: "0.0.0.0:80"}`),
    /http\.listen must be a loopback/,
  );
});

test("entries that contradict themselves are refused", (t) => {
  const entry = (text: string): string => `gateway: {id: g}\nmqtt: [{name: a, ${text}}]\n`;
  assert.match(refusal(t, entry("limits: {connections: 1}")), /must have either listen or url/);
  assert.match(
    refusal(t, entry('listen: "127.0.0.1:1", url: "mqtt://b"')),
    /must have either listen or url/,
  );
  assert.match(refusal(t, entry('url: "http://b"')), /must be mqtt:\/\/host/);
  assert.match(refusal(t, entry('url: "mqtt://u:p@b"')), /must not hold credentials/);
  assert.match(refusal(t, entry('url: "mqtt://b", username: u')), /username and password together/);
  assert.match(refusal(t, entry('url: "mqtt://b", tls: {}')), /begins with mqtts/);
  assert.match(
    refusal(t, entry('listen: "127.0.0.1:1", clientId: x')),
    /belongs to an entry with url/,
  );
  assert.match(
    refusal(t, `${SMALL}  - {name: direct, url: "mqtt://b"}\n`),
    /4:12 another mqtt entry is named direct/,
  );
  assert.match(
    refusal(t, `${SMALL}store: {quota: 64MiB}`),
    /4:16 store\.quota \(64MiB\) is too small/,
  );
  assert.match(refusal(t, `gateway: {id: g}\nmqtt: []\n`), /at least one entry/);
});

test("secrets stand in no configuration file", (t) => {
  const entry = (password: string): string =>
    `gateway: {id: g}\nmqtt: [{name: a, url: "mqtt://b", username: u, password: "${password}"}]\n`;
  const text = refusal(t, entry("hunter2"));
  assert.match(text, /password must not stand in this file/);
  assert.match(text, /\$\{env:NAME\}, \$\{file:path\} or \$\{cred:name\}/);
  assert.match(refusal(t, entry("${env:HEADRACE_NOT_SET}")), /HEADRACE_NOT_SET, which is not set/);
  assert.match(refusal(t, entry("${file:none}")), /none, which cannot be read/);
  assert.match(refusal(t, entry("${file:empty}"), { empty: "\n" }), /which is empty/);
  assert.match(refusal(t, entry("${cred:x}")), /CREDENTIALS_DIRECTORY is not set/);

  const root = folder(t, { "gateway.yaml": entry("${file:open}"), open: "x" });
  chmodSync(join(root, "open"), 0o644);
  assert.throws(() => loadGatewayConfig(join(root, "gateway.yaml")), /which others may read/);
});

test("systemd credentials are read from their folder", (t) => {
  const root = folder(t, {
    "gateway.yaml": `gateway: {id: g}\nmqtt: [{name: a, url: "mqtt://b", username: u, password: "\${cred:mqtt}"}]\n`,
    "creds/mqtt": "from-systemd",
  });
  process.env["CREDENTIALS_DIRECTORY"] = join(root, "creds");
  t.after(() => delete process.env["CREDENTIALS_DIRECTORY"]);
  const { config } = loadGatewayConfig(join(root, "gateway.yaml"));
  assert.equal(config.mqtt[0]?.password, "from-systemd");
});
