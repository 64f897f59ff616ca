// The data directory cannot be written: what is in the outbox can be read from a copy, and nothing else happens.

import assert from "node:assert/strict";
import { closeSync, cpSync, existsSync, ftruncateSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { Drain } from "../../src/engine/drain.ts";
import { freeDiskBytes } from "../../src/store/space.ts";
import { requireService } from "../kit/services.ts";
import { SmallDisk } from "../kit/small-disk.ts";
import { MIB, recordingLog, temporaryFolder } from "../store/kit.ts";
import { engineConfig, FILTER_RULE, outboxOf, reading, Workbench } from "./kit.ts";

const BOUNDS = { maxRows: 1e6, maxBytes: 1e9 };
const MESSAGES = [51, 52, 53].map((v, i) => reading("a", { seq: i + 1, atMs: i, v }));

/** A killed engine's folder with three rows, and a drain of it whose copies lie in `scratch`. */
function killed(context: TestContext) {
  const bench = new Workbench(context);
  const config = engineConfig(bench.folder(), { filter: FILTER_RULE });
  const life = bench.start(config);
  life.run(MESSAGES);
  const rows = outboxOf(life.engine);
  const directory = bench.copyOf(config.directory);
  const { ready } = life.engine;
  life.drop();
  const scratch = temporaryFolder(context);
  process.env["RUNTIME_DIRECTORY"] = scratch;
  context.after(() => delete process.env["RUNTIME_DIRECTORY"]);
  return { bench, config: { ...config, directory }, rows, ready, scratch };
}

describe("a drain", () => {
  it("gives out what a killed engine had committed, under the same numbers", (context) => {
    const { config, ready, scratch } = killed(context);
    const before = readdirSync(config.directory).sort();
    const drain = new Drain(config, recordingLog().log);
    const chunks = drain.readOutbox("result", 0, BOUNDS);
    assert.equal(
      chunks.reduce((sum, { rows }) => sum + rows, 0),
      3,
    );
    assert.deepEqual(drain.ready.lanes, ready.lanes);
    assert.equal(drain.ready.dataDirectoryId, ready.dataDirectoryId);
    assert.ok(drain.ready.draining);
    assert.match(drain.status.blocked ?? "", /cannot be written/);
    drain.confirm("result", 3, 1);
    assert.deepEqual(readdirSync(config.directory).sort(), before, "the directory is left alone");
    assert.ok(drain.isOver, "it could be written all the time");
    drain.close();
    assert.deepEqual(readdirSync(scratch), []);
  });

  it("leaves out a transaction that nobody was answered", (context) => {
    const { bench, config } = killed(context);
    // The note of what was answered is older than the database: as if killed before it was written.
    const going = bench.copyOf(config.directory);
    const next = bench.start({ ...config, directory: going });
    const started = bench.copyOf(going);
    next.run([reading("a", { seq: 4, atMs: 4, v: 54 })]);
    const newer = bench.copyOf(going);
    next.drop();
    for (const mark of [started, newer]) {
      const directory = bench.copyOf(newer);
      cpSync(join(mark, "attempts"), join(directory, "attempts"));
      const drain = new Drain({ ...config, directory }, recordingLog().log);
      const chunks = drain.readOutbox("result", 0, BOUNDS);
      const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
      assert.equal(rows, mark === newer ? 4 : 3);
      drain.close();
    }
  });

  it("is over when there is room for an engine, not for a single block", (context) => {
    if (!requireService(context, "mount")) return;
    const disk = new SmallDisk(32);
    context.after(() => disk.dispose());
    const { config } = killed(context);
    const directory = join(disk.mount, "data");
    cpSync(config.directory, directory, { recursive: true });
    const drain = new Drain({ ...config, directory, ballastBytes: 2 * MIB }, recordingLog().log);
    for (const [left, isOver] of [
      [0, false],
      [MIB, false],
      [3 * MIB, true],
    ] as const) {
      disk.free();
      disk.fill(left);
      assert.equal(drain.isOver, isOver, `${left} bytes left`);
    }
    drain.close();
  });

  it("counts the ballast as room, since a start gives it up", (context) => {
    const { config } = killed(context);
    const room = freeDiskBytes(config.directory);
    const drain = new Drain({ ...config, ballastBytes: 2 * room }, recordingLog().log);
    assert.ok(!drain.isOver);
    const ballast = openSync(join(config.directory, "ballast"), "w");
    ftruncateSync(ballast, 2 * room);
    closeSync(ballast);
    assert.ok(drain.isOver);
    drain.close();
  });

  it("refuses a directory without a database", (context) => {
    const { config, scratch } = killed(context);
    const directory = temporaryFolder(context);
    assert.throws(() => new Drain({ ...config, directory }, recordingLog().log), /cannot copy/);
    assert.ok(!existsSync(join(directory, "headrace.db")));
    assert.deepEqual(readdirSync(scratch), []);
  });
});
