import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault, Signal } from "../../../src/config/profile.ts";
import { compileDevice } from "../../../firmware-sim/device/compile.ts";
import { type Fact } from "../../../firmware-sim/device/device.ts";
import { Fleet } from "../../../firmware-sim/fleet.ts";
import { profileFixture, resource } from "../profile-fixture.ts";

/** Values in column units of one signal, a sample a second. */
function measure(
  signal: Signal,
  options: { samples?: number; faults?: readonly Fault[]; everyMs?: number } = {},
): { values: (number | null)[]; labels: readonly string[][]; timesMs: readonly number[] } {
  const profile = profileFixture({
    resources: [resource("x")],
    simulate: { signals: { x: signal }, faults: options.faults ?? [] },
  });
  const plan = compileDevice(profile, {
    startMs: 0,
    samples: options.samples ?? 4000,
    faultsEveryMs: options.everyMs ?? 0,
  });
  const facts: Fact[] = [];
  const fleet = new Fleet({
    seed: 5,
    plans: [plan],
    onTransmit: () => undefined,
    onFact: (fact) => facts.push(fact),
  });
  fleet.run(Infinity);
  const scale = 10 ** plan.signals[0]!.decimals;
  return {
    values: facts.map(({ values }) => (values[0] === null ? null : values[0]! / scale)),
    labels: facts.map(({ labels }) => [...labels]),
    timesMs: facts.map(({ eventTimeMs }) => eventTimeMs),
  };
}

function deviation(values: readonly (number | null)[]): { mean: number; sigma: number } {
  const numbers = values.filter((value) => value !== null);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const square = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
  return { mean, sigma: Math.sqrt(square) };
}

const FLAT: Signal = { kind: "constant", value: 10 };

function fault(effect: Fault["effect"]): Fault {
  return { label: "f", on: "x", atMs: 10_000, forMs: 10_000, effect };
}

test("white noise has its base and deviation", () => {
  const { mean, sigma } = deviation(measure({ kind: "noise", base: 2.1, noise: 0.2 }).values);
  assert.ok(Math.abs(mean - 2.1) < 0.02 && Math.abs(sigma - 0.2) < 0.01, `${mean} ${sigma}`);
});

test("an Ornstein–Uhlenbeck path keeps its mean and long-run deviation and moves slowly", () => {
  const { values } = measure(
    { kind: "ou", mean: 48, tauMs: 20_000, sigma: 1.5 },
    { samples: 20_000 },
  );
  const { mean, sigma } = deviation(values);
  assert.ok(Math.abs(mean - 48) < 0.3 && Math.abs(sigma - 1.5) < 0.2, `${mean} ${sigma}`);
  const steps = values.slice(1).map((value, i) => value! - values[i]!);
  assert.ok(deviation(steps).sigma < 0.7);
});

test("a sine swings by its amplitude within its period", () => {
  const { values, timesMs } = measure(
    { kind: "sine", mean: 5, amplitude: 3, periodMs: 60_000, noise: 0 },
    { samples: 61 },
  );
  assert.equal(values[0], values[60]);
  values.forEach((value, i) => {
    const exact = 5 + 3 * Math.sin((timesMs[i]! * 2 * Math.PI) / 60_000);
    assert.ok(Math.abs(value! - exact) < 0.02, `${value} ${exact}`);
  });
});

test("an offset is added while its fault lasts, and labelled", () => {
  const { values, labels } = measure(FLAT, {
    samples: 30,
    faults: [fault({ kind: "offset", by: 5 })],
  });
  const inside = values.map((_, s) => labels[s]!.length === 1);
  assert.equal(inside.filter(Boolean).length, 10);
  values.forEach((value, s) => assert.equal(value, inside[s] ? 15 : 10));
});

test("a fault comes back with its period", () => {
  const { labels } = measure(FLAT, {
    samples: 100,
    faults: [fault({ kind: "offset", by: 5 })],
    everyMs: 30_000,
  });
  assert.equal(labels.filter(({ length }) => length === 1).length, 30);
});

test("a ramp grows from zero at its rate", () => {
  const { values } = measure(FLAT, {
    samples: 30,
    faults: [fault({ kind: "ramp", perMs: 0.001 })],
  });
  const peak = Math.max(...values.map(Number));
  assert.ok(peak > 18.5 && peak < 20, String(peak));
});

test("noise growth widens the deviation, a factor scales it", () => {
  const long = (effect: Fault["effect"]): Fault => ({ ...fault(effect), forMs: 4_000_000 });
  const signal: Signal = { kind: "noise", base: 2, noise: 0.2 };
  const rough = deviation(measure(signal, { faults: [long({ kind: "noise", sigma: 2 })] }).values);
  assert.ok(Math.abs(rough.sigma - 2.01) < 0.1, String(rough.sigma));
  const scaled = deviation(measure(signal, { faults: [long({ kind: "factor", by: 5 })] }).values);
  assert.ok(Math.abs(scaled.sigma - 1) < 0.05, String(scaled.sigma));
});

test("a stuck sensor repeats one value, then moves again", () => {
  const signal: Signal = { kind: "noise", base: 2, noise: 0.2 };
  const { values, labels } = measure(signal, { samples: 40, faults: [fault({ kind: "stuck" })] });
  const stuck = values.filter((_, s) => labels[s]!.length === 1);
  assert.equal(stuck.length, 10);
  assert.equal(new Set(stuck).size, 1);
  assert.ok(new Set(values).size > 20);
});

test("a missing field has no value", () => {
  const { values } = measure(FLAT, { samples: 30, faults: [fault({ kind: "missing" })] });
  assert.equal(values.filter((value) => value === null).length, 10);
});

test("a sensor reports its limit for what lies beyond its range", () => {
  const profile = profileFixture({
    resources: [resource("x", { minimum: 0, maximum: 12 })],
    simulate: { signals: { x: FLAT } },
    faults: [],
  });
  const plan = compileDevice(profile, {
    startMs: 0,
    samples: 30,
    faults: [fault({ kind: "offset", by: 50 })],
  });
  const facts: Fact[] = [];
  new Fleet({
    seed: 1,
    plans: [plan],
    onTransmit: () => undefined,
    onFact: (fact) => facts.push(fact),
  }).run(Infinity);
  assert.equal(Math.max(...facts.map(({ values }) => values[0]!)), 1200);
});
