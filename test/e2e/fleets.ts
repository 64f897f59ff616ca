// The two fleets of a run: devices on mosquitto and devices on the direct listener, paced by acknowledgement behind one
// gate, so that both are under way at every kill.

import { MqttFleet } from "../../firmware-sim/transport/mqtt-fleet.ts";
import { paced } from "../../firmware-sim/transport/pace.ts";
import type { TruthLog } from "../../firmware-sim/truth.ts";
import { Gate } from "./gate.ts";
import { END_MS, fleetDevices, type Side, SIDES, SKEW_MS, truthOf } from "./scenario.ts";

export interface FleetsOptions {
  readonly seed: number;
  /** Devices per side. */
  readonly devices: number;
  readonly ports: Readonly<Record<Side, number>>;
}

/** How often a waiting condition is looked at when nothing is acknowledged. */
const LOOK_MS = 50;

/** Starts with `start`, ends with `stop`. */
export class Fleets {
  readonly gate: Gate;
  readonly truth: Readonly<Record<Side, TruthLog>> = {
    direct: truthOf("direct"),
    broker: truthOf("broker"),
  };
  readonly #fleets: Readonly<Record<Side, MqttFleet>>;
  #wake: () => void = () => undefined;

  constructor(options: FleetsOptions) {
    const fleet = (side: Side): MqttFleet =>
      new MqttFleet({
        host: "127.0.0.1",
        port: options.ports[side],
        version: (device) => (device % 2 === 0 ? 5 : 4),
        seed: options.seed + (side === "direct" ? 0 : 1_000_000),
        devices: fleetDevices(side, options.devices),
        pace: paced({ skewMs: SKEW_MS, gateMs: () => this.gate.limitMs() }),
        truth: this.truth[side],
        onProgress: () => this.#wake(),
      });
    this.#fleets = { direct: fleet("direct"), broker: fleet("broker") };
    this.gate = new Gate(this.#fleets.direct.nextTimeMs, () => this.#fleets.direct.nextTimeMs);
  }

  /** Messages acknowledged by the gateway itself. */
  get acknowledged(): number {
    return this.#fleets.direct.stats.acknowledged;
  }

  /** True when only the flush is left to send. */
  get atEnd(): boolean {
    return SIDES.every((side) => this.#fleets[side].nextTimeMs > END_MS);
  }

  get finished(): boolean {
    return SIDES.every((side) => this.#fleets[side].finished);
  }

  stats(side: Side): MqttFleet["stats"] {
    return this.#fleets[side].stats;
  }

  start(): void {
    for (const side of SIDES) this.#fleets[side].start();
  }

  stop(): void {
    for (const side of SIDES) this.#fleets[side].stop();
  }

  /** Breaks the links of a few devices on both sides. */
  breakLinks(first: number, count: number): void {
    for (const side of SIDES)
      for (let i = 0; i < count; i++) this.#fleets[side].breakLink(first + i);
  }

  /** Waits for a condition on the fleets' progress; rejects after `timeoutMs`. */
  async until(condition: () => boolean, what: string, timeoutMs = 120_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (condition()) resolve();
      else if (performance.now() > deadline)
        reject(new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`));
    };
    const timer = setInterval(look, LOOK_MS);
    this.#wake = look;
    try {
      look();
      await promise;
    } finally {
      clearInterval(timer);
      this.#wake = () => undefined;
    }
  }
}
