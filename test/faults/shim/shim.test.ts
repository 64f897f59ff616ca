// The shim in front of real processes: what it notes is what happened, and what a cut leaves shows who has not synced.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import Sqlite from "better-sqlite3";

import { requireService } from "../../kit/services.ts";
import { live } from "../../store/crash-life.ts";
import { Draw } from "../draw.ts";
import { shimEnvironment } from "./build.ts";
import { Card } from "./card.ts";
import { type FolderImage, readFolder, writeFolder } from "./folder.ts";
import { readOperations } from "./records.ts";

interface Watched {
  readonly folder: string;
  readonly journal: string;
}

function watched(context: TestContext): Watched {
  const scratch = mkdtempSync(join(tmpdir(), "headrace-shim-"));
  context.after(() => rmSync(scratch, { recursive: true }));
  const folder = join(scratch, "data");
  mkdirSync(folder);
  return { folder, journal: join(scratch, "journal") };
}

function cardOf({ journal }: Watched, before: FolderImage): Card {
  const card = new Card(before);
  for (const operation of readOperations(readFileSync(journal))) card.apply(operation);
  return card;
}

test("what the shim has noted adds up to what is there", async (context) => {
  if (!requireService(context, "compiler")) return;
  const place = watched(context);
  for (const cutAt of [200, 900]) {
    const before = readFolder(place.folder);
    rmSync(place.journal, { force: true });
    const environment = shimEnvironment({ ...place, cutAt });
    await live(place.folder, { seed: 5, commits: 1e9, environment });
    assert.equal(readOperations(readFileSync(place.journal)).length, cutAt);
    const noted = cardOf(place, before).cut("all", new Draw(0, 1));
    const there = readFolder(place.folder);
    assert.deepEqual([...noted.files.keys()].sort(), [...there.files.keys()].sort());
    for (const [path, { bytes }] of there.files)
      assert.ok(noted.files.get(path)?.bytes.equals(bytes), path);
  }
});

/** Rows that a child of this strength had answered and that are gone after a cut. */
async function lostRows(context: TestContext, synchronous: string): Promise<number> {
  const place = watched(context);
  const script = join(import.meta.dirname, "weak-child.ts");
  const child = spawn(process.execPath, [script, place.folder, synchronous], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...shimEnvironment({ ...place, cutAt: 300 }) },
  });
  let answered = 0;
  const exit = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) answered = Number(line);
  await exit;
  // Whoever made the database file has to make its name durable; this child leaves that to us.
  const card = cardOf(place, { files: new Map(), folders: new Set() });
  card.apply({ kind: "sync-folder", path: "" });
  writeFolder(place.folder, card.cut("nothing", new Draw(0, 1)));
  const db = new Sqlite(join(place.folder, "weak.db"));
  const { rows } = db.prepare<[], { rows: number }>("SELECT count(*) AS rows FROM t").get()!;
  db.close();
  return answered - rows;
}

test("a program that answers before it has synced loses rows in a power cut, one that syncs does not", async (context) => {
  if (!requireService(context, "compiler")) return;
  assert.equal(await lostRows(context, "FULL"), 0);
  assert.ok((await lostRows(context, "NORMAL")) > 10);
});

test("a number that a watched file had is another's once it is closed", async (context) => {
  if (!requireService(context, "compiler")) return;
  const { folder } = watched(context);
  // A file beside the folder gets the number that one inside had; only writes inside fail.
  const script = `
    const { closeSync, openSync, writeSync } = require("node:fs");
    const inside = openSync(process.argv[1] + "/inside", "w");
    closeSync(inside);
    const outside = openSync(process.argv[1] + "-outside", "w");
    writeSync(outside, "x");
    console.log(inside === outside);
    writeSync(openSync(process.argv[1] + "/inside", "w"), "x");`;
  const fail = { calls: ["write"], error: "EROFS", first: 1, count: 1000 } as const;
  const child = spawnSync(process.execPath, ["-e", script, folder], {
    encoding: "utf8",
    env: { ...process.env, ...shimEnvironment({ folder, fail }) },
  });
  assert.equal(child.stdout, "true\n");
  assert.match(child.stderr, /EROFS/);
});
