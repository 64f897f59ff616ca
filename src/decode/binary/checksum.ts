// Checksums over bytes, by the parameters of core/format/checksums.ts. CRCs go by a table of 256 words, a byte a step.

import type { FrameCheck } from "../../core/format/profile-codec.ts";
import { checksumNamed } from "../../core/format/checksums.ts";
import type { Crc, Sum } from "../../core/format/checksums.ts";
import { assert } from "../../core/errors.ts";

/** The checksum of bytes [from, to), an unsigned number of `bytes` bytes. */
export interface ChecksumFunction {
  readonly bytes: number;
  compute(bytes: Uint8Array, from: number, to: number): number;
}

/** The checksum of a frame: where it is stored, what it is, and what it should be. One object for all frames. */
export class FrameChecksum {
  at = 0;
  stored = 0;
  computed = 0;
  readonly bytes: number;
  readonly #check: FrameCheck;
  readonly #compute: ChecksumFunction["compute"];

  constructor(check: FrameCheck) {
    const { bytes, compute } = checksumFunction(check.algorithm);
    this.#check = check;
    this.bytes = bytes;
    this.#compute = compute;
  }

  get isRight(): boolean {
    return this.stored === this.computed;
  }

  /** Of the frame [start, end); false: it has no room for one. */
  read(frame: Uint8Array, start: number, end: number): boolean {
    const { order } = this.#check;
    const width = this.bytes;
    const at = place(this.#check.at, start, end);
    const from = place(this.#check.from, start, end);
    const to = place(this.#check.to, start, end);
    if (at < start || at + width > end || from < start || to > end || from > to) return false;
    let stored = 0;
    for (let i = 0; i < width; i++) {
      stored = stored * 256 + (frame[order === "be" ? at + i : at + width - 1 - i] as number);
    }
    this.at = at;
    this.stored = stored;
    this.computed = this.#compute(frame, from, to);
    return true;
  }

  /** Stores what it should be in a frame that begins at 0, in which there is room for it. */
  write(frame: Buffer): void {
    this.read(frame, 0, frame.length);
    const { at, bytes, computed } = this;
    if (this.#check.order === "be") frame.writeUIntBE(computed, at, bytes);
    else frame.writeUIntLE(computed, at, bytes);
  }
}

/** Negative: from the end. */
function place(at: number, start: number, end: number): number {
  return (at < 0 ? end : start) + at;
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
