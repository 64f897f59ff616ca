// A fact counts once, however often it is sent, across kills.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { engineConfig, FILTER_RULE, reading, valuesOf, Workbench } from "./kit.ts";

describe("identity", () => {
  it("lets rows without one pass, counted", (context) => {
    const bench = new Workbench(context);
    const life = bench.start(engineConfig(bench.folder(), { filter: FILTER_RULE }));
    const payload = JSON.stringify({ device: "a", ts: 1_767_225_600_000, v: 60 });
    const nameless = { topic: "readings/a", payload };
    life.run([nameless, nameless]);
    assert.equal(valuesOf(life.engine, "filter").length, 2);
    assert.equal(life.engine.state.pipeline.counts.duplicates.get("identity_absent"), 2);
  });

  it("counts a fact once, however often and whenever it comes", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), { filter: FILTER_RULE });
    let life = bench.start(config);
    const fact = reading("a", { seq: 1, atMs: 0, v: 60 });
    life.run([fact, { ...fact, packetId: 7, dup: true }]);
    life = bench.restart(life, config);
    life.run([{ ...fact, packetId: 9 }]);
    assert.equal(valuesOf(life.engine, "filter").length, 1);
    assert.equal(life.engine.state.pipeline.counts.duplicates.get("identity"), 2);
  });
});

describe("a table without identity", () => {
  const anonymous = FILTER_RULE.replace(
    /,\s*'identity\.key' = 'device', 'identity\.sequence' = 'seq'/,
    "",
  );
  const client = { source: "direct", clientId: "c", session: 5 };
  const sent = { ...reading("a", { seq: 1, atMs: 0, v: 60 }), packetId: 3, client };

  it("knows a re-send of the same session by packet id and payload, across a kill", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), { filter: anonymous });
    const first = bench.start(config);
    first.run([sent]);
    const second = bench.restart(first, config);
    second.run([{ ...sent, dup: true }]);
    assert.equal(valuesOf(second.engine, "filter").length, 1);
    assert.equal(second.engine.state.pipeline.counts.duplicates.get("packet_id"), 1);
  });

  it("takes what is no re-send: without DUP, another payload, or another session", (context) => {
    const bench = new Workbench(context);
    const life = bench.start(engineConfig(bench.folder(), { filter: anonymous }));
    const other = reading("a", { seq: 1, atMs: 0, v: 61 });
    life.run([
      sent,
      sent,
      { ...other, packetId: 3, client, dup: true },
      { ...sent, dup: true, client: { ...client, session: 6 } },
    ]);
    assert.equal(valuesOf(life.engine, "filter").length, 4);
  });
});
