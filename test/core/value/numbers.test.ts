import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import {
  addDecimal,
  compareDecimal,
  decimalText,
  divideDecimal,
  multiplyDecimal,
  numberToDecimal,
  parseDecimal,
  strippedDecimalText,
  remainderDecimal,
  toShape,
} from "../../../src/core/value/decimal.ts";
import {
  addLong,
  divideLong,
  doubleToInteger,
  multiplyLong,
  negateLong,
  parseInteger,
  remainderLong,
  subtractLong,
} from "../../../src/core/value/integer.ts";
import {
  doubleText,
  floatText,
  parseJavaDouble,
  parseJavaFloat,
} from "../../../src/core/value/java-number.ts";
import { toBigintValue } from "../../../src/core/types.ts";

const LONG = fc
  .oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
    fc.bigInt({ min: -3n, max: 3n }),
  )
  .map(toBigintValue);

describe("BIGINT arithmetic", () => {
  it("is that of 64-bit two's complement, in canonical form", () => {
    const operations = [
      [addLong, (a: bigint, b: bigint) => a + b],
      [subtractLong, (a: bigint, b: bigint) => a - b],
      [multiplyLong, (a: bigint, b: bigint) => a * b],
      [divideLong, (a: bigint, b: bigint) => a / b],
      [remainderLong, (a: bigint, b: bigint) => a % b],
    ] as const;
    fc.assert(
      fc.property(LONG, LONG, (a, b) => {
        for (const [fast, exact] of operations) {
          if (b === 0 && (fast === divideLong || fast === remainderLong)) continue;
          assert.ok(Object.is(fast(a, b), toBigintValue(exact(BigInt(a), BigInt(b)))), fast.name);
        }
        assert.ok(Object.is(negateLong(a), toBigintValue(-BigInt(a))));
      }),
      { numRuns: 2000 },
    );
  });

  it("takes doubles by truncating and saturating", () => {
    assert.equal(doubleToInteger(-2.9, "INTEGER"), -2);
    assert.equal(doubleToInteger(1e10, "INTEGER"), 2_147_483_647);
    assert.equal(doubleToInteger(300, "TINYINT"), 44);
    assert.equal(doubleToInteger(1e10, "TINYINT"), -1);
    assert.equal(doubleToInteger(-1e20, "BIGINT"), -(2n ** 63n));
    assert.equal(doubleToInteger(2 ** 53, "BIGINT"), 2n ** 53n);
    assert.equal(doubleToInteger(Number.NaN, "BIGINT"), 0);
  });

  it("reads text with a fraction that is cut, and refuses what does not fit", () => {
    assert.equal(parseInteger("+12.9", "INTEGER"), 12);
    assert.equal(parseInteger("-9223372036854775808", "BIGINT"), -(2n ** 63n));
    for (const text of ["", "-", "1e3", "1.x", " 1", "2147483648"]) {
      assert.equal(parseInteger(text, "INTEGER"), undefined, text);
    }
  });
});

describe("DECIMAL arithmetic", () => {
  const wide = { precision: 38, scale: 6 };

  it("rounds half up, away from zero", () => {
    assert.equal(toShape(25n, 1, { precision: 5, scale: 0 }), 3n);
    assert.equal(toShape(-25n, 1, { precision: 5, scale: 0 }), -3n);
    assert.equal(toShape(24n, 1, { precision: 5, scale: 0 }), 2n);
  });

  it("gives null for what does not fit the precision", () => {
    assert.equal(toShape(99_999n, 0, { precision: 5, scale: 0 }), 99_999n);
    assert.equal(toShape(99_999n, 0, { precision: 5, scale: 1 }), null);
    assert.equal(multiplyDecimal(10n ** 37n, 0, 10n, 0, { precision: 38, scale: 0 }), null);
  });

  it("adds, divides and takes remainders across scales", () => {
    assert.equal(addDecimal(150n, 2, 5n, 0, wide), 6_500_000n);
    assert.equal(divideDecimal(7n, 0, 2n, 0, wide), 3_500_000n);
    assert.equal(divideDecimal(-100n, 0, 7n, 0, wide), -14_285_714n);
    assert.equal(divideDecimal(1n, 0, 10n ** 38n - 1n, 0, wide), 0n);
    assert.equal(remainderDecimal(-713n, 2, 3n, 0, { precision: 10, scale: 2 }), -113n);
    assert.equal(compareDecimal(150n, 2, 15n, 1), 0);
  });

  it("divides as exact fractions do, to the last digit asked for", () => {
    const unscaled = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
    const scale = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(unscaled, scale, unscaled, scale, (a, sa, b, sb) => {
        fc.pre(b !== 0n);
        // a / 10^sa : b / 10^sb at 6 places, halves away from zero.
        const numerator = a * 10n ** BigInt(sb + 6);
        const denominator = b * 10n ** BigInt(sa);
        const size = (n: bigint): bigint => (n < 0n ? -n : n);
        const half = (size(numerator) * 2n + size(denominator)) / (size(denominator) * 2n);
        const expected = numerator < 0n !== denominator < 0n ? -half : half;
        assert.equal(divideDecimal(a, sa, b, sb, wide), expected);
      }),
    );
  });

  it("reads and writes text", () => {
    assert.equal(decimalText(-5n, 2), "-0.05");
    assert.equal(decimalText(1250n, 2), "12.50");
    assert.equal(strippedDecimalText(1n, 7), "1E-7");
    assert.equal(strippedDecimalText(-1230n, 10), "-1.23E-7");
    assert.equal(strippedDecimalText(1n, 6), "0.000001");
    assert.equal(strippedDecimalText(1250n, 2), "12.5");
    assert.equal(strippedDecimalText(-120_000n, 2), "-1.2E+3");
    assert.equal(strippedDecimalText(0n, 5), "0");
    assert.equal(parseDecimal("1.005", { precision: 5, scale: 2 }), 101n);
    assert.equal(parseDecimal("-.5e1", { precision: 5, scale: 2 }), -500n);
    assert.equal(parseDecimal("1e999999999", { precision: 5, scale: 2 }), null);
    assert.equal(parseDecimal("1e-999999999", { precision: 5, scale: 2 }), 0n);
    assert.equal(parseDecimal("1,5", { precision: 5, scale: 2 }), undefined);
    assert.equal(numberToDecimal(2.345, { precision: 10, scale: 2 }), 235n);
  });
});

describe("DOUBLE and FLOAT as text", () => {
  it("look as Java prints them", () => {
    const cases: [number, string][] = [
      [0, "0.0"],
      [-0, "-0.0"],
      [20.5, "20.5"],
      [1e7, "1.0E7"],
      [9_999_999, "9999999.0"],
      [1e-3, "0.001"],
      [9.99e-4, "9.99E-4"],
      [1.7976931348623157e308, "1.7976931348623157E308"],
      [-Infinity, "-Infinity"],
      [Number.NaN, "NaN"],
    ];
    for (const [value, text] of cases) assert.equal(doubleText(value), text);
    assert.equal(floatText(Math.fround(0.1)), "0.1");
    assert.equal(floatText(Math.fround(16_777_216)), "1.6777216E7");
    assert.equal(floatText(Math.fround(3.4e38)), "3.4E38");
  });

  it("read back as the same number", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        assert.ok(Object.is(parseJavaDouble(doubleText(value)), value));
      }),
    );
    fc.assert(
      fc.property(fc.float(), (value) => {
        assert.ok(Object.is(Math.fround(parseJavaDouble(floatText(value)) ?? 0), value));
      }),
    );
  });

  it("are read as Java's parseDouble does", () => {
    for (const [text, value] of [
      [" 1d ", 1],
      [".5", 0.5],
      ["1.", 1],
      ["-Infinity", -Infinity],
      ["0x1p3", 8],
    ] as const) {
      assert.equal(parseJavaDouble(text), value, text);
    }
    for (const text of ["", "1e", "0x10", "1_0", "nan", "--1"])
      assert.equal(parseJavaDouble(text), undefined, text);
  });
});

describe("FLOAT of a text", () => {
  it("is the nearest to the digits, not to the DOUBLE that is nearest to them", () => {
    const middle = "1.0000001788139343261718750";
    assert.equal(parseJavaFloat("1.00000017881393432617187499"), Math.fround(1.0000001));
    assert.equal(parseJavaFloat(middle), Math.fround(1.0000002));
    assert.equal(parseJavaFloat("-1.00000005960464477539062501d"), -Math.fround(1.0000001));
    assert.equal(parseJavaFloat("3.4028235677973366163753939545814e38"), Math.fround(3.4028235e38));
    assert.equal(parseJavaFloat("3.4028235677973366163753939545815e38"), Infinity);
    const smallest = 2 ** -149;
    const half =
      "700649232162408535461864791644958065640130970938257885878534141944895541342930300743319094181060791015625e-150";
    assert.equal(parseJavaFloat(half), 0);
    assert.equal(parseJavaFloat(half.replace("5e", "51e").replace("-150", "-151")), smallest);
    assert.ok(Object.is(parseJavaFloat("-0"), -0));
    assert.equal(parseJavaFloat("16777217"), 16_777_216);
    assert.equal(parseJavaFloat("x"), undefined);
  });

  it("is the FLOAT itself for what a FLOAT prints, and agrees with rounding away from the middle", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        assert.ok(Object.is(parseJavaFloat(floatText(value)), value));
      }),
    );
  });
});
