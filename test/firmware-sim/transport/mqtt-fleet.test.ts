import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { compileDevice } from "../../../firmware-sim/device/compile.ts";
import { deviceEncoder } from "../../../firmware-sim/device/encoder.ts";
import { CALM } from "../../../firmware-sim/device/plan.ts";
import { startDemoFleet } from "../../../firmware-sim/demo.ts";
import { MqttFleet } from "../../../firmware-sim/transport/mqtt-fleet.ts";
import { paced } from "../../../firmware-sim/transport/pace.ts";
import { TruthLog } from "../../../firmware-sim/truth.ts";
import { profileFixture } from "../profile-fixture.ts";
import { FakeListener } from "./fake-listener.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const SKEW_MS = 3000;
const START_MS = 1_700_000_000_000;

async function pacedFleet(options: { devices: number; samples: number }): Promise<{
  listener: FakeListener;
  fleet: MqttFleet;
  truth: TruthLog;
  finished: Promise<void>;
  openGate: (untilMs: number) => void;
}> {
  const listener = new FakeListener();
  const port = await listener.listen();
  const profile = profileFixture();
  const plan = compileDevice(profile, {
    startMs: START_MS,
    samples: options.samples,
    behaviour: {
      ...CALM,
      resend: { share: 0.1, withinMs: 1000, dupShare: 0.5 },
      disorder: { share: 0.2, byMs: 1000 },
    },
  });
  const devices = Array.from({ length: options.devices }, (_, i) => ({
    name: `d${i}`,
    plan,
    encoder: deviceEncoder(profile, plan, { line: "a", device: `d${i}` }),
  }));
  const truth = new TruthLog({
    deviceName: (device) => `d${device}`,
    valuesOf: ({ values }) => ({ temperature: values[0]! / 100 }),
  });
  const finished = Promise.withResolvers<void>();
  let gateMs = Infinity;
  const fleet = new MqttFleet({
    host: "127.0.0.1",
    port,
    version: (device) => (device % 2 === 0 ? 4 : 5),
    seed: 3,
    devices,
    pace: paced({ skewMs: SKEW_MS, gateMs: () => gateMs }),
    truth,
    onProgress: () => fleet.finished && finished.resolve(),
  });
  closers.push(
    () => listener.close(),
    () => fleet.stop(),
  );
  return {
    listener,
    fleet,
    truth,
    finished: finished.promise,
    openGate: (untilMs) => (gateMs = untilMs),
  };
}

/** Every first arrival's event time may trail the newest one seen by no more than skew plus disorder. */
function assertSkew(listener: FakeListener): void {
  let newest = 0;
  const seen = new Set<string>();
  for (const { payload } of listener.received) {
    const { device, seq, ts } = JSON.parse(payload) as { device: string; seq: number; ts: number };
    if (!seen.has(`${device}/${seq}`))
      assert.ok(newest - ts <= SKEW_MS + 1000, String(newest - ts));
    seen.add(`${device}/${seq}`);
    newest = Math.max(newest, ts);
  }
}

test("a paced fleet delivers everything within its skew, though links keep breaking", async () => {
  const { listener, fleet, truth, finished } = await pacedFleet({ devices: 20, samples: 200 });
  fleet.start();
  for (let drop = 1; drop <= 3; drop++) {
    await listener.until(() => listener.received.length > drop * 800);
    listener.dropAll();
    fleet.breakLink(drop);
  }
  await finished;
  assertSkew(listener);
  const records = truth.records();
  assert.equal(records.length, 20 * 200);
  assert.ok(records.every(({ fate }) => fate === "acknowledged"));
  const arrived = new Set(
    listener.received.map(({ payload }) => {
      const { device, seq } = JSON.parse(payload) as { device: string; seq: number };
      return `${device}/${seq}`;
    }),
  );
  assert.equal(arrived.size, records.length);
  assert.ok(fleet.stats.repeated > 0 && fleet.stats.connects > 20);
  const again = records.filter(({ sent }) => sent.length > 1).length / records.length;
  assert.ok(again > 0.08 && again < 0.12, String(again));
});

test("a gate holds the fleet back until it is opened", async () => {
  const { listener, fleet, finished, openGate } = await pacedFleet({ devices: 5, samples: 100 });
  openGate(START_MS + 50_000);
  fleet.start();
  await listener.until(() => listener.received.length > 5 * 45);
  assert.ok(
    listener.received.every(
      ({ payload }) => (JSON.parse(payload) as { ts: number }).ts <= START_MS + 50_000,
    ),
  );
  openGate(Infinity);
  await finished;
  assert.ok(fleet.stats.acknowledged >= 500);
});

test("the demonstration fleet shows an excess and a growing noise within its first seconds", async () => {
  const listener = new FakeListener();
  const port = await listener.listen();
  const seconds = 15;
  const demo = startDemoFleet({
    host: "127.0.0.1",
    port,
    profile: profileFixture(),
    excess: { on: "temperature", by: 40 },
    roughness: { on: "vibration", sigma: 3 },
    startMs: START_MS,
    // Fifty times as fast as the wall: the fleet sees fifteen seconds pass in a third of one.
    monotonicMs: () => performance.now() * 50,
  });
  closers.push(
    () => listener.close(),
    () => demo.stop(),
  );
  await listener.until(() => listener.received.length >= 50 * seconds);
  const rows = listener.received.map(
    ({ payload }) =>
      JSON.parse(payload) as { device: string; ts: number; temperature: number; vibration: number },
  );
  assert.equal(new Set(rows.map(({ device }) => device)).size, 50);
  const soon = rows.filter(({ ts }) => ts < START_MS + seconds * 1000);
  assert.ok(soon.some(({ temperature }) => temperature > 80));
  assert.ok(soon.some(({ vibration }) => Math.abs(vibration - 2) > 2));
  const well = soon.filter(({ device }) => device === "sensor-01");
  assert.ok(well.every(({ temperature, vibration }) => temperature < 60 && vibration < 4));
});
