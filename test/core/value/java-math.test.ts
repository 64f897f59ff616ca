// Functions that are rounded once. The expected values are those of mpmath at 1,400 bits; a JVM's are in the conformance
// case fn-last-digits.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { cos, cosh, exp, log, log10, sin, tan } from "../../../src/core/value/java-math.ts";

const NEAREST: readonly (readonly [(x: number) => number, number, number])[] = [
  [exp, -73.1, 1.7909083975836557e-32],
  [exp, -700.5, 5.980196118639791e-305],
  [exp, 1.0000000000000002, 2.718281828459046],
  [log, 7.05853264349739, 1.9542371890388528],
  [log, 0.9999999999999999, -1.1102230246251565e-16],
  [log10, 73.1, 1.8639173769578605],
  [log10, 1e22, 22.0],
  [log10, 1.7976931348623157e308, 308.25471555991675],
  [sin, -0.8286979864139722, -0.7370520484646651],
  [sin, Math.PI, 1.2246467991473532e-16],
  [sin, 1e300, -0.8178819121159085],
  [cos, 3.933783990278261, -0.7022870037938082],
  [cos, 1e22, 0.523214785395139],
  [tan, 13.733755328878186, 2.3429052985672154],
  [tan, 1.5707963267948966, 1.633123935319537e16],
  [cosh, 1, 1.543080634815244],
  [cosh, -1, 1.543080634815244],
];

const LIKE_JAVASCRIPT = [exp, log, log10, sin, cos, tan].flatMap((ours) => {
  const theirs = Math[ours.name as "exp"];
  return [Number.NaN, Infinity, -Infinity, 0, -0, 5e-324].map((x) => [ours, theirs, x] as const);
});

describe("Java's mathematics", () => {
  for (const [of, x, expected] of NEAREST) {
    it(`rounds ${of.name}(${x}) to the nearest double`, () => assert.equal(of(x), expected));
  }

  for (const [ours, theirs, x] of LIKE_JAVASCRIPT) {
    it(`takes ${ours.name}(${Object.is(x, -0) ? "-0" : x}) as JavaScript does`, () => {
      assert.equal(ours(x), theirs(x));
    });
  }

  it("has no number beyond the largest and below the least", () => {
    assert.deepEqual([exp(710), exp(-746), log(-1)], [Infinity, 0, Number.NaN]);
  });
});
