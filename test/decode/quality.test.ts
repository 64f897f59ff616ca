// What is said of values that are not simply good: by the clock, by bounds, by flags of the device, and by what is
// remembered of its measurements.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parseProfile } from "../../src/config/profile-load.ts";
import { profileDecoding, profileTable } from "../../src/config/profile-table.ts";
import { ByteReader, ByteWriter } from "../../src/core/bytes.ts";
import type { QualityReason } from "../../src/core/format/profile-decoding.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import type { MapValue } from "../../src/core/types.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import { MeasurementHistory } from "../../src/decode/measurement-history.ts";
import { profileText } from "../config/profile-text.ts";
import { messageBatch, RECEIVE_TIME_MS, rowsOf } from "./batch.ts";

const RESOURCES = `
  - {name: temp, attributes: {pointer: /temp}, properties: {valueType: Float64, maximum: 100}}
  - {name: rpm, attributes: {pointer: /rpm}, properties: {valueType: Int32, minimum: 0}}
  - {name: total, attributes: {pointer: /total}, properties: {valueType: Int64, maximum: 1000}}
  - {name: fault, attributes: {pointer: /fault}, properties: {valueType: Bool}}
  - {name: word, attributes: {pointer: /word}, properties: {valueType: String}}
`;
const OWN_TIME = "time: {pointer: /ts, else: receive, whenUnsynced: accept, whenAhead: clamp}";

/** One life of a decoder of a profile, told of the columns that rules read. */
class Life {
  readonly decoder: Decoder;
  readonly #reader = new MessageReader();
  readonly #table: ReturnType<typeof profileTable>;

  constructor(gateway: string, options: { read?: readonly string[]; resume?: Uint8Array } = {}) {
    const text = profileText({ resources: RESOURCES, gateway: `  ${gateway}\n` });
    const profile = parseProfile(text, "p.yaml");
    this.#table = profileTable(profile);
    const names = this.#table.columns.map(({ name }) => name);
    const required = (options.read ?? names).map((name) => names.indexOf(name));
    this.decoder = new Decoder(
      {
        tables: [{ table: this.#table, required, profile: profileDecoding(profile) }],
        gatewayId: "gw",
        receiveMaximum: 10,
        reader: this.#reader,
      },
      options.resume,
    );
  }

  /** Payloads of a device, each so many seconds after the receive time: `quality {column=reason}` of each row. */
  rows(payloads: readonly (readonly [number, object])[], device = "d1", trusted = true): string[] {
    this.#reader.clockTrusted = trusted;
    const messages = payloads.map(([seconds, values]) => ({
      topic: `plant/l1/${device}`,
      payload: JSON.stringify({ ts: RECEIVE_TIME_MS + seconds * 1000, ...values }),
    }));
    this.#reader.load(messageBatch(messages));
    const batch = this.decoder.decode().tables[0] ?? assert.fail();
    return rowsOf(this.#table, batch).map(({ quality, quality_reasons: reasons }) => {
      const { keys, values } = (reasons ?? { keys: [], values: [] }) as MapValue;
      const pairs = keys.map((key, i) => `${key as string}=${values[i] as string}`).toSorted();
      return [quality as string, ...pairs].join(" ");
    });
  }

  /** Reasons counted so far, those that occurred. */
  get counts(): Partial<Record<QualityReason, number>> {
    const counts = Object.entries(this.decoder.quality[0] ?? {});
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }
}

describe("the quality of a row", () => {
  it("names what is out of range, by column, and is that of the worst", () => {
    const life = new Life(`${OWN_TIME}\n  quality: {range: uncertain}`);
    assert.deepEqual(
      life.rows([
        [0, { temp: 20, rpm: 5 }],
        [1, { temp: 101, rpm: -1 }],
        [2, { temp: "NaN" }],
        [3, {}],
        [4, { total: "9007199254740993" }],
        [5, { total: 1000 }],
      ]),
      [
        "good",
        "uncertain rpm=range temp=range",
        "uncertain temp=range",
        "good",
        "uncertain total=range",
        "good",
      ],
    );
    assert.deepEqual(life.counts, { range: 4 });
    const lenient = new Life(`${OWN_TIME}\n  quality: {range: good}`);
    assert.deepEqual(lenient.rows([[1, { temp: 101 }]]), ["good temp=range"]);
  });

  it("says what is the matter with an event time, counted also where no rule reads it", () => {
    const payloads = [
      [0, {}],
      [0, { ts: null }],
      [0, { ts: 5000 }],
      [7200, {}],
    ] as const;
    const life = new Life(OWN_TIME);
    assert.deepEqual(life.rows(payloads), [
      "good",
      "good event_time=received",
      "uncertain event_time=unsynced",
      "uncertain event_time=ahead",
    ]);
    assert.deepEqual(life.counts, { received: 1, unsynced: 1, ahead: 1 });
    const blind = new Life(OWN_TIME, { read: ["temp"] });
    blind.rows(payloads);
    assert.deepEqual(blind.counts, life.counts);
    assert.deepEqual(life.rows(payloads, "d1", false), [
      "good",
      "uncertain event_time=untrusted",
      "uncertain event_time=unsynced",
      "good",
    ]);
    assert.deepEqual(new Life("").rows([[0, {}]]), ["good event_time=received"]);
  });

  it("obeys flags of the device, of one measurement or of all", () => {
    const flags = (of: string): Life => new Life(`${OWN_TIME}\n  quality: {flags: [${of}]}`);
    const payloads = [
      [0, { temp: 20, fault: false }],
      [1, { temp: 20, fault: true }],
      [2, { temp: 20, fault: null, rpm: 3 }],
      [3, { temp: 200, fault: true }],
    ] as const;
    assert.deepEqual(flags("{resource: fault, on: temp, quality: uncertain}").rows(payloads), [
      "good",
      "uncertain temp=flag",
      "good",
      "bad temp=range",
    ]);
    assert.deepEqual(flags("{resource: fault}").rows(payloads.slice(0, 2)), [
      "good",
      "bad fault=flag",
    ]);
    assert.deepEqual(flags("{resource: rpm}").rows(payloads.slice(1, 3)), ["good", "bad rpm=flag"]);
  });

  it("makes a value uncertain that has not changed for stuckFor, by the device's own time", () => {
    const life = new Life(`${OWN_TIME}\n  quality: {stuckFor: 60s}`);
    const at = (seconds: number, temp: number | null): [number, object] => [
      seconds,
      { temp, rpm: 1 },
    ];
    assert.deepEqual(
      life.rows([
        at(0, 20),
        at(30, 20),
        at(59, 20),
        at(60, 20),
        at(70, null),
        at(80, 20),
        at(81, 21),
      ]),
      ["good", "good", "good", "uncertain temp=stuck", "good", "uncertain temp=stuck", "good"],
    );
    // A row that comes late changes nothing.
    assert.deepEqual(life.rows([at(70, 20), at(140, 21), at(142, 21), at(141, 21)]), [
      "good",
      "good",
      "uncertain temp=stuck",
      "uncertain temp=stuck",
    ]);
    // After a gap nobody knows what it was meanwhile.
    assert.deepEqual(life.rows([at(250, 21), at(309, 21), at(310, 21)]), [
      "good",
      "good",
      "uncertain temp=stuck",
    ]);
    assert.deepEqual(life.rows([at(310, 21)], "d2"), ["good"]);
  });

  it("makes a measurement stale that has been missing for silentFor, and watches those named only", () => {
    const life = new Life(`${OWN_TIME}\n  quality: {silentFor: {word: 60s, rpm: 90s}}`);
    assert.deepEqual(
      life.rows([
        [0, { rpm: 1 }],
        [59, { temp: 1 }],
        [60, { temp: 1 }],
        [61, { word: "on" }],
        [90, {}],
        [120, { rpm: 2 }],
        [121, {}],
      ]),
      [
        "good",
        "good",
        "uncertain word=stale",
        "good",
        "uncertain rpm=stale",
        "good",
        "uncertain word=stale",
      ],
    );
    assert.deepEqual(life.counts, { stale: 3 });
  });

  it("is the same with any restart, and begins anew where what is watched has changed", () => {
    const gateway = `${OWN_TIME}\n  quality: {stuckFor: 60s, silentFor: 100s}`;
    const payloads = Array.from({ length: 40 }, (_, i) => {
      const values = i % 13 === 0 ? { temp: i } : i % 7 === 0 ? { rpm: 1 } : { temp: 5, word: "w" };
      return [i * 17, values] as const;
    });
    const straight = new Life(gateway);
    const expected = straight.rows(payloads);
    assert.ok(expected.some((row) => row.includes("stuck")));
    assert.ok(expected.some((row) => row.includes("stale")));
    let life = new Life(gateway);
    const rows = payloads.flatMap((payload) => {
      life = new Life(gateway, { resume: life.decoder.snapshot() });
      return life.rows([payload]);
    });
    assert.deepEqual(rows, expected);
    assert.deepEqual(life.counts, straight.counts);
    const resume = life.decoder.snapshot();
    const changed = new Life(gateway.replace("60s", "50s"), { resume });
    assert.deepEqual(changed.counts, {});
    assert.deepEqual(new Life(OWN_TIME, { resume }).rows([[0, {}]]), ["good"]);
  });

  it("remembers as it should although no rule reads it", () => {
    const gateway = `${OWN_TIME}\n  quality: {stuckFor: 60s}`;
    const blind = new Life(gateway, { read: ["word"] });
    blind.rows([
      [0, { temp: 1 }],
      [30, { temp: 1 }],
      [60, { temp: 1 }],
    ]);
    assert.deepEqual(blind.counts, { stuck: 1 });
    const seeing = new Life(gateway, { resume: blind.decoder.snapshot() });
    assert.deepEqual(seeing.rows([[61, { temp: 1 }]]), ["uncertain temp=stuck"]);
  });

  it("is not changed by a message that becomes a dead letter", () => {
    const life = new Life("time: {pointer: /ts}\n  quality: {stuckFor: 60s}");
    life.rows([[0, { temp: 1 }]]);
    assert.deepEqual(life.rows([[30, { temp: 1, ts: null }]]), []);
    assert.deepEqual(
      life.rows([
        [45, { temp: 1 }],
        [60, { temp: 1 }],
      ]),
      ["good", "uncertain temp=stuck"],
    );
  });
});

describe("the history of measurements", () => {
  const watched = [{ stuckForMs: 10, silentForMs: Infinity }];

  it("forgets devices beyond its bound, counted, also after a restart", () => {
    const stuck = (of: MeasurementHistory, device: string, ms: number): boolean => {
      of.row(device, ms);
      return of.isStuck(0, 1, ms);
    };
    let history = new MeasurementHistory(watched, 2);
    for (const device of ["a", "b"]) assert.equal(stuck(history, device, 0), false);
    for (const device of ["a", "b"]) assert.equal(stuck(history, device, 9), false);
    assert.equal(stuck(history, "c", 9), false);
    assert.equal(history.evictions, 1);
    const writer = new ByteWriter();
    history.write(writer);
    history = new MeasurementHistory(watched, 2);
    history.read(new ByteReader(writer.take()));
    assert.deepEqual(
      ["b", "a"].map((device) => stuck(history, device, 10)),
      [true, false],
    );
    assert.equal(history.evictions, 2);
  });
});
