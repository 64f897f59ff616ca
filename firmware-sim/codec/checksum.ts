// Checksums of frames, a bit at a time as their definition has them; the gateway goes by tables. The parameters are
// those of the profile format: a test holds them against the catalogue's check values.

import { checksumNamed } from "../../src/core/format/checksums.ts";
import type { Crc } from "../../src/core/format/checksums.ts";

/** The checksum of `bytes` and its length in bytes. */
export function checksum(name: string, bytes: Uint8Array): { value: number; bytes: number } {
  const spec = checksumNamed(name);
  if (spec === undefined) throw new Error(`there is no checksum ${name}`);
  const turn = 2 ** spec.width;
  const size = spec.width / 8;
  if (spec.kind === "crc") return { value: crc(spec, bytes), bytes: size };
  if (spec.kind === "xor")
    return { value: bytes.reduce((all, byte) => all ^ byte, 0), bytes: size };
  const total = bytes.reduce((all, byte) => (all + byte) % turn, 0);
  const value = { sum: total, ones: turn - 1 - total, twos: (turn - total) % turn }[spec.kind];
  return { value, bytes: size };
}

/** Division by the polynomial: the register is the remainder so far. */
function crc({ width, polynomial, first, isReflected, last }: Crc, bytes: Uint8Array): number {
  const turn = 2 ** width;
  let register = first;
  for (const byte of bytes) {
    for (let i = 0; i < 8; i++) {
      const bit = (byte >>> (isReflected ? i : 7 - i)) & 1;
      const carry = (register >= turn / 2 ? 1 : 0) ^ bit;
      register = (register * 2) % turn;
      if (carry === 1) register = (register ^ polynomial) >>> 0;
    }
  }
  if (isReflected) register = reversed(register, width);
  return (register ^ last) >>> 0;
}

function reversed(value: number, width: number): number {
  let result = 0;
  for (let bit = 0; bit < width; bit++) result = result * 2 + ((value >>> bit) & 1);
  return result;
}
