import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";

import { compilePattern, type Pattern } from "../../../src/core/pattern/pattern.ts";

function patternOf(source: string, group = 0): Pattern {
  const compiled = compilePattern(source, group);
  if (!compiled.ok) assert.fail(compiled.problem.message);
  return compiled.pattern;
}

/** Patterns that mean the same in Java and JavaScript: what is repeated takes a character. */
const { pattern: SHARED } = fc.letrec<{ pattern: string; taking: string }>((tie) => ({
  taking: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("a", "b", "c", "ab", "[ab]", "[^a]", "[b-d]", "\\d", "\\w", "\\s", "\\W"),
    fc.tuple(tie("taking"), tie("pattern")).map((parts) => parts.join("")),
    fc.tuple(tie("taking"), tie("taking")).map((parts) => `(?:${parts.join("|")})`),
    fc
      .tuple(tie("taking"), fc.constantFrom("+", "+?", "{1,3}", "{2}", "{1,2}?"))
      .map(([body, times]) => `(${body})${times}`),
  ),
  pattern: fc.oneof(
    { maxDepth: 4 },
    tie("taking"),
    fc.constantFrom("", "^", "\\b", "\\B"),
    fc
      .tuple(tie("taking"), fc.constantFrom("*", "*?", "?", "??", "{0,2}"))
      .map(([body, times]) => `(?:${body})${times}`),
    fc.tuple(tie("pattern"), tie("pattern")).map((parts) => parts.join("")),
    fc.tuple(tie("pattern"), tie("pattern")).map((parts) => `(${parts.join("|")})`),
  ),
}));
const TEXT = fc.string({ unit: fc.constantFrom("a", "b", "c", "d", "1", " ", "_"), maxLength: 16 });

describe("regular expressions", () => {
  it("match where JavaScript's own engine does", () => {
    fc.assert(
      fc.property(SHARED, TEXT, (source, text) => {
        const pattern = patternOf(source);
        const found = pattern.findAll(text).map(({ start, end }) => [start, end]);
        const wanted = Array.from(text.matchAll(new RegExp(source, "g")), (match) => [
          match.index,
          match.index + match[0].length,
        ]);
        assert.deepEqual(found, wanted);
        assert.equal(pattern.test(text), wanted.length > 0);
      }),
      { numRuns: 3000 },
    );
  });

  it("tell the bounds of the group that is asked for", () => {
    const match = patternOf("(a+)(?:(b)|(c))", 3).find("xaac");
    assert.deepEqual(match, { start: 1, end: 4, groupStart: 3, groupEnd: 4 });
    assert.equal(patternOf("(a+)(?:(b)|(c))", 2).find("xaac")?.groupStart, -1);
  });

  it("refuse by name and place what needs more than linear time", () => {
    const refused = (source: string): string => {
      const compiled = compilePattern(source);
      if (compiled.ok) return "none";
      const { kind, message, at } = compiled.problem;
      return `${kind} at ${at}: ${message}`;
    };
    assert.deepEqual(
      ["(a)\\1", "a(?=b)", "a(?<!b)", "x*+", "(?>a)", "ab\\k<n>", "(?x)a"].map(refused),
      [
        "unsupported at 3: the back-reference \\1",
        "unsupported at 1: look-ahead",
        "unsupported at 1: look-behind",
        "unsupported at 1: a possessive quantifier",
        "unsupported at 0: an atomic group (?>…)",
        "unsupported at 2: a back-reference by name",
        "unsupported at 2: the flag x (comments)",
      ],
    );
    assert.deepEqual(
      ["a)", "(a", "*a", "[a", "a{2,1}", "\\"].map((source) => refused(source).split(" ")[0]),
      Array.from({ length: 6 }, () => "invalid"),
    );
  });

  it("keep no more machine states than the limit, and match on", () => {
    // 2^12 sets of states: the machine is thrown away again and again.
    const pattern = patternOf("[ab]*a[ab]{11}c");
    const random = (seed: number): string =>
      Array.from({ length: 3000 }, (_, index) =>
        (seed * (index + 7) ** 3) % 11 < 5 ? "a" : "b",
      ).join("");
    for (let seed = 1; seed < 20; seed++) {
      const text = random(seed);
      const wanted = new RegExp("a[ab]{11}c").test(`${text}c`);
      assert.equal(pattern.test(`${text}c`), wanted);
      assert.equal(pattern.test(text), false);
    }
  });
});
