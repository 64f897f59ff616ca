// A device profile and a behaviour become a DevicePlan. All arithmetic that rounds happens here, once.
// The profile's signals are in column units; column = payload × scale + offset, and devices send payloads.

import type {
  DeviceResource,
  Fault,
  Profile,
  Signal,
  Simulation,
} from "../../src/config/profile.ts";
import {
  type Behaviour,
  CALM,
  type DevicePlan,
  type FaultEffect,
  type FaultPlan,
  type SignalPlan,
} from "./plan.ts";
import { clockStepMs, isWhole, maskedForm, valueRange } from "./raw.ts";

export interface DeviceOptions {
  /** Virtual time of the start (epoch milliseconds). */
  readonly startMs: number;
  readonly behaviour?: Behaviour;
  /** Samples to take; default: without end. */
  readonly samples?: number;
  /** One more sample this long after the last. */
  readonly flushAfterMs?: number;
  /** Instead of the profile's faults. */
  readonly faults?: readonly Fault[];
  /** Faults come back with this period; default: they happen once. */
  readonly faultsEveryMs?: number;
}

/** The plan of a device of this profile. A profile without `simulate` is a caller's mistake and throws. */
export function compileDevice(profile: Profile, options: DeviceOptions): DevicePlan {
  const simulation = profile.simulate;
  if (simulation === undefined) throw new Error(`profile ${profile.name} has no simulate section`);
  const resources = simulatedResources(profile, simulation);
  const signals = resources.map((resource) =>
    compileSignal(profile, resource, simulation.signals[resource.name] as Signal),
  );
  const faults = (options.faults ?? simulation.faults).map((fault) =>
    compileFault(fault, resources, { signals, everyMs: options.faultsEveryMs ?? 0 }),
  );
  return {
    periodMs: simulation.everyMs,
    jitterMs: Math.min(simulation.jitterMs, simulation.everyMs - 1),
    signals,
    faults,
    behaviour: options.behaviour ?? CALM,
    clockStepMs: clockStepMs(profile),
    startMs: options.startMs,
    samples: options.samples ?? Infinity,
    flushAfterMs: options.flushAfterMs ?? 0,
  };
}

/** The resources whose values vary, in profile order: signal i of the plan belongs to the i-th of them. */
export function simulatedResources(profile: Profile, simulation: Simulation): DeviceResource[] {
  return profile.resources.filter((resource) => {
    const signal = simulation.signals[resource.name];
    return signal !== undefined && !isFixed(signal);
  });
}

/** Text and truth values have no path: they are a constant part of the payload. */
export function isFixed(signal: Signal): signal is Signal & { kind: "constant" } {
  return signal.kind === "constant" && typeof signal.value !== "number";
}

/** 10^exponent for 0 to 6, exact: the language does not promise that of `**`. */
export function powerOfTen(exponent: number): number {
  return [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000][exponent] ?? NaN;
}

function compileSignal(profile: Profile, resource: DeviceResource, signal: Signal): SignalPlan {
  const shape = shapeOf(signal);
  const form = maskedForm(profile.codec, resource);
  const swing = Math.max(shape.noise, shape.amplitude) / Math.abs(resource.transform.scale);
  const decimals = isWhole(profile, resource) ? 0 : decimalsOf(swing);
  const toUnits = unitsOf(resource, decimals);
  const own = valueRange(resource.valueType);
  const limit = (value: number): number =>
    Number.isFinite(value) ? toUnits.value(value) : value / resource.transform.scale;
  const bounds = [
    limit(Math.max(resource.minimum ?? -Infinity, own.minimum)),
    limit(Math.min(resource.maximum ?? Infinity, own.maximum)),
  ];
  const unit = powerOfTen(decimals);
  return {
    name: resource.name,
    decimals,
    isSingle: form.kind === "single",
    base: Math.round(toUnits.value(shape.base)),
    noise: toUnits.amount(shape.noise),
    tauMs: signal.kind === "ou" ? signal.tauMs : 0,
    sine:
      signal.kind === "sine"
        ? { amplitude: toUnits.amount(signal.amplitude), periodMs: signal.periodMs }
        : undefined,
    minimum: Math.ceil(Math.max(Math.min(...bounds), form.minimum * unit)),
    maximum: Math.floor(Math.min(Math.max(...bounds), form.maximum * unit)),
  };
}

function shapeOf(signal: Signal): { base: number; noise: number; amplitude: number } {
  switch (signal.kind) {
    case "ou":
      return { base: signal.mean, noise: signal.sigma, amplitude: 0 };
    case "noise":
      return { base: signal.base, noise: signal.noise, amplitude: 0 };
    case "sine":
      return { base: signal.mean, noise: signal.noise, amplitude: signal.amplitude };
    case "constant":
      return { base: Number(signal.value), noise: 0, amplitude: 0 };
  }
}

/** Digits for ten steps of noise. */
function decimalsOf(swing: number): number {
  let decimals = 2;
  while (decimals < 6 && swing > 0 && swing * powerOfTen(decimals) < 10) decimals++;
  return decimals;
}

function unitsOf(
  resource: DeviceResource,
  decimals: number,
): { value: (column: number) => number; amount: (column: number) => number } {
  const factor = powerOfTen(decimals) / resource.transform.scale;
  return {
    value: (column) => (column - resource.transform.offset) * factor,
    amount: (column) => column * Math.abs(factor),
  };
}

function compileFault(
  fault: Fault,
  resources: readonly DeviceResource[],
  on: { readonly signals: readonly SignalPlan[]; readonly everyMs: number },
): FaultPlan {
  const signal = resources.findIndex((resource) => resource.name === fault.on);
  const resource = resources[signal];
  if (resource === undefined)
    throw new Error(`fault ${fault.label} is on ${fault.on}, which has no varying signal`);
  const { scale } = resource.transform;
  const factor = powerOfTen(on.signals[signal]?.decimals ?? 0) / scale;
  const { label, atMs, forMs } = fault;
  return { label, signal, atMs, forMs, everyMs: on.everyMs, effect: effectOf(fault, factor) };
}

function effectOf(fault: Fault, factor: number): FaultEffect {
  const { effect } = fault;
  switch (effect.kind) {
    case "offset":
      return { kind: "offset", by: effect.by * factor };
    case "noise":
      return { kind: "noise", by: effect.sigma * Math.abs(factor) };
    case "ramp":
      return { kind: "ramp", perHour: effect.perMs * factor * 3_600_000 };
    default:
      return effect;
  }
}
