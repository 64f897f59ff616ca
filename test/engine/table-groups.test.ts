// The order in which tables see their rows.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import type { RowBatch } from "../../src/core/row-batch.ts";
import { interleave, tableGroups } from "../../src/engine/table-groups.ts";

/** A batch with nothing but where its rows come from. */
function batchOf(origin: readonly number[]): RowBatch {
  const messages = {
    topic: () => "",
    receiveTimeMs: () => 0,
    payload: () => new Uint8Array(0),
  };
  const skip = new Uint8Array(origin.length);
  return { count: origin.length, columns: [], origin: Uint32Array.from(origin), skip, messages };
}

describe("tables", () => {
  it("that rules read together are one group, directly or by way of others", () => {
    const tables = ["a", "b", "c", "d", "e"];
    assert.deepEqual(tableGroups(tables, [["a"], ["b", "d"], ["d", "e"]]), [[0], [1, 3, 4], [2]]);
    assert.deepEqual(tableGroups(tables, []), [[0], [1], [2], [3], [4]]);
  });

  it("see their rows in the order of the messages, in the longest runs", () => {
    fc.assert(
      fc.property(
        // For each message the tables that have a row of it.
        fc.array(fc.subarray([0, 1, 2]), { maxLength: 40 }),
        (messages) => {
          const origins: number[][] = [[], [], []];
          for (const [message, tables] of messages.entries()) {
            for (const table of tables) origins[table]?.push(message);
          }
          const parts = origins.map((origin, table) => ({ table, batch: batchOf(origin) }));
          const seen: [message: number, table: number][] = [];
          let runs = 0;
          interleave(parts, ({ table, batch }, from, to) => {
            runs++;
            assert.ok(from < to);
            for (let row = from; row < to; row++) seen.push([batch.origin[row] as number, table]);
          });
          const order = seen.map(([message]) => message);
          assert.deepEqual(
            order,
            order.toSorted((a, b) => a - b),
          );
          assert.equal(seen.length, origins.flat().length);
          const single = messages.every((tables) => tables.length < 2);
          const changes = seen.filter(([, table], i) => table !== seen[i - 1]?.[1]).length;
          if (single) assert.equal(runs, changes);
        },
      ),
    );
  });

  it("see all rows of a message at once", () => {
    const parts = [
      { table: "a", batch: batchOf([0, 0, 2, 2, 2]) },
      { table: "b", batch: batchOf([0, 0, 1, 2, 2]) },
    ];
    const runs: string[] = [];
    interleave(parts, ({ table }, from, to) => void runs.push(`${table} ${from}-${to}`));
    assert.deepEqual(runs, ["a 0-2", "b 0-3", "a 2-5", "b 3-5"]);
  });
});
