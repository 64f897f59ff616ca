// The table of short strings, small at first.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { STRING_CACHE_SLOTS } from "../../src/core/limits.ts";
import { JsonCursor } from "../../src/decode/json/cursor.ts";
import { StringCache } from "../../src/decode/string-cache.ts";

describe("StringCache", () => {
  it("gives every string as it stands, while it grows and when it is full", () => {
    const cache = new StringCache();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 4 * STRING_CACHE_SLOTS; i++) {
        const text = `sensor-${i}`;
        assert.equal(read(cache, text), text);
      }
    }
  });
});

function read(cache: StringCache, text: string): string | undefined {
  const cursor = new JsonCursor(cache);
  const bytes = Buffer.from(JSON.stringify(text));
  cursor.reset(bytes, 0, bytes.length);
  return cache.read(cursor);
}
