// TIMESTAMP(p) and TIMESTAMP_LTZ(p) values: epoch milliseconds as a number for p <= 3, epoch nanoseconds as a
// bigint above. Conversions between the two forms, cutting (never rounding) as Flink does.

const NANOS_PER_MILLI = 1_000_000n;

/** A timestamp value of any precision: a number is milliseconds, a bigint nanoseconds. */
export type TimestampValue = number | bigint;

/** Epoch milliseconds, floored. */
export function timestampMillis(value: TimestampValue): number {
  if (typeof value === "number") return value;
  return Number(floorDivide(value, NANOS_PER_MILLI));
}

/** Nanoseconds within the millisecond, 0 to 999 999. */
export function nanosOfMilli(value: TimestampValue): number {
  if (typeof value === "number") return 0;
  return Number(value - floorDivide(value, NANOS_PER_MILLI) * NANOS_PER_MILLI);
}

/** The value of precision `precision`, digits beyond it cut. */
export function timestampOf(epochMs: number, nanos: number, precision: number): TimestampValue {
  if (precision > 3) {
    const unit = 10 ** (9 - precision);
    return BigInt(epochMs) * NANOS_PER_MILLI + BigInt(Math.floor(nanos / unit) * unit);
  }
  if (precision === 3) return epochMs;
  const unit = 10 ** (3 - precision);
  return Math.floor(epochMs / unit) * unit;
}

/** The same instant at another precision, digits beyond it cut. */
export function withPrecision(value: TimestampValue, precision: number): TimestampValue {
  return timestampOf(timestampMillis(value), nanosOfMilli(value), precision);
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
