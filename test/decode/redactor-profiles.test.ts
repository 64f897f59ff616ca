// CSV and binary frames of a profile made private: what the journal would keep, and the rows that come of it.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";

import { privateMessages } from "../../src/config/profile-privacy.ts";
import { parseProfile } from "../../src/config/profile-load.ts";
import { profileDecoding, profileTable } from "../../src/config/profile-table.ts";
import type { Profile } from "../../src/config/profile.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import { Redactor } from "../../src/decode/redactor.ts";
import { refusal } from "../config/profile-refusal.ts";
import { profileText } from "../config/profile-text.ts";
import { messageBatch, rowsOf } from "./batch.ts";

const KEY = "a key that is long enough";
const hash = (text: string): string =>
  createHmac("sha256", KEY).update(text).digest("hex").slice(0, 32);

interface Private {
  readonly bytes: Buffer;
  readonly rows: readonly Record<string, unknown>[];
  readonly dead: readonly string[];
}

/** What becomes of one payload. */
function keep(profile: Profile, payload: string | Buffer): Private {
  const redactor = new Redactor(privateMessages(profile, KEY));
  const reader = new MessageReader();
  const batch = messageBatch([{ topic: "plant/l1/d1", payload }]);
  reader.load(batch);
  reader.load(redactor.apply(batch, reader));
  const table = profileTable(profile);
  const required = table.columns.map((_, i) => i);
  const decoder = new Decoder({
    tables: [{ table, required, profile: profileDecoding(profile) }],
    gatewayId: "gw",
    receiveMaximum: 10,
    reader,
  });
  const bytes = Buffer.from(reader.payload(0));
  const { tables, deadLetters } = decoder.decode();
  return {
    bytes,
    rows: tables.flatMap((each) => rowsOf(table, each)),
    dead: deadLetters.map(({ reason }) => reason),
  };
}

const text = (name: string, at: string): string =>
  `  - {name: ${name}, attributes: {${at}}, properties: {valueType: String}}`;

describe("private fields of CSV", () => {
  const profile = parseProfile(
    profileText({
      resources: [
        text("owner", "column: 1"),
        text("badge", "column: 2"),
        text("phone", "column: 4"),
        "  - {name: n, attributes: {column: 3}, properties: {valueType: Int32}}",
      ].join("\n"),
      codec: "{type: csv, comments: true, skipLines: 1}",
      gateway:
        '  privacy: {fields: {owner: drop, badge: hash, phone: {truncate: 3}}, key: "${file:k}"}',
    }),
    "p.yaml",
  );

  it("are blank, hashed or cut in every line; comments go", () => {
    const { bytes, rows, dead } = keep(
      profile,
      'owner,badge,n,phone\n"Love, lace" , Ada ,1,0815 4711\r\n# Ada\nx,"A""a",2,"a,""bcd"\n,,3\n',
    );
    assert.deepEqual(dead, []);
    assert.equal(
      bytes.toString(),
      ["owner,badge,n,phone", `,${hash("Ada")},1,081`, `,${hash('A"a')},2,"a,"""`, ",,3"].join(
        "\n",
      ),
    );
    const who = rows.map(({ owner, badge, n, phone }) => ({ owner, badge, n, phone }));
    assert.deepEqual(who, [
      { owner: null, badge: hash("Ada"), n: 1, phone: "081" },
      { owner: null, badge: hash('A"a'), n: 2, phone: 'a,"' },
      { owner: null, badge: null, n: 3, phone: null },
    ]);
  });

  it("take the whole payload with them where it is not CSV", () => {
    for (const broken of ['h\n"Ada', 'h\n"Ada"x,1', Buffer.from([0x68, 10, 0xff])]) {
      const { bytes, rows, dead } = keep(profile, broken);
      assert.equal(bytes.toString(), '"withheld: the payload is not CSV');
      assert.deepEqual(rows, []);
      assert.match(dead.join(), /not CSV: a quoted field does not end/);
    }
  });

  it("are gone, and other fields read as before, whatever stands in them", () => {
    const field = fc.string({ unit: fc.constantFrom("a", "7", " ", ",", '"', "\n", "#", "é") });
    const cell = (value: string): string => `"${value.replaceAll('"', '""')}"`;
    const plain = parseProfile(
      profileText({
        resources: [text("owner", "column: 1"), text("note", "column: 2")].join("\n"),
        codec: "{type: csv}",
        gateway: "  privacy: {fields: {owner: drop}}",
      }),
      "p.yaml",
    );
    const open = { ...plain, privacy: undefined };
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field), { maxLength: 4 }), (lines) => {
        const payload = lines.map((line) => line.map(cell).join(",")).join("\n");
        const notes = (of: Private): unknown[] => of.rows.map(({ note }) => note);
        const kept = keep(plain, payload);
        // A line of blanks alone is no row, private or not.
        const isThere = (note: unknown): boolean => note !== null;
        const before = notes(keep(open, payload)).filter(isThere);
        assert.deepEqual(notes(kept).filter(isThere), before);
        assert.ok(kept.rows.every(({ owner }) => owner === null));
      }),
    );
  });
});

const FRAME = [
  "  - {name: n, attributes: {at: 0, as: u16be}, properties: {valueType: Int32}}",
  text("badge", "at: 2, as: text32"),
  text("phone", "at: 34, as: text6"),
  "  - {name: pin, attributes: {at: -4, as: u16be}, properties: {valueType: Int32}}",
].join("\n");
const CODEC = "{type: binary, minLength: 44, check: {crc16: {kind: modbus, at: -2}}}";
const PRIVACY =
  '  privacy: {fields: {badge: hash, phone: {truncate: 3}, pin: drop}, key: "${file:k}"}';

describe("private fields of a binary frame", () => {
  const profile = parseProfile(
    profileText({ resources: FRAME, codec: CODEC, gateway: PRIVACY }),
    "p.yaml",
  );

  function frame(badge: string, phone: string): Buffer {
    const bytes = Buffer.alloc(44);
    bytes.writeUInt16BE(7, 0);
    bytes.write(badge, 2);
    bytes.write(phone, 34);
    bytes.writeUInt16BE(4711, 40);
    bytes.writeUInt16LE(crcModbus(bytes.subarray(0, 42)), 42);
    return bytes;
  }

  it("are hashed, cut or zero, all of their bytes, and the checksum is right again", () => {
    const { bytes, rows, dead } = keep(profile, frame("Ada", "0815é"));
    assert.deepEqual(dead, []);
    assert.equal(bytes.toString("latin1", 2, 34), hash("Ada"));
    assert.equal(bytes.toString("latin1", 34, 40), "081\0\0\0");
    assert.equal(bytes.readUInt16BE(40), 0);
    assert.equal(bytes.readUInt16LE(42), crcModbus(bytes.subarray(0, 42)));
    const [row] = rows;
    assert.deepEqual(
      [row?.["n"], row?.["badge"], row?.["phone"], row?.["pin"]],
      [7, hash("Ada"), "081", null],
    );
  });

  it("take the frame with them where its length or its checksum is wrong", () => {
    const damaged = frame("Ada", "0815");
    damaged.writeUInt8(1, 41);
    for (const broken of [damaged, frame("Ada", "0815").subarray(0, 43), Buffer.alloc(0)]) {
      const { bytes, rows, dead } = keep(profile, broken);
      assert.equal(bytes.length, 0);
      assert.deepEqual(rows, []);
      assert.match(dead.join(), /a frame of 0 bytes/);
    }
  });

  it("are refused where clearing them would change something else, or cannot be done", () => {
    const refused = (
      fields: string,
      change: (resources: string) => string,
      codec = CODEC,
    ): string =>
      refusal({
        resources: change(FRAME),
        codec,
        gateway: `  privacy: {fields: {${fields}}, key: "\${file:k}"}`,
      });
    const same = (resources: string): string => resources;
    const overlap = /something else is read from its bytes/;
    assert.match(
      refused("pin: drop", (all) => all.replace("at: -4", "at: -3")),
      overlap,
    );
    assert.match(
      refused("phone: drop", (all) => all.replace("at: 34", "at: 33")),
      overlap,
    );
    // In the shortest frame they meet.
    assert.match(refused("phone: drop", same, CODEC.replace("44", "43")), overlap);
    assert.match(refused("pin: hash", same), /"pin" is Int32: hash makes text/);
    assert.match(
      refused("badge: hash", (all) => all.replace("text32", "text31")),
      /a hash has 32 bytes, the field has 31/,
    );
    assert.match(
      refused("pin: drop", (all) =>
        all.replace("at: -4, as: u16be", "at: -4, as: u16be, bit: 0, bits: 3"),
      ),
      /privacy of bits is not built yet/,
    );
    const records = CODEC.replace("}}}", "}}, records: {at: 40, size: 2, end: -2}}");
    assert.match(
      refused("pin: drop", (all) => all.replace("at: -4", "record: 0"), records),
      /privacy of a field of a record is not built yet/,
    );
    assert.match(refused("pin: drop", same, records), overlap);
    assert.match(
      refused("pin: drop", same, CODEC.replace("minLength: 44, ", "")),
      /needs a codec\.minLength above 0/,
    );
  });
});

describe("a private text", () => {
  const of = (fields: string, resources = text("tag", "")): Profile =>
    parseProfile(
      profileText({
        resources,
        codec: "{type: text}",
        gateway: `  privacy: {fields: {${fields}}, key: "\${file:k}"}`,
      }),
      "p.yaml",
    );

  it("is hashed, cut or dropped; what is no text is a dead letter", () => {
    const kept = (fields: string, payload: string | Buffer): unknown => {
      const { bytes, rows, dead } = keep(of(fields), payload);
      return [bytes.toString("latin1"), rows[0]?.["tag"], dead.join()];
    };
    assert.deepEqual(kept("tag: hash", " Ada\n"), [hash("Ada"), hash("Ada"), ""]);
    assert.deepEqual(kept("tag: {truncate: 1}", "Ada"), ["A", "A", ""]);
    assert.deepEqual(kept("tag: drop", "Ada"), ["", null, ""]);
    assert.deepEqual(kept("tag: hash", "  "), ["", null, ""]);
    const dead = "the text is not UTF-8, at byte 0";
    assert.deepEqual(kept("tag: hash", Buffer.from([65, 0xff])), ["\u00ff", undefined, dead]);
  });

  it("is so for every resource that reads it", () => {
    const both = [text("tag", ""), text("other", "")].join("\n");
    assert.throws(() => of("tag: hash", both), /the text is that of every resource/);
    assert.throws(() => of("tag: hash, other: drop", both), /the text is that of every resource/);
    assert.ok(of("tag: hash, other: hash", both));
  });
});

/** CRC-16/MODBUS, bit by bit. */
function crcModbus(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}
