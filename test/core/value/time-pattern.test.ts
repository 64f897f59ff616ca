import assert from "node:assert/strict";
import { test } from "node:test";

import {
  readTimePattern,
  readingProblem,
  type PatternDialect,
} from "../../../src/core/value/time-pattern.ts";

function kindOf(pattern: string, dialect: PatternDialect): string {
  const read = readTimePattern(pattern, dialect);
  return read.ok ? "runs" : read.kind;
}

test("a pattern is split into fields and text", () => {
  const read = readTimePattern("yyyy-MM'o''clock'''H", "formatter");
  assert.ok(read.ok);
  assert.deepEqual(
    read.tokens.map(({ letter, width, literal }) => (letter === "" ? literal : letter + width)),
    ["y4", "-", "M2", "o'clock'", "H1"],
  );
});

test("what Java refuses is told from what we do", () => {
  for (const [pattern, formatter, simple] of [
    ["yyyy-MM-dd HH:mm:ss.SSS", "runs", "runs"],
    ["yyyy 'x", "invalid", "invalid"],
    ["r", "invalid", "invalid"],
    ["G yyyy", "unsupported", "unsupported"],
    ["VV", "unsupported", "invalid"],
    ["Z", "unsupported", "unsupported"],
    ["ddd", "invalid", "runs"],
    ["MMMMM", "unsupported", "runs"],
    ["MMMMMM", "invalid", "runs"],
    ["yyyyy", "unsupported", "runs"],
    ["[HH]", "unsupported", "runs"],
    ["{HH}", "invalid", "runs"],
    // The letter that Java refuses decides, wherever it stands.
    ["Gr", "invalid", "invalid"],
  ] as const) {
    assert.equal(kindOf(pattern, "formatter"), formatter, pattern);
    assert.equal(kindOf(pattern, "simple"), simple, pattern);
  }
});

test("some patterns write and do not read", () => {
  for (const [pattern, dialect, reads] of [
    ["yy-MM", "simple", false],
    ["yyy-MM", "simple", true],
    ["E", "simple", false],
    ["E d", "simple", true],
    ["D M", "simple", false],
    ["H a h", "simple", false],
    ["u", "simple", false],
    ["e", "formatter", false],
    ["n", "formatter", false],
    ["yy", "formatter", true],
  ] as const) {
    const read = readTimePattern(pattern, dialect);
    assert.ok(read.ok, pattern);
    assert.equal(readingProblem(read.tokens, dialect) === undefined, reads, pattern);
  }
});
