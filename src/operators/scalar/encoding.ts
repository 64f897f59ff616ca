// Hashes, hexadecimal, Base64 and character sets.

import { createHash } from "node:crypto";

import { dataError, quoted } from "../data-error.ts";
import type { ScalarFunction, ScalarTable } from "./implementation.ts";
import { partial, plain } from "./implementation.ts";

/** The functions of this file. */
export const ENCODINGS: ScalarTable = {
  MD5: hash("md5"),
  SHA1: hash("sha1"),
  SHA224: hash("sha224"),
  SHA256: hash("sha256"),
  SHA384: hash("sha384"),
  SHA512: hash("sha512"),
  SHA2: partial((text: string, bits: number) =>
    SHA2_BITS.has(bits) ? digest(`sha${bits}`, text) : null,
  ),
  HEX: plain((value: string | number | bigint) =>
    typeof value === "string"
      ? Buffer.from(value).toString("hex").toUpperCase()
      : unsigned(value).toString(16).toUpperCase(),
  ),
  BIN: plain((value: number | bigint) => unsigned(value).toString(2)),
  TO_BASE64: plain((text: string) => Buffer.from(text).toString("base64")),
  FROM_BASE64: plain((text: string) =>
    /^[A-Za-z0-9+/]*={0,2}$/.test(text)
      ? Buffer.from(text, "base64").toString()
      : dataError(`${quoted(text)} is no Base64`),
  ),
  ENCODE: plain((text: string, charset: string) => encode(text, charset)),
  DECODE: plain((bytes: Uint8Array, charset: string) => decode(bytes, charset)),
};

const SHA2_BITS: ReadonlySet<number> = new Set([224, 256, 384, 512]);

function hash(algorithm: string): ScalarFunction {
  return plain((text: string) => digest(algorithm, text));
}

function digest(algorithm: string, text: string): string {
  return createHash(algorithm).update(text).digest("hex");
}

/** The 64 bits of a Java long. */
function unsigned(value: number | bigint): bigint {
  return BigInt.asUintN(64, BigInt(value));
}

function encode(text: string, charset: string): Uint8Array {
  switch (charset.toUpperCase()) {
    case "UTF-8":
      return Buffer.from(text);
    case "US-ASCII":
      return Buffer.from(text.replace(/[^\0-\x7f]/gu, "?"), "latin1");
    case "ISO-8859-1":
      return Buffer.from(text.replace(/[^\0-\xff]/gu, "?"), "latin1");
    case "UTF-16LE":
      return Buffer.from(text, "utf16le");
    case "UTF-16BE":
      return Buffer.from(text, "utf16le").swap16();
    case "UTF-16":
      return Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, "utf16le").swap16()]);
    default:
      return dataError(`the character set ${quoted(charset)} is not known`);
  }
}

function decode(bytes: Uint8Array, charset: string): string {
  const buffer = Buffer.from(bytes);
  switch (charset.toUpperCase()) {
    case "UTF-8":
      return buffer.toString();
    case "US-ASCII":
      return buffer.toString("latin1").replace(/[\x80-\xff]/g, "\ufffd");
    case "ISO-8859-1":
      return buffer.toString("latin1");
    case "UTF-16LE":
      return buffer.toString("utf16le");
    case "UTF-16BE":
      return buffer
        .subarray(0, buffer.length & ~1)
        .swap16()
        .toString("utf16le");
    case "UTF-16": {
      if (buffer[0] === 0xff && buffer[1] === 0xfe) return buffer.subarray(2).toString("utf16le");
      const start = buffer[0] === 0xfe && buffer[1] === 0xff ? 2 : 0;
      return buffer
        .subarray(start, start + ((buffer.length - start) & ~1))
        .swap16()
        .toString("utf16le");
    }
    default:
      return dataError(`the character set ${quoted(charset)} is not known`);
  }
}
