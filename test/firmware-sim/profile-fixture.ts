// A small JSON profile for the simulator's tests: temperature walks, vibration is noisy, a fault can be put on both.

import type { DeviceResource, Fault, Profile, Simulation } from "../../src/config/profile.ts";

export interface FixtureOptions {
  readonly simulate?: Partial<Simulation>;
  readonly faults?: readonly Fault[];
  readonly resources?: readonly DeviceResource[];
}

/** Devices of this profile send `{"device":…,"seq":…,"ts":…,"temperature":…,"vibration":…}` every second. */
export function profileFixture(options: FixtureOptions = {}): Profile {
  return {
    name: "test-sensor",
    manufacturer: "",
    model: "",
    description: "",
    labels: [],
    file: "test-sensor.yaml",
    resources: options.resources ?? [resource("temperature"), resource("vibration")],
    topic: "plant/{line}/{device}/up",
    captures: ["line", "device"],
    except: [],
    qos: 1,
    time: {
      pointer: "/ts",
      unit: "ms",
      maxFutureMs: 5000,
      outOfOrderMs: 5000,
      missing: "dead-letter",
      whenUnsynced: "accept",
    },
    identity: {
      key: "device",
      sequencePointer: "/seq",
      epoch: undefined,
      wraps: undefined,
      window: undefined,
      uncertain: "drop",
    },
    outOfRange: "bad",
    simulate: {
      everyMs: 1000,
      jitterMs: 0,
      signals: {
        temperature: { kind: "ou", mean: 48, tauMs: 60_000, sigma: 1.5 },
        vibration: { kind: "noise", base: 2, noise: 0.2 },
      },
      faults: options.faults ?? [],
      constants: { "/device": "{device}" },
      ...options.simulate,
    },
    examples: [],
  };
}

/** A plain Float64 resource at `/name`. */
export function resource(name: string, changes: Partial<DeviceResource> = {}): DeviceResource {
  return {
    name,
    description: "",
    pointer: `/${name}`,
    valueType: "Float64",
    units: "",
    scale: 1,
    offset: 0,
    minimum: undefined,
    maximum: undefined,
    ...changes,
  };
}
