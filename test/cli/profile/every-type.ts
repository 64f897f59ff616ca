// A profile with a column of every value type, and rows of extremes.

export const EVERY_TYPE = `name: every-type
manufacturer: O'Neill
deviceResources:
  - {name: flag, description: "it's on", attributes: {pointer: /b}, properties: {valueType: Bool}}
  - {name: i8, attributes: {pointer: /i8}, properties: {valueType: Int8}}
  - {name: i16, attributes: {pointer: /i16}, properties: {valueType: Int16}}
  - {name: i32, attributes: {pointer: /i32}, properties: {valueType: Int32}}
  - {name: i64, attributes: {pointer: /i64}, properties: {valueType: Int64}}
  - {name: u8, attributes: {pointer: /u8}, properties: {valueType: Uint8, maximum: 250}}
  - {name: u16, attributes: {pointer: /u16}, properties: {valueType: Uint16}}
  - {name: u32, attributes: {pointer: /u32}, properties: {valueType: Uint32}}
  - {name: u64, attributes: {pointer: /u64}, properties: {valueType: Uint64}}
  - {name: f32, attributes: {pointer: /f32}, properties: {valueType: Float32, units: "%"}}
  - {name: f64, attributes: {pointer: /f64}, properties: {valueType: Float64, units: Cel}}
  - {name: words, attributes: {pointer: /s}, properties: {valueType: String}}
x-gateway:
  version: 1
  match: {topic: "plant/{line}/{device}"}
  codec: {type: json}
  time: {pointer: /ts, outOfOrder: 150s}
  examples:
    - topic: plant/l1/d1
      payload: >-
        {"ts":1767225600250,"b":true,"i8":-128,"i16":32767,"i32":-2147483648,"i64":9223372036854775807,"u8":255,
        "u16":65535,"u32":4294967295,"u64":18446744073709551615,"f32":0.1,"f64":-1.5e300,"s":"it's \\"x\\" | é"}
      row: {i64: "9223372036854775807", u64: "18446744073709551615", f32: 0.1, words: "it's \\"x\\" | é"}
    - topic: plant/l1/d2
      payload: '{"ts":1767225600000}'
      row: {flag: null, u64: null, words: null}
`;
