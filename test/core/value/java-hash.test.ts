// The orders were read off a real Flink: MAP_KEYS of a JSON column, STR_TO_MAP, and COLLECT as text.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import {
  flinkRowHash,
  flinkTextHash,
  hashCodeOf,
  hashMapOrder,
  javaTextHash,
} from "../../../src/core/value/java-hash.ts";
import type { SqlType, SqlValue } from "../../../src/core/types.ts";

function ordered(keys: readonly SqlValue[], type: SqlType): SqlValue[] {
  const hash = hashCodeOf(type);
  assert.ok(hash !== undefined);
  return hashMapOrder(keys, hash).map((index) => keys[index] ?? null);
}

const TEXT: SqlType = { kind: "VARCHAR", length: 10, nullable: true };
const INT: SqlType = { kind: "INTEGER", nullable: true };

describe("the order of a java.util.HashMap", () => {
  it("is that of Flink's texts, beyond the first growth too", () => {
    const keys =
      "zeta alpha mike november delta echo foxtrot golf hotel india juliett kilo lima oscar é 日本";
    assert.deepEqual(
      ordered([...keys.split(" "), ""], TEXT),
      "echo  oscar golf kilo mike zeta juliett alpha november foxtrot india lima delta é hotel 日本".split(
        " ",
      ),
    );
  });

  it("is another one for Java's own strings", () => {
    const keys = ["zeta", "alpha", "mike", "november"];
    const hash = (key: SqlValue): number => javaTextHash(key as string);
    assert.deepEqual(hashMapOrder(keys, hash), [0, 3, 2, 1]);
    assert.notEqual(flinkTextHash("zeta"), javaTextHash("zeta"));
  });

  it("is by value for small integers, by insertion within a bucket", () => {
    assert.deepEqual(ordered([2, -8, -4, 17, 10, 5, 0], INT), [0, 17, 2, -4, 5, -8, 10]);
    assert.deepEqual(ordered([25, 9, 41], INT), [25, 9, 41]);
    assert.deepEqual(ordered([9, null, 41, 25], INT), [null, 9, 41, 25]);
  });

  it("spreads DOUBLE and BIGINT over their high bits", () => {
    const doubles = [2.25, 1.5, 3.25, 2.5];
    assert.deepEqual(ordered(doubles, { kind: "DOUBLE", nullable: true }), [2.25, 2.5, 1.5, 3.25]);
    assert.deepEqual(
      ordered([204_964_161_014_633, 147_197_246_620_057], { kind: "BIGINT", nullable: true }),
      [147_197_246_620_057, 204_964_161_014_633],
    );
  });

  it("grows early when a bucket is crowded", () => {
    const floats = [
      2.375, 4.75, -5, -3.5, 4.375, -4, -0.125, 2, -0.625, -2.5, -4.625, -3.625, -3, -4.75, 4, 4.5,
      2.875, -1.125, 3.375, -2,
    ];
    assert.deepEqual(
      ordered(floats, { kind: "FLOAT", nullable: true }),
      [
        -4, -0.125, 2, -3, 4, -2, 4.375, 4.5, -1.125, -4.625, 2.375, 4.75, -4.75, 3.375, -5, -3.5,
        -0.625, -2.5, -3.625, 2.875,
      ],
    );
  });

  it("is that of rows of texts, short and long ones", () => {
    const keys = ["qnzrimyw", "pll", "ifmzp", "vjpo", "djuwfo", "zav"];
    const hash = (key: SqlValue): number => flinkRowHash([key as string, " "]);
    assert.deepEqual(
      hashMapOrder(keys, hash).map((index) => keys[index]),
      ["pll", "zav", "ifmzp", "djuwfo", "vjpo", "qnzrimyw"],
    );
  });
});
