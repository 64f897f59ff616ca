// CBOR and MessagePack made private: read back by other people's libraries.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { decode as decodeCbor, encode as encodeCbor } from "cborg";
import fc from "fast-check";
import { Packr } from "msgpackr";

import { EACH } from "../../src/core/format/profile-codec.ts";
import type { PrivacyAction } from "../../src/core/format/privacy.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import { Redactor } from "../../src/decode/redactor.ts";
import { messageBatch } from "./batch.ts";

const KEY = "a key that is long enough";
const DROP = { kind: "drop" } as const;
const packr = new Packr({ useRecords: false, mapsAsObjects: false });

/** How others write and read a format; keys may be whole numbers. */
const FORMATS = [
  {
    format: "cbor",
    encode: (value: unknown): Buffer => Buffer.from(encodeCbor(value)),
    decode: (bytes: Buffer): unknown => decodeCbor(bytes, { useMaps: true }) as unknown,
  },
  {
    format: "msgpack",
    encode: (value: unknown): Buffer => packr.pack(value),
    decode: (bytes: Buffer): unknown => packr.unpack(bytes) as unknown,
  },
] as const;

interface PathField {
  readonly path: readonly string[];
  readonly action: PrivacyAction;
}

function redact(
  payload: Buffer,
  format: "cbor" | "msgpack",
  paths: readonly PathField[],
): { readonly bytes: Buffer; readonly withheld: number } {
  const topic = "plant/{device}";
  const fields = paths.map(({ path, action }) => {
    return { address: { kind: "path", path }, action } as const;
  });
  const codec = { type: format };
  const redactor = new Redactor([{ topic, except: [], codec, fields, key: KEY }]);
  const reader = new MessageReader();
  const batch = messageBatch([{ topic: "plant/d1", payload }]);
  reader.load(batch);
  reader.load(redactor.apply(batch, reader));
  return { bytes: Buffer.from(reader.payload(0)), withheld: redactor.counts.withheld };
}

for (const { format, encode, decode } of FORMATS) {
  describe(`private fields of ${format}`, () => {
    it("become null, a keyed hash, or their first characters, wherever they stand", () => {
      const hash = createHmac("sha256", KEY).update("Ada").digest("hex").slice(0, 32);
      const fields: PathField[] = [
        { path: ["a"], action: DROP },
        { path: ["b"], action: { kind: "hash" } },
        { path: ["7"], action: { kind: "truncate", characters: 2 } },
        { path: ["list", EACH, "name"], action: DROP },
        { path: ["list", "0", "id"], action: { kind: "truncate", characters: 1 } },
        { path: ["bytes"], action: { kind: "hash" } },
        { path: ["long"], action: { kind: "truncate", characters: 1000 } },
      ];
      const name = new Map<unknown, unknown>([["name", "x"]]);
      const { bytes, withheld } = redact(
        encode(
          new Map<unknown, unknown>([
            ["a", [1, new Map([["x", 2]])]],
            ["b", "Ada"],
            [7, "😀é!"],
            ["list", [new Map<unknown, unknown>([...name, ["id", 12]]), "x", null, name]],
            ["bytes", Buffer.from("Ada")],
            ["long", "é".repeat(2000)],
            ["kept", ["name", 1.5, null, name]],
          ]),
        ),
        format,
        fields,
      );
      assert.equal(withheld, 0);
      const none = new Map([["name", null]]);
      assert.deepEqual(
        decode(bytes),
        new Map<unknown, unknown>([
          ["a", null],
          ["b", hash],
          [7, "😀é"],
          ["list", [new Map<unknown, unknown>([...none, ["id", "1"]]), "x", null, none]],
          ["bytes", null],
          ["long", "é".repeat(1000)],
          ["kept", ["name", 1.5, null, name]],
        ]),
      );
    });

    it("are found each time where a map has them twice", () => {
      const fields = [{ path: ["a"], action: DROP }];
      const [one, two] = [encode("a"), encode("x")];
      const head = format === "cbor" ? 0xa2 : 0x82;
      const payload = Buffer.concat([Buffer.from([head]), one, two, one, two]);
      assert.ok(!redact(payload, format, fields).bytes.includes("x"));
    });

    it("take the whole payload with them where it is not of the format from end to end", () => {
      const whole = encode(new Map([["a", "Lovelace"]]));
      const fields = [{ path: ["a"], action: DROP }];
      const broken = [whole.subarray(0, -1), Buffer.concat([whole, whole]), Buffer.alloc(0)];
      for (const payload of broken) {
        const { bytes, withheld } = redact(payload, format, fields);
        assert.equal(withheld, 1);
        assert.match(String(decode(bytes)), /^withheld: the payload is not (?:CBOR|MessagePack)$/);
      }
    });

    it("are gone from any map, and the rest is what it was", () => {
      const fields = [{ path: ["secret"], action: DROP }];
      const value = fc.letrec((tie) => ({
        any: fc.oneof(
          { depthSize: "small" },
          fc.string(),
          fc.double({ noNaN: true }),
          fc.boolean(),
          fc.constant(null),
          fc.array(tie("any")),
          fc.array(fc.tuple(fc.string(), tie("any"))).map((pairs) => new Map(pairs)),
        ),
      })).any;
      const map = fc.array(fc.tuple(fc.string(), value)).map((pairs) => new Map(pairs));
      fc.assert(
        fc.property(map, value, (rest, secret) => {
          const { bytes } = redact(encode(new Map([...rest, ["secret", secret]])), format, fields);
          const same = encode(new Map([...rest, ["secret", null]]));
          assert.deepEqual(decode(bytes), decode(same));
        }),
      );
    });
  });
}
