// Numbers of about 106 bits as the sum of two doubles, the second below half a unit in the last place of the first.
// T. J. Dekker, "A floating-point technique for extending the available precision", 1971.

export interface DoubleDouble {
  readonly hi: number;
  readonly lo: number;
}

export const LN_2: DoubleDouble = { hi: Math.LN2, lo: 2.3190468138462996e-17 };

/** 2^27 + 1: halves a double's 53 bits. */
const SPLITTER = 134_217_729;

/** a + b, exactly. */
export function sum(a: number, b: number): DoubleDouble {
  const hi = a + b;
  const ofB = hi - a;
  return { hi, lo: a - (hi - ofB) + (b - ofB) };
}

/** a · b, exactly, where both are below 2^996. */
export function product(a: number, b: number): DoubleDouble {
  const hi = a * b;
  const [aHigh, aLow] = halves(a);
  const [bHigh, bLow] = halves(b);
  return { hi, lo: aHigh * bHigh - hi + aHigh * bLow + aLow * bHigh + aLow * bLow };
}

export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const high = sum(a.hi, b.hi);
  const low = sum(a.lo, b.lo);
  const middle = sum(high.hi, high.lo + low.hi);
  return sum(middle.hi, middle.lo + low.lo);
}

export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const { hi, lo } = product(a.hi, b.hi);
  return sum(hi, lo + (a.hi * b.lo + a.lo * b.hi));
}

export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const first = a.hi / b.hi;
  const rest = add(a, multiply(b, { hi: -first, lo: 0 }));
  return sum(first, rest.hi / b.hi);
}

/** Exact for a power of two. */
export function scale({ hi, lo }: DoubleDouble, factor: number): DoubleDouble {
  return { hi: hi * factor, lo: lo * factor };
}

function halves(a: number): readonly [number, number] {
  const scaled = SPLITTER * a;
  const high = scaled - (scaled - a);
  return [high, a - high];
}
