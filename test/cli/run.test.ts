// `headrace run`: what it refuses and how, and what it prints.

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { payload, PRINT_RULE, Site } from "../gateway/kit.ts";
import { folderWith, Program } from "../gateway/process.ts";

const GATEWAY = `gateway: {id: test}
mqtt:
  - {name: direct, listen: "127.0.0.1:0"}
rules: [rules/*.sql]
profiles: [profiles/*.yaml]
`;
const PROFILE = `name: pump
manufacturer: acme
model: p1
deviceResources:
  - name: temperature
    attributes: {pointer: /t}
    properties: {valueType: Float64, readWrite: R, units: Cel}
x-gateway:
  version: 1
  match: {topic: "pumps/{device}", qos: 1}
  codec: {type: json}
  time: {pointer: /ts, unit: ms}
`;
const FILES: Readonly<Record<string, string>> = {
  "gateway.yaml": GATEWAY,
  "rules/shown.sql": PRINT_RULE,
  "profiles/pump.yaml": PROFILE,
};

interface Refusal {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** \`file:line:column message\` as stderr begins, and what else it says. */
  readonly says: RegExp;
  readonly hint: RegExp;
}

const REFUSALS: readonly Refusal[] = [
  {
    what: "an unknown key",
    file: "gateway.yaml",
    from: "rules: [",
    to: "rulez: [",
    says: /gateway\.yaml:4:1 /,
    hint: /rules/,
  },
  {
    what: "a wrong value",
    file: "gateway.yaml",
    from: 'listen: "127.0.0.1:0"',
    to: 'listen: "127.0.0.1:99999"',
    says: /gateway\.yaml:3:\d+ /,
    hint: /listen/,
  },
  {
    what: "an identity window that a client in flight exceeds",
    file: "rules/shown.sql",
    from: "'identity.sequence' = 'seq'",
    to: "'identity.sequence' = 'seq', 'identity.window' = '500'",
    says: /shown\.sql:\d+:\d+ .*500/,
    hint: /window|receiveMaximum/,
  },
  {
    what: "a syntax error in a rule",
    file: "rules/shown.sql",
    from: "INSERT INTO",
    to: "INSERT INT",
    says: /shown\.sql:\d+:\d+ /,
    hint: /\^/,
  },
  {
    what: "an unknown column in a rule",
    file: "rules/shown.sql",
    from: "SELECT device, seq, v",
    to: "SELECT device, seq, w",
    says: /shown\.sql:\d+:\d+ .*\bw\b/,
    hint: /\^/,
  },
  {
    what: "a rule that belongs on a cluster",
    file: "rules/shown.sql",
    from: "FROM readings;",
    to: "FROM readings JOIN readings AS other ON readings.seq = other.seq;",
    says: /shown\.sql:\d+:\d+ .*join/i,
    hint: /\^/,
  },
  {
    what: "a bare SELECT",
    file: "rules/shown.sql",
    from: "INSERT INTO shown SELECT",
    to: "SELECT",
    says: /shown\.sql:\d+:\d+ a bare SELECT/,
    hint: /'print'/,
  },
  {
    what: "a sink that is not built",
    file: "rules/shown.sql",
    from: "'connector' = 'print'",
    to: "'connector' = 'jdbc'",
    says: /shown\.sql:\d+:\d+ .*jdbc/,
    hint: /'kafka'/,
  },
  {
    what: "a source that no mqtt entry is",
    file: "rules/shown.sql",
    from: "'topic' = 'readings/+',",
    to: "'topic' = 'readings/+', 'source' = 'direkt',",
    says: /shown\.sql:\d+:\d+ .*direkt/,
    hint: /direct/,
  },
  {
    what: "a format that there is not",
    file: "rules/shown.sql",
    from: "'format' = 'json'",
    to: "'format' = 'orc'",
    says: /shown\.sql:\d+:\d+ .*orc/,
    hint: /json/,
  },
  {
    what: "a misspelt option",
    file: "rules/shown.sql",
    from: "'identity.key'",
    to: "'identity.kee'",
    says: /shown\.sql:\d+:\d+ .*identity\.kee/,
    hint: /identity\.key/,
  },
  {
    what: "a profile with an unknown key",
    file: "profiles/pump.yaml",
    from: "  codec: {type: json}",
    to: "  codecs: {type: json}",
    says: /pump\.yaml:11:3 /,
    hint: /codec/,
  },
  {
    what: "a profile with an unknown unit",
    file: "profiles/pump.yaml",
    from: "units: Cel",
    to: "units: Celsius-ish",
    says: /pump\.yaml:\d+:\d+ /,
    hint: /Celsius-ish/,
  },
];

function started(context: TestContext, files: Readonly<Record<string, string>>): [Program, string] {
  const folder = folderWith(context, files);
  return [new Program(context, ["run", "-c", join(folder, "gateway.yaml")]), folder];
}

describe("headrace run refuses", () => {
  for (const { what, file, from, to, says, hint } of REFUSALS) {
    it(`${what}: exit 78, where it stands, and nothing half-started`, async (context) => {
      const before = FILES[file] ?? "";
      const files = { ...FILES, [file]: before.replace(from, to) };
      assert.notEqual(files[file], before);
      const [program, folder] = started(context, files);
      assert.deepEqual(await program.exited, { code: 78, signal: null });
      const stderr = program.stderr.all.join("\n");
      assert.match(stderr, says);
      assert.match(stderr, hint);
      assert.match(stderr, /\n\s*\^/, "a caret stands under it");
      assert.deepEqual(program.stdout.all, []);
      assert.deepEqual(readdirSync(folder).toSorted(), ["gateway.yaml", "profiles", "rules"]);
    });
  }

  it("a configuration that is not there", async (context) => {
    const program = new Program(context, ["run", "-c", "no-such-folder/gateway.yaml"]);
    assert.deepEqual(await program.exited, { code: 78, signal: null });
    assert.match(program.stderr.all.join("\n"), /no-such-folder\/gateway\.yaml/);
    assert.deepEqual(program.stdout.all, []);
  });

  it("two rules of one name", async (context) => {
    const [program] = started(context, {
      ...FILES,
      "gateway.yaml": GATEWAY.replace("rules/*.sql", "rules/*.sql, more/*.sql"),
      "more/shown.sql": PRINT_RULE,
    });
    assert.equal((await program.exited).code, 78);
    assert.match(program.stderr.all[0] ?? "", /shown\.sql:\d+:\d+ a rule named shown/);
  });
});

describe("headrace run", () => {
  it("prints where it listens, real ports for 0, and null without HTTP", async (context) => {
    const [program, folder] = started(context, FILES);
    const ready = await program.ready();
    assert.match(ready.mqtt[0]?.listen ?? "", /^127\.0\.0\.1:[1-9]\d*$/);
    assert.deepEqual(
      { ...ready, mqtt: [{ ...ready.mqtt[0], listen: "" }] },
      { event: "ready", mqtt: [{ name: "direct", listen: "" }], http: null },
    );
    assert.ok(existsSync(join(folder, "data", "headrace.db")));
    assert.equal((await program.end()).code, 0);
  });

  it("goes on when nobody reads its output any more", async (context) => {
    const site = new Site(context);
    const life = await site.ready();
    life.program.child.stdout?.destroy();
    const device = await life.device();
    for (const seq of [1, 2, 3]) await device.publish("readings/a", payload("a", seq, seq));
    assert.equal((await life.get("/readyz")).status, 200);
    assert.equal((await life.program.end()).code, 0);
  });

  it("ends with 1 and a reason when a port is taken", async (context) => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    context.after(() => holder.close());
    const { port } = holder.address() as AddressInfo;
    for (const files of [
      { ...FILES, "gateway.yaml": GATEWAY.replace("127.0.0.1:0", `127.0.0.1:${port}`) },
      { ...FILES, "gateway.yaml": `${GATEWAY}http: {listen: "127.0.0.1:${port}"}\n` },
    ]) {
      const [program] = started(context, files);
      assert.deepEqual(await program.exited, { code: 1, signal: null });
      assert.match(program.stderr.all.join("\n"), new RegExp(`127\\.0\\.0\\.1:${port}`));
      assert.deepEqual(program.stdout.all, []);
    }
  });

  it("ends with 1 and a reason when another gateway has the data folder", async (context) => {
    const site = new Site(context);
    const first = await site.ready();
    const second = site.start();
    assert.deepEqual(await second.program.exited, { code: 1, signal: null });
    assert.match(
      second.program.stderr.all.join("\n"),
      /another process has the data directory open/,
    );
    assert.match(second.program.stderr.all.join("\n"), /Stop the other headrace/);
    assert.deepEqual(second.program.stdout.all, []);
    assert.equal((await first.get("/healthz")).status, 200);
    assert.equal((await first.program.end()).code, 0);
  });
});
