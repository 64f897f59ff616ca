// Checksums over bytes, by the parameters of core/format/checksums.ts. CRCs go by a table of 256 words, a byte a step.

import { checksumNamed } from "../../core/format/checksums.ts";
import type { Crc, Sum } from "../../core/format/checksums.ts";
import { assert } from "../../core/errors.ts";

/** The checksum of bytes [from, to), an unsigned number of `bytes` bytes. */
export interface ChecksumFunction {
  readonly bytes: number;
  compute(bytes: Uint8Array, from: number, to: number): number;
}

/** The function of a name such as `crc16/modbus`, which the configuration has checked. */
export function checksumFunction(name: string): ChecksumFunction {
  const checksum = checksumNamed(name);
  assert(checksum !== undefined, `there is no checksum ${name}`);
  const bytes = checksum.width / 8;
  return { bytes, compute: checksum.kind === "crc" ? crc(checksum) : sum(checksum) };
}

function crc(spec: Crc): ChecksumFunction["compute"] {
  const { width, last } = spec;
  const mask = width === 32 ? 0xffff_ffff : (1 << width) - 1;
  if (spec.isReflected) {
    const table = reflectedTable(reflected(spec.polynomial, width));
    const first = reflected(spec.first, width);
    return (bytes, from, to) => {
      let register = first;
      for (let at = from; at < to; at++) {
        const index = (register ^ (bytes[at] as number)) & 0xff;
        register = (register >>> 8) ^ (table[index] as number);
      }
      return ((register ^ last) & mask) >>> 0;
    };
  }
  // The register stands at the top of 32 bits, so that one table form serves all widths.
  const up = 32 - width;
  const table = plainTable((spec.polynomial << up) >>> 0);
  const first = (spec.first << up) >>> 0;
  return (bytes, from, to) => {
    let register = first;
    for (let at = from; at < to; at++) {
      const index = ((register >>> 24) ^ (bytes[at] as number)) & 0xff;
      register = (register << 8) ^ (table[index] as number);
    }
    return (((register >>> up) ^ last) & mask) >>> 0;
  };
}

function reflectedTable(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) === 0 ? 0 : polynomial);
    return value >>> 0;
  });
}

function plainTable(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte << 24;
    for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? polynomial : 0);
    return value >>> 0;
  });
}

function reflected(value: number, width: number): number {
  let result = 0;
  for (let bit = 0; bit < width; bit++) {
    if (((value >>> bit) & 1) === 1) result |= 1 << (width - 1 - bit);
  }
  return result >>> 0;
}

function sum({ kind, width }: Sum): ChecksumFunction["compute"] {
  const mask = (1 << width) - 1;
  return (bytes, from, to) => {
    let total = 0;
    if (kind === "xor") for (let at = from; at < to; at++) total ^= bytes[at] as number;
    else for (let at = from; at < to; at++) total += bytes[at] as number;
    if (kind === "ones") total = ~total;
    return (kind === "twos" ? -total : total) & mask;
  };
}
