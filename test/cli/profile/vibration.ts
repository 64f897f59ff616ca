// A binary profile for the tests of `headrace profile`. Its lines are named by number there.

export const VIBRATION = `name: vib
deviceResources:
  - name: rms
    attributes: {at: 10, as: u16be}
    properties: {valueType: Float32, units: mm/s, scale: 0.01, minimum: 0, maximum: 100}
  - {name: temperature, attributes: {at: 12, as: i16be}, properties: {valueType: Float32, units: Cel, scale: 0.01}}
  - name: alarm
    attributes: {at: 14, as: u16be, bit: 0, bits: 1}
    properties: {valueType: Uint8}
x-gateway:
  version: 1
  match: {topic: "plant/{device}/vib"}
  codec: {type: binary, minLength: 16}
  time: {at: 4, as: u48be, unit: ms}
  identity:
    sequence: {at: 0, as: u16be}
    wraps: 65536
  examples:
    - topic: plant/p1/vib
      hex: 0007 1068 019b76daa8fa 00d2 ff38 8001
      row: {rms: 2.1, temperature: -2, alarm: 1, sequence: 7}
`;
