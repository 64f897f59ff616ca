// Ways to damage a file while nobody has it open.

import { readFileSync, writeFileSync } from "node:fs";

import type { Draw } from "./draw.ts";

const KINDS = ["cut", "flipped bit", "zeros", "rubbish", "rubbish to the end"] as const;

export interface Damage {
  readonly kind: (typeof KINDS)[number];
  /** The first byte that is another one, or is gone. */
  readonly offset: number;
  /** Bytes that are overwritten; 0 for a cut. */
  readonly bytes: number;
}

const SECTOR_BYTES = 512;

/** A damage to this file: somewhere in it, more often than by chance in its first or last bytes. */
export function drawDamage(draw: Draw, file: string): Damage {
  const content = readFileSync(file);
  const kind = draw.pick(KINDS);
  const offset = drawOffset(draw, content.length);
  const sector = content.subarray(offset, offset + SECTOR_BYTES);
  switch (kind) {
    case "cut":
      return { kind, offset, bytes: 0 };
    case "flipped bit":
      return { kind, offset, bytes: 1 };
    case "rubbish":
      return { kind, offset, bytes: sector.length };
    case "rubbish to the end":
      return { kind, offset, bytes: content.length - offset };
    case "zeros": {
      const first = sector.findIndex((byte) => byte !== 0);
      // Zeros in the place of zeros are no damage.
      if (first < 0) return { kind: "flipped bit", offset, bytes: 1 };
      return { kind, offset: offset + first, bytes: sector.length - first };
    }
  }
}

export function damage(file: string, { kind, offset, bytes }: Damage): void {
  const content = readFileSync(file);
  if (kind === "cut") {
    writeFileSync(file, content.subarray(0, offset));
    return;
  }
  for (let at = offset; at < offset + bytes; at++) {
    const old = content[at] ?? 0;
    // Rubbish differs from what was there in every byte.
    if (kind === "zeros") content[at] = 0;
    else content[at] = old ^ (kind === "flipped bit" ? 0x10 : 1 + (at % 255));
  }
  writeFileSync(file, content);
}

function drawOffset(draw: Draw, size: number): number {
  const near = draw.below(Math.min(64, size));
  const place = draw.pick(["anywhere", "anywhere", "anywhere", "at the start", "at the end"]);
  if (place === "at the start") return near;
  if (place === "at the end") return size - 1 - near;
  // A draw is a whole number below 2^21: a file may be larger.
  return Math.floor((draw.below(2 ** 20) / 2 ** 20) * size);
}
