// What every codec must survive: damaged messages and noise. Each gives rows, or a reason with its place; nothing else.

import assert from "node:assert/strict";

import fc from "fast-check";

import type { PayloadRows } from "./payload-rows.ts";

/** More than any frame of the tests takes; a length that is believed would take seconds and gigabytes. */
const SLOW_MS = 500;

/** Feeds mutations of `frames`, and random bytes, to a reader. */
export function survives(rows: PayloadRows, frames: readonly Uint8Array[], runs = 3000): void {
  fc.assert(
    fc.property(fc.oneof(mutation(frames), noise()), (bytes) => {
      const startedMs = process.cpuUsage().user / 1000;
      const { reason, position, rows: read } = rows.read(bytes);
      if (reason === "") assert.ok(read.length <= Math.max(1, bytes.length));
      else {
        assert.ok(read.length === 0);
        assert.ok(position >= 0 && position <= bytes.length, `${reason} at ${position}`);
      }
      assert.ok(process.cpuUsage().user / 1000 - startedMs < SLOW_MS, "it took too long");
    }),
    { numRuns: runs },
  );
}

/** A frame with bytes changed, cut off, put in and doubled. */
function mutation(frames: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({
    kind: fc.constantFrom("set", "insert", "delete", "cut", "repeat", "big"),
    at: fc.nat(400),
    byte: fc.integer({ min: 0, max: 255 }),
  });
  return fc
    .tuple(fc.constantFrom(...frames), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([frame, edits]) => {
      let bytes = Buffer.from(frame);
      for (const { kind, at, byte } of edits) {
        const place = bytes.length === 0 ? 0 : at % bytes.length;
        const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)];
        if (kind === "set") bytes = Buffer.concat([head, Buffer.of(byte), tail.subarray(1)]);
        else if (kind === "insert") bytes = Buffer.concat([head, Buffer.of(byte), tail]);
        else if (kind === "delete") bytes = Buffer.concat([head, tail.subarray(1)]);
        else if (kind === "cut") bytes = Buffer.from(head);
        else if (kind === "repeat") bytes = Buffer.concat([bytes, tail]);
        // What most codecs take for an enormous length or number.
        else bytes = Buffer.concat([head, Buffer.alloc(1 + (byte % 10), 0xff), tail]);
      }
      return Uint8Array.from(bytes);
    });
}

function noise(): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength: 64 });
}
