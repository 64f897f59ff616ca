// The quick way to a timestamp against the careful one: where it answers, it answers the same.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";

import { JsonCursor } from "../../../src/decode/json/cursor.ts";
import { plainTimestamp, timestampForm } from "../../../src/decode/json/plain-timestamp.ts";
import { parseTimestamp, TIMESTAMP_FORMATS } from "../../../src/decode/json/texts.ts";

type Format = (typeof TIMESTAMP_FORMATS)[number];

function quick(payload: string, format: Format, zoned: boolean): { ms: number; moved: number } {
  const cursor = new JsonCursor();
  const bytes = Buffer.from(payload);
  cursor.reset(bytes, 0, bytes.length);
  return { ms: plainTimestamp(cursor, timestampForm(format, zoned)), moved: cursor.pos };
}

const digits = (length: number, most: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(length, "0"));
/** Mostly well-formed; each part is sometimes beyond its range. */
const texts = fc
  .tuple(
    fc.oneof(digits(4, 9999), fc.constantFrom("1900", "2000", "2023", "2024", "-001", "12345")),
    digits(2, 13),
    digits(2, 32),
    fc.constantFrom(" ", "T", "T", "t", "-"),
    digits(2, 25),
    digits(2, 61),
    fc.option(digits(2, 61), { freq: 10 }),
    fc.constantFrom("", ".", ".1", ".12", ".123", ".1234", ".123456789", ".1234567891"),
    fc.constantFrom("", "Z", "Z", "z", "+00:00"),
  )
  .map(([year, month, day, separator, hour, minute, second, fraction, zone]) => {
    const seconds = second === null ? "" : `:${second}`;
    return `${year}-${month}-${day}${separator}${hour}:${minute}${seconds}${fraction}${zone}`;
  });

describe("the quick way to a timestamp", () => {
  it("gives what the careful one gives, or leaves the text to it", () => {
    fc.assert(
      fc.property(
        texts,
        fc.constantFrom(...TIMESTAMP_FORMATS),
        fc.boolean(),
        (text, format, zoned) => {
          const { ms, moved } = quick(`"${text}"}`, format, zoned);
          if (Number.isNaN(ms)) assert.equal(moved, 0);
          else {
            assert.equal(ms, parseTimestamp(text, format, zoned)?.ms, text);
            assert.equal(moved, text.length + 2);
          }
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it("takes what devices send", () => {
    const answered = (text: string, format: Format, zoned: boolean): boolean =>
      !Number.isNaN(quick(`"${text}"`, format, zoned).ms);
    assert.ok(answered("2024-02-29T23:59:59", "ISO-8601", false));
    assert.ok(answered("2024-02-29T23:59:59.123456789Z", "ISO-8601", true));
    assert.ok(answered("1969-12-31 00:00:00.5", "SQL", false));
    assert.ok(answered("2024-12-31 00:00:00Z", "SQL", true));
  });

  it("stops at the end of the message", () => {
    for (const payload of ['"2024-02-29T23:59:59', '"2024-02-29T23:59:59.1', '"', "", "20240"]) {
      assert.deepEqual(quick(payload, "ISO-8601", false), { ms: Number.NaN, moved: 0 });
    }
    // What stands behind the message's end is not read.
    const cursor = new JsonCursor();
    cursor.reset(Buffer.from('"2024-02-29T23:59:59"'), 0, 20);
    assert.equal(plainTimestamp(cursor, timestampForm("ISO-8601", false)), Number.NaN);
  });
});
