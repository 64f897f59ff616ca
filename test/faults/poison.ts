// Payloads that break readers of JSON, or whoever trusts one: a fixed list, and good ones that were tampered with.

import type { Draw } from "./draw.ts";

const KIB = 1024;
/** Above the limit of a packet (1 MiB) and at the most that is read through (16 MiB). */
const LARGE_BYTES = [2 * KIB * KIB, 15 * KIB * KIB];

/** By name. The table's columns are device STRING, seq BIGINT, v DOUBLE. */
export function poisonPayloads(): Readonly<Record<string, Buffer>> {
  const text = (json: string): Buffer => Buffer.from(json);
  return {
    nothing: Buffer.alloc(0),
    spaces: text("   "),
    "bad UTF-8": Buffer.concat([text('{"device":"'), Buffer.from([0xff, 0xc0, 0x80]), text('"}')]),
    "UTF-16": Buffer.from('{"device":"a"}', "utf16le"),
    "byte order mark": text('\ufeff{"device":"a","seq":1}'),
    "lone surrogate": text('{"device":"\\ud800","seq":1}'),
    "NUL in a text": text('{"device":"a\\u0000b","seq":1}'),
    "arrays 100,000 deep": text("[".repeat(100_000)),
    "objects 100,000 deep": text('{"a":'.repeat(100_000)),
    "deep in an unread field": text(`{"device":"a","x":${"[".repeat(5000)}${"]".repeat(5000)}}`),
    NaN: text('{"device":"a","v":NaN}'),
    Infinity: text('{"device":"a","v":-Infinity}'),
    "1e308": text('{"device":"a","v":1e308}'),
    "1e999": text('{"device":"a","v":1e999}'),
    "minus zero": text('{"device":"a","v":-0}'),
    "a million digits": text(`{"device":"a","seq":${"9".repeat(500_000)}}`),
    "exponent of a million": text('{"device":"a","v":1e1000000}'),
    "beyond BIGINT": text('{"device":"a","seq":9223372036854775808}'),
    __proto__: text('{"__proto__":{"device":"a","seq":1},"constructor":{"prototype":{"seq":1}}}'),
    "names of methods": text('{"toString":1,"hasOwnProperty":2,"valueOf":3,"device":"__proto__"}'),
    "the same key twice": text('{"device":"a","device":"b","seq":1,"seq":"x"}'),
    "100,000 keys": text(
      `{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":${n}`).join(",")}}`,
    ),
    "a text of 500 kB": text(`{"device":"${"x".repeat(500_000)}"}`),
    "half an object": text('{"device":"a","seq":'),
    "two objects": text('{"device":"a"}{"device":"b"}'),
    "no object": text("42"),
    null: text("null"),
    "object for a number": text('{"device":"a","seq":{"seq":1}}'),
    "text for a number": text('{"device":"a","seq":"1; DROP TABLE outbox"}'),
    CBOR: Buffer.from([0xa1, 0x61, 0x61, 0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]),
    ...Object.fromEntries(
      LARGE_BYTES.map((bytes) => [
        `${bytes / KIB / KIB} MiB of nothing`,
        Buffer.alloc(bytes, 0x20),
      ]),
    ),
  };
}

/** Good messages with some bytes changed, left out or put in. */
export function tampered(draw: Draw, count: number): Buffer[] {
  return Array.from({ length: count }, (_, n) => {
    const good = { device: `t${n}`, seq: n, v: n / 3, more: { list: [1, "two", null, true] } };
    const bytes = [...Buffer.from(JSON.stringify(good))];
    for (let turn = draw.between(1, 4); turn > 0; turn--) {
      const at = draw.below(bytes.length);
      bytes.splice(at, draw.below(3), ...drawBytes(draw));
    }
    return Buffer.from(bytes);
  });
}

function drawBytes(draw: Draw): number[] {
  const signs = [...Buffer.from('{}[]":,\\0-.eE')];
  return Array.from({ length: draw.below(3) }, () =>
    draw.below(2) === 0 ? draw.pick(signs) : draw.below(256),
  );
}
