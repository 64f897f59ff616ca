// Trials in processes of their own: what counts as dying of the suspect, and what does not.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { inForceFrom } from "../../src/engine/config-entry.ts";
import { encodeTrial, isDeadly } from "../../src/engine/trial.ts";
import { messageBatch } from "../decode/batch.ts";
import { engineConfig, FILTER_RULE, reading, Workbench } from "./kit.ts";

const NODE = process.execPath;
const ENGINE = fileURLToPath(new URL("../../src/engine.ts", import.meta.url));
const NOTHING = new Uint8Array();

/** A program that says that the trial has begun, and then does this. */
function program(then: string): readonly [string, ...string[]] {
  return [NODE, "-e", `require("fs").writeSync(1, "begun\\n"); ${then}`];
}

describe("a trial", () => {
  it("of a message that kills its process is deadly, of any other it is not", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), { filter: FILTER_RULE });
    const life = bench.start(config);
    const trial = encodeTrial({
      inForce: inForceFrom(config, new Map()),
      state: life.engine.state.pipeline.snapshot(),
      suspect: {
        kind: "message",
        batch: messageBatch([reading("poison", { seq: 1, atMs: 0, v: 60 })]),
      },
    });
    assert.equal(isDeadly([NODE, ENGINE], trial), false);
    const armed = ["/usr/bin/env", "HEADRACE_CRASH_POINT=engine-message(poison)"] as const;
    assert.equal(isDeadly([...armed, NODE, ENGINE], trial), true);
  });

  it("is deadly when its process dies or hangs after it has begun", () => {
    assert.equal(isDeadly(program("process.exit(1)"), NOTHING), true);
    assert.equal(isDeadly(program("process.kill(process.pid, 'SIGKILL')"), NOTHING), true);
    assert.equal(isDeadly(program("setInterval(() => {}, 1e6)"), NOTHING, 2000), true);
    assert.equal(isDeadly(program(""), NOTHING), false);
  });

  it("says nothing against the suspect when its process cannot be started, or ends before it has begun", () => {
    assert.equal(isDeadly(["/nonexistent/node"], NOTHING), false);
    assert.equal(isDeadly([NODE, "/nonexistent/engine.js"], NOTHING), false);
    assert.equal(isDeadly([NODE, "-e", "setInterval(() => {}, 1e6)"], NOTHING, 500), false);
  });
});
