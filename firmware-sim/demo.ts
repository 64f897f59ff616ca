// The demonstration fleet: devices of one profile over QoS 1 in real time. Some of them fail on purpose, early and
// again and again, so that a viewer sees a limit alarm and an anomaly alarm within the first windows and life after
// them. Start times and seeds aside it is an ordinary fleet.

import type { Fault, Profile } from "../src/config/profile.ts";
import { compileDevice } from "./device/compile.ts";
import { deviceEncoder } from "./device/encoder.ts";
import { type FleetDevice, MqttFleet, type MqttFleetStats } from "./transport/mqtt-fleet.ts";
import { realTime } from "./transport/pace.ts";

export interface DemoFleetOptions {
  readonly host: string;
  readonly port: number;
  /** Number of devices, at least 2; 50 by default. */
  readonly devices?: number;
  readonly seed?: number;
  /** Must have a `simulate` section; its own faults are replaced by the two below. */
  readonly profile: Profile;
  /** The limit excess: this resource rises by this much (column units). */
  readonly excess: { readonly on: string; readonly by: number };
  /** The anomaly: noise of this standard deviation on top of this resource (column units). */
  readonly roughness: { readonly on: string; readonly sigma: number };
  /** Wall clock at the start: the first event times (epoch milliseconds). */
  readonly startMs: number;
  readonly monotonicMs: () => number;
}

export interface DemoFleet {
  readonly stats: MqttFleetStats;
  /** Disconnects all devices at once. */
  stop(): void;
}

/** Device names: `press-07` for a profile named `acme-press`. */
function demoDeviceName(profile: Profile, device: number): string {
  const kind = profile.name.split("-").at(-1) ?? profile.name;
  return `${kind}-${String(device + 1).padStart(2, "0")}`;
}

/** The faults of the demonstration; they return every `DEMO_FAULTS_EVERY_MS`. */
const DEMO_FAULTS_EVERY_MS = 60_000;
const LABEL_EXCESS = "limit-excess";
const LABEL_ROUGHNESS = "noise-growth";

/** Connects the fleet and lets it run until `stop`. Reconnects by itself if the gateway is not there yet. */
export function startDemoFleet(options: DemoFleetOptions): DemoFleet {
  const count = options.devices ?? 50;
  const devices = Array.from({ length: count }, (_, i) => demoDevice(options, i, count));
  const { host, port, startMs, monotonicMs } = options;
  const fleet = new MqttFleet({
    host,
    port,
    version: (device) => (device % 2 === 0 ? 5 : 4),
    seed: options.seed ?? 1,
    devices,
    pace: realTime({ startMs, speed: 1, monotonicMs }),
  });
  fleet.start();
  return {
    get stats() {
      return fleet.stats;
    },
    stop: () => fleet.stop(),
  };
}

function demoDevice(options: DemoFleetOptions, device: number, count: number): FleetDevice {
  const { profile, startMs } = options;
  const plan = compileDevice(profile, {
    startMs,
    faults: demoFaults(options, device, count),
    faultsEveryMs: DEMO_FAULTS_EVERY_MS,
  });
  const name = demoDeviceName(profile, device);
  const captures = Object.fromEntries(profile.captures.map((capture) => [capture, `${capture}-1`]));
  return { name, plan, encoder: deviceEncoder(profile, plan, { ...captures, device: name }) };
}

/** Two devices fail in the first seconds, four more at other times of the minute; the others stay well. */
function demoFaults(options: DemoFleetOptions, device: number, count: number): Fault[] {
  const turn = [0.15, 0.45, 0.75].findIndex((place) => Math.floor(place * count) === device);
  if (turn >= 0) {
    const { on, by } = options.excess;
    const effect = { kind: "offset", by } as const;
    return [{ label: LABEL_EXCESS, on, atMs: 2_000 + turn * 20_000, forMs: 12_000, effect }];
  }
  const rough = [0.3, 0.6, 0.9].findIndex((place) => Math.floor(place * count) === device);
  if (rough < 0) return [];
  const { on, sigma } = options.roughness;
  const effect = { kind: "noise", sigma } as const;
  return [{ label: LABEL_ROUGHNESS, on, atMs: 1_000 + rough * 20_000, forMs: 15_000, effect }];
}
