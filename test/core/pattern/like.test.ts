import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";

import { matchesLike, parseLike } from "../../../src/core/pattern/like.ts";

/** The definition, without any care for time. */
function expected(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === "%") {
    return expected(rest, text) || (text.length > 0 && expected(pattern, text.slice(1)));
  }
  const [head, ...tail] = text;
  if (head === undefined) return false;
  return (first === "_" ? head !== "\n" : first === head) && expected(rest, tail);
}

function matches(pattern: string, text: string, escape?: string): boolean | undefined {
  const parsed = parseLike(pattern, escape);
  return parsed === undefined ? undefined : matchesLike(parsed, text);
}

describe("LIKE", () => {
  it("matches what its definition says", () => {
    const pattern = fc.array(fc.constantFrom("%", "_", "a", "b", "😀"), { maxLength: 8 });
    const text = fc.array(fc.constantFrom("a", "b", "😀", "\n"), { maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (parts, letters) => {
        assert.equal(matches(parts.join(""), letters.join("")), expected(parts, letters));
      }),
      { numRuns: 2000 },
    );
  });

  it("knows what needs no search", () => {
    const kinds = ["abc", "abc%", "%abc", "%abc%", "%", "a%c", "a_c"].map(
      (pattern) => parseLike(pattern, undefined)?.kind,
    );
    assert.deepEqual(kinds, ["equal", "prefix", "suffix", "part", "prefix", "runs", "runs"]);
  });

  it("takes an escaped wildcard for itself and has no other escapes", () => {
    assert.equal(matches("100!%", "100%", "!"), true);
    assert.equal(matches("100!%", "1000", "!"), false);
    assert.equal(matches("a!!b", "a!b", "!"), true);
    assert.equal(matches("a!b", "ab", "!"), undefined);
    assert.equal(matches("a!", "a!", "!"), undefined);
    assert.equal(matches("a\\%", "a\\x"), true);
  });
});
