// The fleets of a plant: devices on the direct listener and devices on a broker, paced by acknowledgement behind one
// gate, so that all are under way at every fault.

import { MqttFleet, type MqttFleetStats } from "../../../firmware-sim/transport/mqtt-fleet.ts";
import { paced } from "../../../firmware-sim/transport/pace.ts";
import type { TruthLog } from "../../../firmware-sim/truth.ts";
import { Gate } from "./gate.ts";
import type { Scenario, Side } from "./scenario.ts";

export interface FleetsOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly ports: Readonly<Record<Side, number>>;
}

/** How often a waiting condition is looked at when nothing is acknowledged. */
const LOOK_MS = 50;
/** A device looks for its gateway this often, so that little of a short life is lost. */
const BACK_OFF_MAX_MS = 200;

interface SideFleet {
  readonly side: Side;
  readonly fleet: MqttFleet;
  readonly truth: TruthLog;
}

/** Starts with `start`, ends with `stop`. */
export class Fleets {
  readonly gate: Gate;
  readonly #scenario: Scenario;
  readonly #fleets: readonly SideFleet[];
  #wake: () => void = () => undefined;

  constructor(options: FleetsOptions) {
    const { scenario } = options;
    this.#scenario = scenario;
    this.#fleets = scenario.options.sides.map((side) => this.#fleet(side, options));
    // The first side is the one that the gateway itself acknowledges.
    const [first] = this.#fleets;
    if (first === undefined) throw new Error("a plant without devices");
    this.gate = new Gate(first.fleet.nextTimeMs, () => first.fleet.nextTimeMs);
  }

  /** Messages acknowledged on the first side. */
  get acknowledged(): number {
    return this.#fleets[0]?.fleet.stats.acknowledged ?? 0;
  }

  /** True when only the flush is left to send. */
  get atEnd(): boolean {
    return this.#fleets.every(({ fleet }) => fleet.nextTimeMs > this.#scenario.endMs);
  }

  get finished(): boolean {
    return this.#fleets.every(({ fleet }) => fleet.finished);
  }

  stats(side: Side): MqttFleetStats {
    return this.#of(side).fleet.stats;
  }

  truth(side: Side): TruthLog {
    return this.#of(side).truth;
  }

  /** The device connects again and sends what was not acknowledged. */
  breakLink(side: Side, device: number): void {
    this.#of(side).fleet.breakLink(device);
  }

  start(): void {
    for (const { fleet } of this.#fleets) fleet.start();
  }

  stop(): void {
    for (const { fleet } of this.#fleets) fleet.stop();
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

  #of(side: Side): SideFleet {
    const found = this.#fleets.find((each) => each.side === side);
    if (found === undefined) throw new Error(`no devices on the ${side} side`);
    return found;
  }

  #fleet(side: Side, { scenario, seed, ports }: FleetsOptions): SideFleet {
    const truth = scenario.newTruth(side);
    const fleet = new MqttFleet({
      host: "127.0.0.1",
      port: ports[side],
      version: (device) => (device % 2 === 0 ? 5 : 4),
      seed: seed + (side === "direct" ? 0 : 1_000_000),
      devices: scenario.devices(side),
      pace: paced({ skewMs: scenario.skewMs, gateMs: () => this.gate.limitMs() }),
      backOffMaxMs: BACK_OFF_MAX_MS,
      truth,
      onProgress: () => this.#wake(),
    });
    return { side, fleet, truth };
  }
}
