import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import type { Outcome } from "./fault.ts";
import { Ledger, type LedgerFiles, type RunRecord, sourceHash } from "./ledger.ts";

const OUTCOME: Outcome = {
  injected: { "at random": 3 },
  acknowledged: 100,
  lost: 0,
  duplicated: 0,
  wrong: 0,
  digestMismatches: 0,
  slowestReadyMs: 700,
  problems: [],
};

function run(fault: number, seed: number, source: string): RunRecord {
  const at = "2026-11-29T12:00:00.000Z";
  return { fault, seed, at, seconds: 10, commit: "abc", source, outcome: OUTCOME };
}

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "headrace-ledger-"));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** The working ledger `name`, and a published one, in a new folder. */
function filesIn(context: TestContext, name = "runs.jsonl"): LedgerFiles {
  const path = folder(context);
  return { file: join(path, name), published: join(path, "published/runs.jsonl") };
}

test("runs add up over processes while the source stays the same", (context) => {
  const files = filesIn(context, "deeper/runs.jsonl");
  new Ledger(files).append(run(1, 1, "old"));
  const ledger = new Ledger(files);
  ledger.append(run(1, 4, "new"));
  ledger.append(run(2, 9, "new"));
  const again = new Ledger(files);
  assert.deepEqual(again.runsOf("new"), [run(1, 4, "new"), run(2, 9, "new")]);
  assert.equal(again.nextSeed(1, "new"), 5);
  assert.equal(again.nextSeed(1, "old"), 2);
  assert.equal(again.nextSeed(3, "new"), 1);
});

test("a line that a killed campaign left unfinished is forgotten", (context) => {
  const files = filesIn(context);
  new Ledger(files).append(run(1, 1, "s"));
  const whole = readFileSync(files.file, "utf8");
  appendFileSync(files.file, whole.slice(0, 20));
  const ledger = new Ledger(files);
  assert.equal(ledger.runsOf("s").length, 1);
  ledger.append(run(1, 2, "s"));
  assert.equal(new Ledger(files).runsOf("s").length, 2);
});

test("ledgers that were joined count every run once, oldest first", (context) => {
  const files = filesIn(context);
  const at = (day: number): RunRecord => ({ ...run(1, day, "s"), at: `2026-11-0${day}T00:00:00Z` });
  writeFileSync(
    files.file,
    [at(3), at(1), at(3), at(2)].map((each) => `${JSON.stringify(each)}\n`).join(""),
  );
  const ledger = new Ledger(files);
  assert.deepEqual(ledger.runsOf("s"), [at(1), at(2), at(3)]);
  assert.deepEqual(ledger.runsBefore("new", "2026-11-02"), [at(2), at(3)]);
  assert.deepEqual(ledger.runsBefore("s", ""), []);
});

test("a fresh checkout goes on from what was published, and publishes it with its own", (context) => {
  const files = filesIn(context);
  const ledger = new Ledger(files);
  ledger.append(run(1, 1, "s"));
  ledger.publish();
  rmSync(files.file);
  const fresh = new Ledger(files);
  assert.equal(fresh.nextSeed(1, "s"), 2);
  fresh.append(run(1, 2, "s"));
  fresh.publish();
  assert.deepEqual(new Ledger({ ...files, file: `${files.file}.none` }).runsOf("s"), [
    run(1, 1, "s"),
    run(1, 2, "s"),
  ]);
});

test("the hash of the source changes with any file below src/ and with nothing else", (context) => {
  const root = folder(context);
  const write = (path: string, text: string): string => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
    return sourceHash(root);
  };
  const first = write("src/a.ts", "1");
  assert.equal(write("test/a.ts", "1"), first);
  assert.notEqual(write("src/deep/b.ts", "1"), first);
  assert.notEqual(write("src/a.ts", "2"), first);
});
