// Patterns that take a backtracking engine ages: here the steps grow with the text, not faster.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { matchesLike, parseLike } from "../../../src/core/pattern/like.ts";
import { StepsExceeded } from "../../../src/core/pattern/matcher.ts";
import {
  compilePattern,
  compileSimilar,
  type CompiledPattern,
  type Pattern,
} from "../../../src/core/pattern/pattern.ts";

function patternOf(compiled: CompiledPattern): Pattern {
  if (!compiled.ok) assert.fail(compiled.problem.message);
  return compiled.pattern;
}

/** Pattern, and the text that it is slow on: a repeated part and an end that spoils the match. */
const MALICIOUS: readonly (readonly [pattern: string, part: string, end: string])[] = [
  ["^(a+)+$", "a", "!"],
  ["(a*)*b", "a", ""],
  ["(a|aa)+$", "a", "!"],
  ["(a|a)*b", "a", "!"],
  ["(.*)*x", "ab", "!"],
  ["(.*a){12}$", "a", "!"],
  ["([a-zA-Z]+)*1", "a", "!"],
  ["(x+x+)+y", "x", ""],
  ["^(([a-z])+.)+[A-Z]([a-z])+$", "a", ""],
  ["(a?){30}a{30}", "a", ""],
  ["((a{1,8}){1,8}){1,8}b", "a", ""],
  ["^(?:(?:a?)*)*$", "a", "b"],
  ["(\\w|_)*-", "_", ""],
  ["\\s+$", " ", "x"],
  ["(?:a|b|ab)*c", "ab", ""],
  ["(.*,)*end", "a,", ""],
  ["^(\\d+,?)*$", "1", "x"],
  [".*.*.*.*=.*", "x", ""],
];

const SIZE = 500;

describe("regular expressions", () => {
  for (const [source, part, end] of MALICIOUS) {
    it(`run over a text in steps that grow with it: ${source}`, () => {
      const stepsFor = (
        count: number,
        run: (pattern: Pattern, text: string) => unknown,
      ): number => {
        const pattern = patternOf(compilePattern(source));
        run(pattern, part.repeat(count) + end);
        return pattern.steps;
      };
      for (const run of [
        (pattern: Pattern, text: string) => pattern.test(text),
        (pattern: Pattern, text: string) => pattern.find(text),
      ]) {
        const [once, twice] = [stepsFor(SIZE, run), stepsFor(2 * SIZE, run)];
        assert.ok(once > 0 && twice <= 2.1 * once, `${once} steps, twice the text ${twice}`);
      }
    });
  }

  it("do not outgrow the text in SIMILAR TO either", () => {
    const stepsFor = (count: number): number => {
      const pattern = patternOf(compileSimilar("(a+)+(%b%)*", undefined));
      pattern.test(`${"a".repeat(count)}!`);
      return pattern.steps;
    };
    assert.ok(stepsFor(2 * SIZE) <= 2.1 * stepsFor(SIZE));
  });

  it("are refused when their repetitions come to too many instructions", () => {
    for (const source of [
      "(a{1000}){1000}",
      "((a{100}){100}){100}",
      "[ab]{5000}",
      "(a|b){0,4000}",
    ]) {
      const compiled = compilePattern(source);
      assert.ok(!compiled.ok && compiled.problem.kind === "unsupported", source);
    }
  });

  it("share one budget of steps among all matches of a text", () => {
    // Every match first looks for a z to the end of the text.
    const pattern = patternOf(compilePattern("a.*z|a"));
    assert.equal(pattern.findAll("a".repeat(500)).length, 500);
    assert.throws(() => pattern.findAll("a".repeat(50_000)), StepsExceeded);
  });
});

describe("LIKE", () => {
  it("refuses texts for which text and pattern are absurdly large together", () => {
    const pattern = parseLike(`%${"a_".repeat(2000)}%`, undefined);
    assert.ok(pattern !== undefined);
    assert.throws(() => matchesLike(pattern, "a".repeat(1_000_000)), StepsExceeded);
    assert.equal(matchesLike(pattern, "a".repeat(4000)), true);
  });
});
