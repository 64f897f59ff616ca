import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { compileDevice, type DeviceOptions } from "../../../firmware-sim/device/compile.ts";
import {
  type DeviceState,
  type Fact,
  LABEL_FLUSH,
  LABEL_LATE,
  newDevice,
  step,
} from "../../../firmware-sim/device/device.ts";
import { deviceEncoder } from "../../../firmware-sim/device/encoder.ts";
import { type Behaviour, CALM } from "../../../firmware-sim/device/plan.ts";
import { captureLine, readCapture } from "../../../firmware-sim/capture.ts";
import { Fleet, type Transmission } from "../../../firmware-sim/fleet.ts";
import { deviceRandom } from "../../../firmware-sim/random.ts";
import { profileFixture } from "../profile-fixture.ts";

const START_MS = 1_700_000_000_000;
const BUSY: Behaviour = {
  resend: { share: 0.1, withinMs: 2000, dupShare: 0.5 },
  disorder: { share: 0.2, byMs: 1500 },
  late: { share: 0.01, afterMs: 20_000, byMs: 40_000 },
  outage: { everyMs: 60_000, forMs: 10_000 },
  bufferFacts: 5,
};

interface Run {
  readonly facts: Fact[];
  readonly sent: Transmission[];
  readonly lost: Fact[];
}

function run(options: Partial<DeviceOptions> & { devices?: number; seed?: number } = {}): Run {
  const { devices = 1, seed = 1, ...device } = options;
  const plan = compileDevice(profileFixture(), { startMs: START_MS, samples: 300, ...device });
  const result: Run = { facts: [], sent: [], lost: [] };
  const fleet = new Fleet({
    seed,
    plans: Array.from({ length: devices }, () => plan),
    onFact: (fact) => result.facts.push(fact),
    onTransmit: (transmission) => result.sent.push(transmission),
    onLost: (fact) => result.lost.push(fact),
  });
  fleet.run(Infinity);
  return result;
}

test("a fleet's bytes are the same in every run, on every machine", () => {
  const profile = profileFixture();
  const plan = compileDevice(profile, { startMs: START_MS, samples: 200, behaviour: BUSY });
  const encoders = Array.from({ length: 20 }, (_, i) =>
    deviceEncoder(profile, plan, { line: "a", device: `d${i}` }),
  );
  const hash = createHash("sha256");
  const fleet = new Fleet({
    seed: 42,
    plans: encoders.map(() => plan),
    onTransmit: (transmission) => {
      hash.update(captureLine(encoders[transmission.fact.device]!, transmission));
    },
  });
  fleet.run(Infinity);
  assert.equal(
    hash.digest("hex"),
    "0da34d6fe54326b8dba1d5db6ac715c00fa1899229037c0528a8bf0186083ad4",
  );
});

test("running in small steps gives what one run gives", () => {
  const whole = run({ devices: 5, behaviour: BUSY });
  const plan = compileDevice(profileFixture(), {
    startMs: START_MS,
    samples: 300,
    behaviour: BUSY,
  });
  const sent: Transmission[] = [];
  const fleet = new Fleet({
    seed: 1,
    plans: Array.from({ length: 5 }, () => plan),
    onTransmit: (transmission) => sent.push(transmission),
  });
  while (fleet.nextTimeMs < Infinity) fleet.run(fleet.nextTimeMs + 7, 3);
  assert.deepEqual(sent, whole.sent);
});

test("a step changes nothing that it was given", () => {
  const plan = compileDevice(profileFixture(), { startMs: START_MS, samples: 50, behaviour: BUSY });
  const random = deviceRandom(1, 0);
  let state: DeviceState = freeze(newDevice(0));
  for (let n = 0; n < 50; n++) {
    const event = { kind: "sample", n } as const;
    const on = { plan, random, nowMs: START_MS + n * 1000 };
    const first = step(state, event, on);
    assert.deepEqual(step(state, event, on), first);
    state = freeze(first.state);
    if (n === 20) state = freeze(step(state, { kind: "link", up: false }, on).state);
  }
  assert.equal(state.storedCount, BUSY.bufferFacts);
});

test("a calm device sends each fact once, in order, as it measures", () => {
  const { facts, sent } = run();
  assert.deepEqual(
    sent.map(({ fact }) => fact.sequence),
    facts.map((_, i) => i + 1),
  );
  assert.ok(sent.every(({ atMs, fact }) => atMs === fact.eventTimeMs));
});

test("a share of the facts is sent again, half of those with DUP, and only after the first sending", () => {
  const { facts, sent } = run({ devices: 20, behaviour: { ...CALM, resend: BUSY.resend } });
  const again = sent.filter(({ sending }) => sending !== "first");
  const share = again.length / facts.length;
  assert.ok(Math.abs(share - 0.1) < 0.02, String(share));
  const dup = again.filter(({ sending }) => sending === "resend-dup").length / again.length;
  assert.ok(Math.abs(dup - 0.5) < 0.1, String(dup));
  const seen = new Set<Fact>();
  for (const { fact, sending } of sent) {
    assert.equal(seen.has(fact), sending !== "first");
    seen.add(fact);
  }
});

test("disorder lets younger facts overtake, by less than its bound", () => {
  const { sent } = run({ behaviour: { ...CALM, disorder: BUSY.disorder } });
  const delays = sent.map(({ atMs, fact }) => atMs - fact.eventTimeMs);
  assert.ok(Math.max(...delays) <= BUSY.disorder.byMs);
  assert.ok(sent.some(({ fact }, i) => i > 0 && fact.sequence < sent[i - 1]!.fact.sequence));
});

test("late facts are labelled, begin when they may, and are held back for at least their bound", () => {
  const { sent } = run({
    devices: 20,
    behaviour: { ...CALM, late: { ...BUSY.late, share: 0.05 } },
  });
  const late = sent.filter(({ fact }) => fact.labels.includes(LABEL_LATE));
  assert.ok(late.length > 50);
  for (const { atMs, fact } of sent) {
    const heldMs = atMs - fact.eventTimeMs;
    assert.equal(heldMs >= BUSY.late.byMs, fact.labels.includes(LABEL_LATE));
    if (heldMs > 0) assert.ok(fact.eventTimeMs - START_MS >= BUSY.late.afterMs);
  }
  const lastMs = Math.max(...sent.map(({ fact }) => fact.eventTimeMs));
  assert.ok(
    late.every(({ atMs }) => atMs <= lastMs),
    "a held fact goes out while others still follow",
  );
});

test("while the link is down facts are stored and leave in a burst, the oldest lost when the buffer is full", () => {
  const { facts, sent, lost } = run({
    behaviour: { ...CALM, outage: BUSY.outage, bufferFacts: 5 },
  });
  assert.ok(lost.length > 0);
  assert.equal(sent.length + lost.length, facts.length);
  const bursts = Map.groupBy(sent, ({ atMs }) => atMs);
  const sizes = [...bursts.values()].map((burst) => burst.length);
  assert.equal(Math.max(...sizes), 5);
  assert.deepEqual(
    sent.map(({ fact }) => fact.sequence),
    sent.map(({ fact }) => fact.sequence).toSorted((a, b) => a - b),
  );
});

test("the flush is one more fact, long after the last", () => {
  const { facts } = run({ samples: 3, flushAfterMs: 60_000 });
  assert.deepEqual(
    facts.map(({ labels }) => labels),
    [[], [], [], [LABEL_FLUSH]],
  );
  assert.equal(facts[3]!.eventTimeMs - facts[2]!.eventTimeMs, 61_000);
});

test("a capture file gives back what was sent", () => {
  const profile = profileFixture();
  const plan = compileDevice(profile, { startMs: START_MS, samples: 2 });
  const encoder = deviceEncoder(profile, plan, { line: "a", device: "d1" });
  const { sent } = run({ samples: 2 });
  const text = `${sent.map((transmission) => captureLine(encoder, transmission)).join("\n")}\n`;
  assert.deepEqual(
    readCapture(text),
    sent.map((transmission) => ({
      atMs: transmission.atMs,
      topic: "plant/a/d1/up",
      dup: false,
      payload: JSON.parse(encoder.payload(transmission.fact) as string),
    })),
  );
});

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    for (const child of Object.values(value)) freeze(child);
  }
  return value;
}
