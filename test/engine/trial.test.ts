// Trials in processes of their own: what counts as dying of the suspect, and what does not.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { inForceFrom } from "../../src/engine/config-entry.ts";
import { encodeTrial, findDeadly } from "../../src/engine/trial.ts";
import { messageBatch } from "../decode/batch.ts";
import { engineConfig, FILTER_RULE, reading, Workbench } from "./kit.ts";

const NODE = process.execPath;
const ENGINE = fileURLToPath(new URL("../../src/engine.ts", import.meta.url));
const NOTHING = new Uint8Array();

/** A program that says that it begins part 3, and then does this. */
function program(then: string): readonly [string, ...string[]] {
  return [NODE, "-e", `require("fs").writeSync(1, "3\\n"); ${then}`];
}

describe("a trial", () => {
  it("finds which message kills its process", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), { filter: FILTER_RULE });
    const life = bench.start(config);
    const trial = encodeTrial({
      inForce: inForceFrom(config, new Map()),
      state: life.engine.state.pipeline.snapshot(),
      suspect: {
        kind: "messages",
        batches: ["a", "poison", "b"].map((device) => {
          return messageBatch([reading(device, { seq: 1, atMs: 0, v: 60 })]);
        }),
      },
    });
    assert.equal(findDeadly([NODE, ENGINE], trial), undefined);
    const armed = ["/usr/bin/env", "HEADRACE_CRASH_POINT=engine-message(poison)"] as const;
    assert.equal(findDeadly([...armed, NODE, ENGINE], trial), 1);
  });

  it("is deadly when its process dies or hangs after it has begun", () => {
    assert.equal(findDeadly(program("process.exit(1)"), NOTHING), 3);
    assert.equal(findDeadly(program("process.kill(process.pid, 'SIGKILL')"), NOTHING), 3);
    assert.equal(findDeadly(program("setInterval(() => {}, 1e6)"), NOTHING, 2000), 3);
    assert.equal(findDeadly(program(""), NOTHING), undefined);
  });

  it("says nothing against the suspect when its process cannot be started, or ends before it has begun", () => {
    assert.equal(findDeadly(["/nonexistent/node"], NOTHING), undefined);
    assert.equal(findDeadly([NODE, "/nonexistent/engine.js"], NOTHING), undefined);
    assert.equal(findDeadly([NODE, "-e", "setInterval(() => {}, 1e6)"], NOTHING, 500), undefined);
  });
});
