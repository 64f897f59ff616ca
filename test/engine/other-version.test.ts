// A data folder whose configuration another version has written, in a form that this one cannot run.

import assert from "node:assert/strict";
import { it } from "node:test";
import { deserialize, serialize } from "node:v8";

import type { CheckpointState } from "../../src/engine/replay.ts";
import { openStore } from "../../src/store/open.ts";
import { storeOptions } from "../store/kit.ts";
import { engineConfig, FILTER_RULE, journalOf, reading, Workbench } from "./kit.ts";

it("is refused by name, whether its journal or its checkpoint says so", (context) => {
  const bench = new Workbench(context);
  for (const isStopped of [false, true]) {
    const config = engineConfig(bench.folder(), { filter: FILTER_RULE });
    const life = bench.start(config);
    life.run([reading("a", { seq: 1, atMs: 0, v: 60 })]);
    if (isStopped) life.stop();
    else life.drop();
    const entry = journalOf(config.directory).find(({ kind }) => kind === "config");
    assert.ok(entry !== undefined);
    const store = openStore(storeOptions(config.directory));
    const { checkpoint } = store.readCheckpoint();
    assert.ok(checkpoint !== undefined);
    const state = deserialize(checkpoint.state) as CheckpointState;
    const { form: _, ...earlier } = state.inForce;
    const { timeMs } = entry;
    const saved = { ...checkpoint, state: serialize({ ...state, inForce: earlier }) };
    store.commit(
      isStopped
        ? { timeMs, checkpoint: saved }
        : { timeMs, journal: [{ ...entry, data: serialize(earlier) }] },
    );
    store.close();
    assert.throws(() => bench.start(config), {
      code: "STORE_VERSION",
      blame: "config",
      message: "the data folder's configuration is of form 0, that of this version is 2",
    });
  }
});
