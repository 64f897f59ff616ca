// Profiles that reach what no device of ours has: records, bases of time, every type of bytes, quoted fields.

import { join } from "node:path";

import { parseProfile } from "../../../src/config/profile-load.ts";
import type { Profile } from "../../../src/config/profile.ts";

const FRAME = `
name: every-byte
deviceResources:
  - {name: words, attributes: {record: 0, as: f32cdab}, properties: {valueType: Float32}}
  - {name: swapped, attributes: {record: 4, as: i32badc}, properties: {valueType: Int32}}
  - {name: digits, attributes: {record: 8, as: bcd3le}, properties: {valueType: Uint32}}
  - {name: odd, attributes: {record: 11, as: i24le}, properties: {valueType: Float64, scale: 0.001, offset: -3}}
  - {name: low, attributes: {record: 14, as: u8, bit: 0, bits: 5}, properties: {valueType: Uint8}}
  - {name: high, attributes: {record: 14, as: i8, bit: 5, bits: 3}, properties: {valueType: Int8}}
  - {name: shifted, attributes: {at: 8, as: u16le}, properties: {valueType: Uint16, mask: 0x0ff0, shift: 4}}
  - {name: label, attributes: {at: 10, as: text6}, properties: {valueType: String}}
  - {name: serial, attributes: {at: -6, as: hex2}, properties: {valueType: String}}
x-gateway:
  version: 1
  match: {topic: "every/{device}"}
  codec:
    type: binary
    check: {crc32: {kind: iso-hdlc, at: -4}}
    records: {at: 16, end: -6, length: {field: {record: 15, as: u8}}, count: {at: 6, as: u8}}
  time: {at: 4, as: u16be, unit: ms, base: {at: 0, as: u32be, unit: s}}
  identity: {sequence: {at: 7, as: u8}, wraps: 200, window: 10}
  simulate:
    period: {every: 1s}
    signals:
      words: {base: 3, noise: 1}
      swapped: {base: -70000, noise: 5000}
      digits: {base: 4321, noise: 800}
      odd: {base: 12, noise: 40}
      low: {base: 9, noise: 9}
      high: {base: 0, noise: 9}
      shifted: {base: 100, noise: 40}
      label: {constant: pump}
      serial: {constant: beef}
`;

const SENML = `
name: senml-cbor
deviceResources:
  - {name: level, attributes: {name: level}, properties: {valueType: Float64}}
  - {name: mode, attributes: {name: mode}, properties: {valueType: String}}
  - {name: on, attributes: {name: "on"}, properties: {valueType: Bool}}
x-gateway:
  version: 1
  match: {topic: "pack/{device}"}
  codec: {type: senml, encoding: cbor}
  identity: {sequence: {name: n}}
  simulate:
    period: {every: 1s}
    signals: {level: {base: 3, noise: 2}, mode: {constant: auto}, on: {constant: false}}
`;

const CSV = `
name: csv-quoted
deviceResources:
  - {name: text, attributes: {column: 2}, properties: {valueType: String}}
  - {name: level, attributes: {column: 5}, properties: {valueType: Float32, scale: 0.1}}
x-gateway:
  version: 1
  match: {topic: "lines/{device}"}
  codec: {type: csv, delimiter: ";", skipLines: 2}
  time: {column: 1, unit: s}
  simulate:
    period: {every: 1s}
    signals: {text: {constant: 'a;"b" # c'}, level: {base: 3, noise: 2}}
`;

const BATCH = `
name: batch-msgpack
deviceResources:
  - {name: level, attributes: {pointer: /rows/*/1}, properties: {valueType: Float64}}
  - {name: limit, attributes: {pointer: /limits/2/high}, properties: {valueType: Int64}}
x-gateway:
  version: 1
  match: {topic: "batch/{device...}"}
  codec: {type: msgpack}
  time: {pointer: /rows/*/0, unit: us, base: {pointer: /from, unit: iso8601}}
  identity: {sequence: {pointer: /n}}
  simulate:
    period: {every: 1s}
    constants: {/kind: batch, "/of": "{device}"}
    signals: {level: {base: 3, noise: 2}, limit: {base: -5000000000, noise: 70}}
`;

const AVRO = `
name: avro-every
deviceResources:
  - {name: small, attributes: {path: inner.small}, properties: {valueType: Int32}}
  - {name: large, attributes: {path: inner.large}, properties: {valueType: Float64, scale: 0.001}}
  - {name: real, attributes: {path: real}, properties: {valueType: Float64, scale: 0.25}}
  - {name: maybe, attributes: {path: maybe}, properties: {valueType: Int64}}
  - {name: first, attributes: {path: list.*.v}, properties: {valueType: Int32}}
  - {name: flag, attributes: {path: flag}, properties: {valueType: Bool}}
  - {name: kind, attributes: {path: kind}, properties: {valueType: String}}
x-gateway:
  version: 1
  match: {topic: "avro/{device}"}
  codec: {type: avro-confluent, schema: every.avsc}
  time: {path: ts, unit: us}
  identity: {sequence: {path: seq}}
  simulate:
    period: {every: 1s}
    signals:
      small: {base: -3, noise: 40}
      large: {base: 70000, noise: 9000}
      real: {base: 12, noise: 4}
      maybe: {base: 5, noise: 90}
      first: {base: 0, noise: 9}
      flag: {constant: true}
      kind: {constant: B}
`;

export const ADDRESS_PROFILES: readonly Profile[] = [FRAME, SENML, CSV, BATCH, AVRO].map((text) =>
  parseProfile(text, join(import.meta.dirname, "address-profiles.ts")),
);
