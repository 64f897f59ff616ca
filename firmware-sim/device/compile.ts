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
    compileSignal(resource, simulation.signals[resource.name] as Signal),
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

/** The column value of `units`, computed as the profile defines it; the decoder has its own code for this. */
export function columnValue(resource: DeviceResource, units: number, decimals: number): number {
  const payload = units / powerOfTen(decimals);
  const plain = resource.scale === 1 && resource.offset === 0;
  const value = plain ? payload : payload * resource.scale + resource.offset;
  return resource.valueType === "Float32" ? Math.fround(value) : value;
}

/** 10^exponent for 0 to 6, exact: the language does not promise that of `**`. */
export function powerOfTen(exponent: number): number {
  return [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000][exponent] ?? NaN;
}

function compileSignal(resource: DeviceResource, signal: Signal): SignalPlan {
  const shape = shapeOf(signal);
  const decimals = decimalsOf(resource, Math.max(shape.noise, shape.amplitude));
  const toUnits = unitsOf(resource, decimals);
  const limit = (value: number | undefined, fallback: number): number =>
    value === undefined ? fallback : toUnits.value(value);
  const bounds = [limit(resource.minimum, -Infinity), limit(resource.maximum, Infinity)];
  return {
    name: resource.name,
    decimals,
    base: Math.round(toUnits.value(shape.base)),
    noise: toUnits.amount(shape.noise),
    tauMs: signal.kind === "ou" ? signal.tauMs : 0,
    sine:
      signal.kind === "sine"
        ? { amplitude: toUnits.amount(signal.amplitude), periodMs: signal.periodMs }
        : undefined,
    minimum: Math.ceil(Math.min(...bounds)),
    maximum: Math.floor(Math.max(...bounds)),
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

/** A raw integer where the profile scales or the type is integral; else enough digits for ten steps of noise. */
function decimalsOf(resource: DeviceResource, swing: number): number {
  if (resource.scale !== 1 || !resource.valueType.startsWith("Float")) return 0;
  let decimals = 2;
  while (decimals < 6 && swing > 0 && swing * powerOfTen(decimals) < 10) decimals++;
  return decimals;
}

function unitsOf(
  resource: DeviceResource,
  decimals: number,
): { value: (column: number) => number; amount: (column: number) => number } {
  const factor = powerOfTen(decimals) / resource.scale;
  return {
    value: (column) => (column - resource.offset) * factor,
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
  const factor = powerOfTen(on.signals[signal]?.decimals ?? 0) / resource.scale;
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
