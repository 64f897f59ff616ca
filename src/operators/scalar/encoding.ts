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
  SHA2: ({ position }) => ({
    apply: (data: string | Uint8Array, bits: number) => {
      const algorithm = SHA2_ALGORITHMS.get(bits);
      return algorithm === undefined
        ? dataError(`there is no SHA-2 of ${bits} bits`, position)
        : digest(algorithm, data);
    },
  }),
  HEX: plain((value: string | number | bigint) =>
    typeof value === "string"
      ? Buffer.from(value).toString("hex").toUpperCase()
      : unsigned(value).toString(16).toUpperCase(),
  ),
  BIN: plain((value: number | bigint) => unsigned(value).toString(2)),
  UNHEX: partial(unhex),
  TO_BASE64: plain((data: string | Uint8Array) => bytesOf(data).toString("base64")),
  FROM_BASE64: plain((data: string | Uint8Array) => {
    const text = bytesOf(data).toString("latin1");
    return BASE64.test(text)
      ? Buffer.from(text, "base64").toString()
      : dataError(`${quoted(text)} is no Base64`);
  }),
  ENCODE: plain((text: string, charset: string) => encode(text, charset)),
  DECODE: plain((bytes: Uint8Array, charset: string) => decode(bytes, charset)),
};

/** As Java's basic decoder: padding may be left out, but not be wrong. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** Java finds SHA-1 under its own number, too. */
const SHA2_ALGORITHMS: ReadonlyMap<number, string> = new Map([
  [1, "sha1"],
  [224, "sha224"],
  [256, "sha256"],
  [384, "sha384"],
  [512, "sha512"],
]);

function hash(algorithm: string): ScalarFunction {
  return plain((data: string | Uint8Array) => digest(algorithm, data));
}

function digest(algorithm: string, data: string | Uint8Array): string {
  return createHash(algorithm).update(data).digest("hex");
}

function bytesOf(data: string | Uint8Array): Buffer {
  return typeof data === "string"
    ? Buffer.from(data)
    : Buffer.from(data.buffer, data.byteOffset, data.length);
}

/** Of an odd number of digits Flink takes the first for a byte of 0, whatever it is. */
function unhex(text: string): Uint8Array | null {
  if (!/^[0-9a-fA-F]*$/.test(text)) return null;
  return Buffer.from(text.length % 2 === 0 ? text : `00${text.slice(1)}`, "hex");
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
      if (text === "") return Buffer.alloc(0);
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
      return UTF_16.decode(buffer);
    case "UTF-16BE":
      return UTF_16.decode(swapped(buffer));
    case "UTF-16":
      if (buffer[0] === 0xff && buffer[1] === 0xfe) return UTF_16.decode(buffer.subarray(2));
      return UTF_16.decode(
        swapped(buffer[0] === 0xfe && buffer[1] === 0xff ? buffer.subarray(2) : buffer),
      );
    default:
      return dataError(`the character set ${quoted(charset)} is not known`);
  }
}

/** Gives U+FFFD for half a character. */
const UTF_16 = new TextDecoder("utf-16le", { ignoreBOM: true });

/** Big endian as little endian; a last odd byte stays. */
function swapped(bytes: Uint8Array): Buffer {
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();
  return Buffer.concat([even, bytes.subarray(even.length)]);
}
