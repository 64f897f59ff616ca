import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { checkFormats, checkTables } from "../../src/config/gateway-checks.ts";
import { renew } from "../../src/config/secrets.ts";
import { loadGatewayConfig } from "../../src/config/load.ts";
import { load, refusal, SMALL } from "./gateway-files.ts";

test("the smallest configuration loads, with every default", (t) => {
  const { config, rules, profiles } = load(t, SMALL);
  assert.deepEqual([rules, profiles], [[], []]);
  const root = dirname(config.file);
  assert.deepEqual(config, {
    file: join(root, "gateway.yaml"),
    gateway: { id: "gw1" },
    data: join(root, "data"),
    mqtt: [
      {
        kind: "listen",
        name: "direct",
        listen: { host: "127.0.0.1", port: 1884 },
        username: undefined,
        password: undefined,
        tls: undefined,
        sessionExpirySeconds: 604_800,
        receiveMaximum: 1000,
        limits: { packetBytes: 1024 * 1024, connections: 10_000 },
      },
    ],
    kafka: undefined,
    schemaRegistry: undefined,
    sql: { localTimeZone: "UTC" },
    store: {
      quotaBytes: 4 * 1024 ** 3,
      lanes: {
        alarm: { quotaBytes: 64 * 1024 ** 2, whenFull: "drop-oldest" },
        result: { quotaBytes: 512 * 1024 ** 2, whenFull: "drop-oldest" },
        raw: { quotaBytes: 1024 ** 3, whenFull: "drop-oldest" },
        local: { quotaBytes: 64 * 1024 ** 2, whenFull: "drop-oldest" },
      },
      journal: { quotaBytes: 1024 ** 3, ageMs: 604_800_000 },
      flashBudgetBytesPerDay: 10e9,
    },
    batch: { lingerMs: undefined, messages: 4096, bytes: 1024 * 1024 },
    http: undefined,
    log: { level: "info" },
  });
});

test("every key is read", (t) => {
  process.env["HEADRACE_TEST_SECRET"] = "s3cret";
  t.after(() => delete process.env["HEADRACE_TEST_SECRET"]);
  const { config, rules } = load(
    t,
    `gateway: {id: gw1}
data: /var/lib/headrace
mqtt:
  - name: broker
    url: mqtts://broker.example:8883
    clientId: gw1-a
    username: gw1
    password: \${env:HEADRACE_TEST_SECRET}
    tls: {ca: certs/ca.pem}
    sessionExpiry: 2d
    receiveMaximum: 500
    limits: {packetBytes: 64KiB, connections: 1}
rules: [rules/*.sql, "rules/b.sql"]
kafka:
  brokers: ["k1:9092", "[::1]:9093"]
  sasl: {mechanism: scram-sha-512, username: u, password: "\${file:secret}"}
  createTopics: false
  delivery: prefer-exactly-once
  deadLetterTopic: dead
  transactionTimeout: 30s
schemaRegistry: {url: "https://schemas.example:8081", username: u, password: "\${file:secret}"}
store:
  quota: 2GiB
  lanes: {raw: {quota: 64MiB, whenFull: drop-newest}}
  journal: {quota: 256MiB, age: 1d}
  flashBudget: off
batch: {linger: 100ms, messages: 1000, bytes: 64KiB}
http: {listen: "localhost:0"}
log: {level: debug}
`,
    {
      "certs/ca.pem": "x",
      secret: "pa$$\n",
      "rules/b.sql": "b",
      "rules/a.sql": "a",
      "rules/c.txt": "",
    },
  );
  const root = dirname(config.file);
  assert.deepEqual(rules, [
    { file: join(root, "rules/a.sql"), text: "a" },
    { file: join(root, "rules/b.sql"), text: "b" },
  ]);
  assert.deepEqual(config.mqtt[0], {
    kind: "client",
    name: "broker",
    url: "mqtts://broker.example:8883",
    clientId: "gw1-a",
    username: "gw1",
    password: "s3cret",
    tls: { ca: join(root, "certs/ca.pem"), cert: undefined, key: undefined },
    sessionExpirySeconds: 172_800,
    receiveMaximum: 500,
    limits: { packetBytes: 65_536, connections: 1 },
  });
  assert.deepEqual(config.kafka, {
    brokers: ["k1:9092", "[::1]:9093"],
    clientId: "headrace-gw1",
    tls: undefined,
    sasl: {
      mechanism: "scram-sha-512",
      username: { written: "u", directory: root },
      password: { written: "${file:secret}", directory: root },
    },
    createTopics: false,
    delivery: "prefer-exactly-once",
    progressTopic: "headrace.progress",
    alarmTopic: "headrace.alarms",
    deadLetterTopic: "dead",
    lateTopic: undefined,
    rollbackTopic: undefined,
    transactionTimeoutMs: 30_000,
  });
  assert.deepEqual(config.schemaRegistry, {
    url: "https://schemas.example:8081",
    username: { written: "u", directory: root },
    password: { written: "${file:secret}", directory: root },
    tls: undefined,
  });
  assert.equal(renew({ written: "${file:secret}", directory: root }), "pa$$");
  assert.deepEqual(config.store.lanes.raw, { quotaBytes: 64 * 1024 ** 2, whenFull: "drop-newest" });
  assert.deepEqual(config.store.lanes.alarm.whenFull, "block");
  assert.equal(config.store.flashBudgetBytesPerDay, undefined);
  assert.deepEqual(config.batch, { lingerMs: 100, messages: 1000, bytes: 65_536 });
  assert.deepEqual(config.http, { listen: { host: "localhost", port: 0 } });
});

test("an unknown key is refused with place, caret and suggestion", (t) => {
  assert.equal(
    refusal(t, SMALL.replace("listen", "listn")),
    `gateway.yaml:3:20 unknown key "listn"
    - {name: direct, listn: "127.0.0.1:1884"}
                     ^^^^^
  Did you mean 'listen'?`,
  );
  assert.match(refusal(t, `${SMALL}kaka: {}`), /4:1 unknown key "kaka"[^]*Did you mean 'kafka'/);
});

test("a documented key that is not built is refused by name", (t) => {
  const text = refusal(t, `${SMALL}http: {listen: "127.0.0.1:80", users: []}`);
  assert.match(text, /4:32 "users" is not built yet/);
});

test("several problems are reported at once, each at its place", (t) => {
  const text = refusal(
    t,
    `gateway: {}
mqtt:
  - {name: direct, listen: 1884, receiveMaximum: 0}
store: {lanes: {raw: {quota: 5, whenFull: dropoldest}}}
batch: {linger: 10}
log: {level: verbose}
`,
  );
  for (const part of [
    /^gateway\.yaml:1:1 gateway\.id is missing$/m,
    /^gateway\.yaml:3:28 mqtt\[0\]\.listen must be host:port/m,
    /^gateway\.yaml:3:50 mqtt\[0\]\.receiveMaximum must be a whole number from 1 to 65535$/m,
    /^gateway\.yaml:4:30 store\.lanes\.raw\.quota must be a size such as/m,
    /^gateway\.yaml:4:43 store\.lanes\.raw\.whenFull must be one of block, drop-oldest, drop-newest$/m,
    /Did you mean 'drop-oldest'\?$/m,
    /^gateway\.yaml:5:17 batch\.linger must be a duration of at most 2s/m,
    /^gateway\.yaml:6:14 log\.level must be one of debug, info, warn, error$/m,
  ]) {
    assert.match(text, part);
  }
});

test("YAML that does not parse is refused at its place", (t) => {
  assert.match(refusal(t, 'gateway: {id: "gw1}\n'), /^gateway\.yaml:\d+:\d+ Missing closing/);
  assert.match(
    refusal(t, `${SMALL}gateway: {id: b}\n`),
    /^gateway\.yaml:4:1 Map keys must be unique/,
  );
  assert.match(refusal(t, ""), /gateway is missing/);
  assert.match(refusal(t, "[]"), /the file must be a mapping/);
});

test("a file that is not there is refused by name", () => {
  assert.throws(() => loadGatewayConfig("/nowhere/gateway.yaml"), /cannot read .*\/nowhere/);
});

test("a glob that matches nothing is refused, and problems of profiles are reported along", (t) => {
  const text = refusal(t, `${SMALL}rules: [rules/*.sql]\nprofiles: [p/*.yaml]\n`, {
    "p/a.yaml": "name: a\n",
  });
  assert.match(text, /^gateway\.yaml:4:9 rules\[0\] matches no file$/m);
  assert.match(text, /^p\/a\.yaml:1:1 deviceResources is missing$/m);
  assert.match(text, /^p\/a\.yaml:1:1 x-gateway is missing$/m);
});

const PROFILE = `name: p
deviceResources:
  - {name: t, attributes: {pointer: /t}, properties: {valueType: Float64, readWrite: R, units: Cel}}
x-gateway:
  version: 1
  match: {topic: "a/{device}"}
  codec: {type: json}
  identity: {sequence: {pointer: /n}, window: 64}
`;

test("profiles come along; two of one name and an identity window below receiveMaximum are refused", (t) => {
  const files = { "p/a.yaml": PROFILE };
  const yaml = SMALL.replace("direct,", "direct, receiveMaximum: 64,") + "profiles: [p/*.yaml]\n";
  assert.deepEqual(
    load(t, yaml, files).profiles.map(({ name }) => name),
    ["p"],
  );
  assert.match(
    refusal(t, `${SMALL}profiles: [p/*.yaml]\n`, files),
    /^p\/a\.yaml:1:1 identity\.window \(64\) is below receiveMaximum \(1000\)/,
  );
  assert.match(
    refusal(t, yaml, { ...files, "p/b.yaml": PROFILE }),
    /^p\/b\.yaml:1:7 the profile p stands in p\/a\.yaml already/,
  );
});

test("tables of rules are checked against sources and their Receive Maximum", (t) => {
  const { config } = load(t, SMALL);
  const table = (options: Record<string, string>): Parameters<typeof checkTables>[0][number] => ({
    name: "t",
    options,
    position: { file: "r.sql", line: 2, column: 3 },
  });
  const identity = { "identity.key": "d", "identity.sequence": "n" };
  checkTables([table({}), table({ source: "direct" }), table(identity)], config);
  assert.throws(() => checkTables([table({ source: "direkt" })], config), /names no mqtt entry/);
  assert.throws(
    () => checkTables([table({ ...identity, "identity.window": "999" })], config),
    /identity\.window \(999\) is below receiveMaximum \(1000\)/,
  );
});

test("formats that need a schema registry are refused without one", (t) => {
  const registry = 'schemaRegistry: {url: "http://127.0.0.1:8081"}\n';
  const position = { file: "r.sql", line: 2, column: 3 };
  const place = { file: "r.sql", line: 4, column: 1 };
  const table = (options: Record<string, string>): Parameters<typeof checkFormats>[0][number] => {
    return { name: "t", options, position, places: { "key.format": place } };
  };
  const tables = [table({ "key.format": "avro-confluent" })];
  checkFormats([table({ format: "avro" })], load(t, SMALL).config);
  checkFormats(tables, load(t, SMALL + registry).config);
  assert.throws(() => checkFormats(tables, load(t, SMALL).config), {
    message: /format 'avro-confluent' needs a schema registry/,
    position: place,
  });
  for (const [bad, message] of [
    ['{url: "ftp://h"}', /url must be http/],
    ['{url: "http://u:p@h"}', /must not hold credentials/],
    ['{url: "http://h", username: u}', /username and password together/],
    ['{url: "http://h", tls: {}}', /needs a url that begins with https/],
  ] as const) {
    assert.match(refusal(t, `${SMALL}schemaRegistry: ${bad}\n`), message);
  }
});

test("the time zone of rules is one that Flink takes", (t) => {
  assert.deepEqual(load(t, SMALL).config.sql, { localTimeZone: "UTC" });
  const berlin = load(t, `${SMALL}sql: {localTimeZone: Europe/Berlin}\n`).config.sql;
  assert.deepEqual(berlin, { localTimeZone: "Europe/Berlin" });
  for (const bad of ["Europe/Berln", "+02:00", "2", '""']) {
    const text = refusal(t, `${SMALL}sql: {localTimeZone: ${bad}}\n`);
    assert.match(text, /sql\.localTimeZone must be a time zone/);
    assert.match(text, /'Europe\/Berlin'/);
  }
});
