import assert from "node:assert/strict";
import { test } from "node:test";

import { parsePrintf } from "../../../src/core/value/printf.ts";

test("a format is split into text and conversions", () => {
  const parsed = parsePrintf("a%2$-8.3Sb%<x%%%n");
  assert.ok(parsed.ok);
  const [text, first, between, second, percent, newline] = parsed.parts;
  assert.deepEqual(
    [text, between],
    [
      { kind: "text", text: "a" },
      { kind: "text", text: "b" },
    ],
  );
  assert.deepEqual(first, {
    kind: "directive",
    conversion: "s",
    isUpper: true,
    argument: 2,
    width: 8,
    precision: 3,
    flags: "-",
  });
  assert.ok(second?.kind === "directive" && second.argument === "previous" && second.flags === "");
  assert.ok(percent?.kind === "directive" && newline?.kind === "directive");
});

test("what Java refuses is told from what we do", () => {
  for (const [format, kind] of [
    ["%", "invalid"],
    ["%q", "invalid"],
    ["%0$d", "invalid"],
    ["%-d", "invalid"],
    ["%--5d", "invalid"],
    ["%-05d", "invalid"],
    ["%+ d", "invalid"],
    ["%.2d", "invalid"],
    ["%,x", "invalid"],
    ["%5n", "invalid"],
    ["%D", "invalid"],
    ["%h", "unsupported"],
    ["%tY", "unsupported"],
    ["%a", "unsupported"],
  ] as const) {
    const parsed = parsePrintf(format);
    assert.ok(!parsed.ok, format);
    assert.equal(parsed.kind, kind, format);
  }
});
