// Bytes of a frame as a value: integers of 1 to 8 bytes, floating point, BCD, text, and bits of integers; in any of the
// four byte orders. 64-bit integers are exact.

import type { ByteAddress, ByteType } from "../../core/format/profile-codec.ts";
import { signed64, unsigned64 } from "../wire-cursor.ts";

/** The value of the bytes at `at`, which are there; undefined when they are none (BCD digits, UTF-8). */
export type FieldReader = (bytes: Buffer, at: number) => number | bigint | string | undefined;

/** The reader of an address; where its bytes begin is the caller's matter. */
export function fieldReader({ as, bits }: ByteAddress): FieldReader {
  const read = typeReader(as);
  return bits === undefined ? read : bitReader(read, bits, as.kind === "signed");
}

function typeReader(as: ByteType): FieldReader {
  switch (as.kind) {
    case "float":
      return floatReader(as);
    case "bcd":
      return bcdReader(as);
    case "text":
      return textReader(as.bytes);
    case "hex":
      return (bytes, at) => bytes.toString("hex", at, at + as.bytes);
    default:
      return integerReader(as);
  }
}

function integerReader(as: ByteType): FieldReader {
  const isSigned = as.kind === "signed";
  if (as.order.endsWith("-words")) return wordReader(as, integerReader({ ...as, order: "be" }));
  const isLittle = as.order === "le";
  switch (as.bytes) {
    case 1:
      return isSigned
        ? (bytes, at) => ((bytes[at] as number) << 24) >> 24
        : (bytes, at) => bytes[at]!;
    case 2:
      if (isLittle) return isSigned ? (b, at) => (uint16le(b, at) << 16) >> 16 : uint16le;
      return isSigned ? (b, at) => (uint16be(b, at) << 16) >> 16 : uint16be;
    case 4:
      if (isLittle) return isSigned ? int32le : (b, at) => int32le(b, at) >>> 0;
      return isSigned ? int32be : (b, at) => int32be(b, at) >>> 0;
    case 8:
      return longReader(isSigned, isLittle);
    default:
      return oddReader(as.bytes, isSigned, isLittle);
  }
}

function uint16be(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function uint16le(bytes: Buffer, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

function int32be(bytes: Buffer, at: number): number {
  return (uint16be(bytes, at) << 16) | uint16be(bytes, at + 2);
}

function int32le(bytes: Buffer, at: number): number {
  return uint16le(bytes, at) | (uint16le(bytes, at + 2) << 16);
}

function longReader(isSigned: boolean, isLittle: boolean): FieldReader {
  const word = isLittle ? int32le : int32be;
  const [high, low] = isLittle ? [4, 0] : [0, 4];
  return isSigned
    ? (bytes, at) => signed64(word(bytes, at + high), word(bytes, at + low) >>> 0)
    : (bytes, at) => unsigned64(word(bytes, at + high) >>> 0, word(bytes, at + low) >>> 0);
}

/** 3, 5, 6 or 7 bytes. */
function oddReader(count: number, isSigned: boolean, isLittle: boolean): FieldReader {
  const turn = 2 ** (8 * count);
  return (bytes, at) => {
    // Seven bytes do not fit into a double.
    let value = 0n;
    let number = 0;
    for (let i = 0; i < count; i++) {
      const byte = bytes[isLittle ? at + count - 1 - i : at + i] as number;
      if (count <= 6) number = number * 256 + byte;
      else value = (value << 8n) | BigInt(byte);
    }
    if (count <= 6) return isSigned && number >= turn / 2 ? number - turn : number;
    if (isSigned) value = BigInt.asIntN(8 * count, value);
    const near = Number(value);
    return Number.isSafeInteger(near) ? near : value;
  };
}

function floatReader(as: ByteType): FieldReader {
  if (as.order.endsWith("-words")) return wordReader(as, floatReader({ ...as, order: "be" }));
  const isLittle = as.order === "le";
  if (as.bytes === 4) {
    return isLittle ? (bytes, at) => bytes.readFloatLE(at) : (bytes, at) => bytes.readFloatBE(at);
  }
  return isLittle ? (bytes, at) => bytes.readDoubleLE(at) : (bytes, at) => bytes.readDoubleBE(at);
}

/**
 * 16-bit words in the other order than their bytes: `be-words` are big-endian words, the last one first (CDAB),
 * `le-words` little-endian words, the first one first (BADC).
 */
function wordReader({ bytes: count, order }: ByteType, read: FieldReader): FieldReader {
  const straight = Buffer.alloc(8);
  return (bytes, at) => {
    for (let i = 0; i < count; i++) {
      const from = order === "be-words" ? (count - 2 - (i & ~1)) | (i & 1) : i ^ 1;
      straight[i] = bytes[at + from] as number;
    }
    return read(straight, 0);
  };
}

function bcdReader({ bytes: count, order }: ByteType): FieldReader {
  return (bytes, at) => {
    let text = bytes.toString("hex", at, at + count);
    if (order === "le") text = (text.match(/../g) ?? []).reverse().join("");
    if (!/^\d+$/.test(text)) return undefined;
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
  };
}

/** Up to the first NUL, blanks at the end cut. */
function textReader(count: number): FieldReader {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return (bytes, at) => {
    const nul = bytes.indexOf(0, at);
    const end = nul < 0 ? at + count : Math.min(nul, at + count);
    try {
      return decoder.decode(bytes.subarray(at, end)).trimEnd();
    } catch {
      return undefined;
    }
  };
}

function bitReader(
  read: FieldReader,
  { first, count }: { readonly first: number; readonly count: number },
  isSigned: boolean,
): FieldReader {
  if (first + count <= 31) {
    const mask = 2 ** count - 1;
    const up = 32 - count;
    return (bytes, at) => {
      const value = read(bytes, at);
      // The low 32 bits survive the conversion, whatever stands above them.
      const low = typeof value === "bigint" ? Number(value & 0x7fff_ffffn) : (value as number) | 0;
      const field = (low >>> first) & mask;
      return isSigned ? (field << up) >> up : field;
    };
  }
  return (bytes, at) => {
    const field = BigInt.asUintN(
      count,
      BigInt(read(bytes, at) as number | bigint) >> BigInt(first),
    );
    const value = isSigned ? BigInt.asIntN(count, field) : field;
    const near = Number(value);
    return Number.isSafeInteger(near) ? near : value;
  };
}
