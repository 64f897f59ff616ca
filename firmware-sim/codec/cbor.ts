// CBOR (RFC 8949) in its preferred serialization (§4.1): the shortest head, and the shortest float that is exact.

import { ByteWriter } from "./byte-writer.ts";
import { writeNode } from "./node.ts";
import type { Node } from "./node.ts";

/** One item. */
export function cborBytes(node: Node): Uint8Array {
  const out = new ByteWriter();
  writeNode(node, {
    nothing: () => out.byte(NULL),
    boolean: (value) => out.byte(value ? TRUE : FALSE),
    text: (value) => {
      const text = Buffer.from(value);
      head(out, TEXT, text.length);
      out.bytes(text);
    },
    integer: (value) => integer(out, value),
    float: (value) => float(out, value),
    map: (size) => head(out, MAP, size),
    array: (length) => head(out, ARRAY, length),
  });
  return out.take();
}

const UNSIGNED = 0;
const NEGATIVE = 1;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;

function integer(out: ByteWriter, value: bigint): void {
  if (value >= 0n) head(out, UNSIGNED, value);
  else head(out, NEGATIVE, -1n - value);
}

/** Major type and argument (§3). */
function head(out: ByteWriter, major: number, argument: number | bigint): void {
  const initial = major * 32;
  if (argument < 24) return out.byte(initial + Number(argument));
  const size = [1, 2, 4].findIndex((bytes) => argument < 2 ** (8 * bytes));
  const power = size < 0 ? 3 : size;
  out.byte(initial + 24 + power);
  out.integer(argument, 2 ** power);
}

function float(out: ByteWriter, value: number): void {
  const half = float16Bits(value);
  if (half !== undefined) {
    out.byte(0xf9);
    return out.integer(half, 2);
  }
  const isSingle = Math.fround(value) === value;
  out.byte(isSingle ? 0xfa : 0xfb);
  out.float(value, isSingle ? 4 : 8);
}

/** IEEE 754 binary16; undefined for what it cannot hold exactly. */
function float16Bits(value: number): number | undefined {
  let fraction = value < 0 ? -value : value;
  let exponent = 0;
  while (fraction >= 2 && exponent < 16) {
    fraction /= 2;
    exponent++;
  }
  while (fraction < 1 && exponent > -14) {
    fraction *= 2;
    exponent--;
  }
  const isNormal = fraction >= 1;
  const mantissa = (isNormal ? fraction - 1 : fraction) * 1024;
  if (exponent > 15 || !Number.isInteger(mantissa)) return undefined;
  return (value < 0 ? 0x8000 : 0) + (isNormal ? (exponent + 15) * 1024 : 0) + mantissa;
}
