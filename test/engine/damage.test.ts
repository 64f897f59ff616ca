// A data folder that was damaged: the engine starts, keeps what is whole, and tells what is gone.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { alter } from "../store/kit.ts";
import {
  engineConfig,
  FILTER_RULE,
  gatewayAlarms,
  reading,
  TUMBLE_RULE,
  valuesOf,
  Workbench,
} from "./kit.ts";
import type { Rules } from "./kit.ts";

const RULES: Rules = { tumble: TUMBLE_RULE, filter: FILTER_RULE };

describe("a damaged data folder", () => {
  it("does not keep the gateway from starting, and is told of once", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    const first = bench.start(config);
    first.run([reading("a", { seq: 1, atMs: 0, v: 60 })]);
    first.stop();
    writeFileSync(join(config.directory, "headrace.db"), Buffer.alloc(8192, "damage"));
    const second = bench.start(config);
    assert.match(gatewayAlarms(second.engine).join(), /^database_salvaged raised: /);
    second.run([reading("a", { seq: 2, atMs: 0, v: 61 })]);
    assert.deepEqual(valuesOf(second.engine, "filter"), [{ device: "a", v: 61 }]);
    second.stop();
    const third = bench.start(config);
    assert.equal(gatewayAlarms(third.engine).length, 1);
    assert.equal(third.engine.state.changed, false);
  });

  it("loses of a damaged journal what is damaged only", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    const first = bench.start(config);
    for (let seq = 1; seq <= 3; seq++) first.run([reading("a", { seq, atMs: seq, v: 1 })]);
    first.drop();
    alter(config.directory, "UPDATE journal SET crc = crc + 1 WHERE sequence = 4");
    const second = bench.start(config);
    assert.deepEqual(gatewayAlarms(second.engine), [
      "journal_damaged raised: 1 entries from 4 on are unreadable",
    ]);
    second.run([reading("a", { seq: 9, atMs: 30_000, v: 0 })]);
    assert.equal(valuesOf(second.engine, "tumble")[0]?.["n"], 2);
  });

  it("does not take what comes out without a lost entry for a mismatch", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    const first = bench.start(config);
    for (let seq = 1; seq <= 3; seq++) first.run([reading("a", { seq, atMs: seq, v: 1 })]);
    // Closes a window over the three: over two it is another row.
    first.run([reading("a", { seq: 4, atMs: 30_000, v: 0 })]);
    assert.equal(valuesOf(first.engine, "tumble")[0]?.["n"], 3);
    first.drop();
    alter(config.directory, "UPDATE journal SET crc = crc + 1 WHERE sequence = 4");
    const second = bench.start(config);
    assert.match(gatewayAlarms(second.engine).join(), /^journal_damaged raised: /);
    assert.equal(second.engine.state.digestMismatches, 0);
  });

  it("tells of acknowledged entries that are gone from the end of the journal", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    const first = bench.start(config);
    for (let seq = 1; seq <= 3; seq++) first.run([reading("a", { seq, atMs: seq, v: 1 })]);
    first.drop();
    alter(config.directory, "DELETE FROM journal WHERE sequence > 3");
    const second = bench.start(config);
    assert.deepEqual(gatewayAlarms(second.engine), [
      "journal_damaged raised: the last 2 entries are gone, which had been acknowledged",
    ]);
    const third = bench.restart(second, config);
    assert.equal(gatewayAlarms(third.engine).length, 1, "once");
  });

  it("is salvaged by the very start that finds the damage while it recovers", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    const first = bench.start(config);
    // Small enough to be stored as they are, large enough to fill some pages.
    for (let seq = 1; seq <= 40; seq++) {
      const filler = `${seq}-`.padEnd(350, "x");
      first.run([{ topic: "readings/a", payload: JSON.stringify({ device: "a", seq, filler }) }]);
    }
    first.drop();
    alter(config.directory, "PRAGMA wal_checkpoint(TRUNCATE)");
    const file = join(config.directory, "headrace.db");
    const bytes = readFileSync(file);
    const page = Math.floor(bytes.indexOf("20-xxx") / 4096);
    assert.ok(page > 0);
    bytes.fill(0xa5, page * 4096, page * 4096 + 8);
    writeFileSync(file, bytes);
    const second = bench.start(config);
    assert.match(gatewayAlarms(second.engine).join(), /database_salvaged raised: /);
    assert.ok(second.log.some(({ message }) => message.includes("opening again")));
    assert.equal(second.engine.state.digestMismatches, 0);
    second.run([reading("a", { seq: 99, atMs: 0, v: 61 })]);
    assert.deepEqual(valuesOf(second.engine, "filter"), [{ device: "a", v: 61 }]);
  });
});
