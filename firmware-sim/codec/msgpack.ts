// MessagePack, in the shortest form of each value as its specification asks of serializers.
// @see https://github.com/msgpack/msgpack/blob/master/spec.md

import { ByteWriter } from "./byte-writer.ts";
import { writeNode } from "./node.ts";
import type { Node } from "./node.ts";

/** One value. */
export function msgpackBytes(node: Node): Uint8Array {
  const out = new ByteWriter();
  writeNode(node, {
    nothing: () => out.byte(0xc0),
    boolean: (value) => out.byte(value ? 0xc3 : 0xc2),
    text: (value) => {
      const text = Buffer.from(value);
      if (text.length < 32) out.byte(0xa0 + text.length);
      else sized(out, text.length, [0xd9, 0xda, 0xdb]);
      out.bytes(text);
    },
    integer: (value) => integer(out, value),
    float: (value) => float(out, value),
    map: (size) => {
      if (size < 16) out.byte(0x80 + size);
      else sized(out, size, [undefined, 0xde, 0xdf]);
    },
    array: (length) => {
      if (length < 16) out.byte(0x90 + length);
      else sized(out, length, [undefined, 0xdc, 0xdd]);
    },
  });
  return out.take();
}

/** A length of 1, 2 or 4 bytes behind the type of that form; undefined: there is no such form. */
function sized(out: ByteWriter, length: number, types: readonly (number | undefined)[]): void {
  const form = types.findIndex((type, i) => type !== undefined && length < 2 ** (8 * 2 ** i));
  out.byte(types[form] as number);
  out.integer(length, 2 ** form);
}

function integer(out: ByteWriter, value: bigint): void {
  if (value >= -32n && value < 128n) return out.integer(value, 1);
  const isNegative = value < 0n;
  const size = [8n, 16n, 32n].findIndex((bits) =>
    isNegative ? value >= -(1n << (bits - 1n)) : value < 1n << bits,
  );
  const power = size < 0 ? 3 : size;
  out.byte((isNegative ? 0xd0 : 0xcc) + power);
  out.integer(value, 2 ** power);
}

function float(out: ByteWriter, value: number): void {
  const isSingle = Math.fround(value) === value;
  out.byte(isSingle ? 0xca : 0xcb);
  out.float(value, isSingle ? 4 : 8);
}
