import assert from "node:assert/strict";
import { test } from "node:test";
import type { Profile } from "../../../src/config/profile.ts";
import { columnValue } from "../../../firmware-sim/device/columns.ts";
import { compileDevice } from "../../../firmware-sim/device/compile.ts";
import type { Fact } from "../../../firmware-sim/device/device.ts";
import { deviceEncoder } from "../../../firmware-sim/device/encoder.ts";
import { AS_IT_IS, at, profileFixture, resource } from "../profile-fixture.ts";

const FACT: Fact = {
  device: 0,
  sequence: 7,
  trueTimeMs: 1_700_000_000_123,
  eventTimeMs: 1_700_000_000_123,
  values: [4821, 205],
  labels: [],
};

function encode(profile: Profile, fact: Fact = FACT): string {
  const plan = compileDevice(profile, { startMs: 0 });
  return deviceEncoder(profile, plan, { line: "a b", device: 'd"1' }).payload(fact) as string;
}

test("a payload has constants, sequence, time and measurements at their pointers", () => {
  assert.equal(
    encode(profileFixture()),
    '{"device":"d\\"1","seq":7,"ts":1700000000123,"temperature":48.21,"vibration":2.05}',
  );
});

test("the topic's captures are filled in", () => {
  const profile = profileFixture();
  const plan = compileDevice(profile, { startMs: 0 });
  assert.equal(deviceEncoder(profile, plan, { line: "l1", device: "d1" }).topic, "plant/l1/d1/up");
});

test("paths that share a parent become one object, numeric steps an array", () => {
  const profile = profileFixture({
    resources: [
      resource("temperature", { address: at("em", "0", "t/c") }),
      resource("vibration", { address: at("em", "1", "v~") }),
    ],
    simulate: { constants: { "/method": "Notify" } },
  });
  assert.deepEqual(JSON.parse(encode(profile)), {
    method: "Notify",
    seq: 7,
    ts: 1_700_000_000_123,
    em: [{ "t/c": 48.21 }, { "v~": 2.05 }],
  });
});

test("a missing measurement leaves its field out", () => {
  const text = encode(profileFixture(), { ...FACT, values: [null, 205] });
  assert.deepEqual(Object.keys(JSON.parse(text) as object), ["device", "seq", "ts", "vibration"]);
});

test("times are written in the profile's unit", () => {
  const inUnit = (unit: Profile["time"]["unit"]): unknown => {
    const base = profileFixture();
    const profile = { ...base, time: { ...base.time, unit } };
    return (JSON.parse(encode(profile)) as { ts: unknown }).ts;
  };
  assert.equal(inUnit("s"), 1_700_000_000.123);
  assert.equal(inUnit("us"), 1_700_000_000_123_000);
  assert.equal(inUnit("iso8601"), "2023-11-14T22:13:20.123Z");
});

test("a sequence number wraps where the profile says so", () => {
  const base = profileFixture();
  const profile = { ...base, identity: { ...base.identity!, wraps: 5 } };
  assert.equal((JSON.parse(encode(profile)) as { seq: number }).seq, 2);
});

test("a scaled resource sends the raw integer whose column value is the signal", () => {
  const scaled = resource("temperature", {
    transform: { ...AS_IT_IS, scale: 0.01, offset: -40 },
    valueType: "Float32",
  });
  const profile = profileFixture({
    resources: [scaled],
    simulate: { signals: { temperature: { kind: "constant", value: 21.5 } } },
  });
  const plan = compileDevice(profile, { startMs: 0 });
  const units = plan.signals[0]!.base;
  assert.equal(units, 6150);
  assert.equal(plan.signals[0]!.decimals, 0);
  assert.equal(columnValue(scaled, plan.signals[0]!, units), Math.fround(21.5));
});

test("texts and truth values are constant, integers have no decimals", () => {
  const profile = profileFixture({
    resources: [
      resource("state", { valueType: "String" }),
      resource("on", { valueType: "Bool" }),
      resource("count", { valueType: "Int32" }),
    ],
    simulate: {
      signals: {
        state: { kind: "constant", value: "run" },
        on: { kind: "constant", value: true },
        count: { kind: "noise", base: 100, noise: 3 },
      },
    },
  });
  const payload = JSON.parse(encode(profile, { ...FACT, values: [101] })) as Record<
    string,
    unknown
  >;
  assert.deepEqual([payload["state"], payload["on"], payload["count"]], ["run", true, 101]);
});

test("a profile without a simulate section cannot be simulated", () => {
  const profile = { ...profileFixture(), simulate: undefined };
  assert.throws(
    () => compileDevice(profile, { startMs: 0 }),
    /test-sensor has no simulate section/,
  );
});
