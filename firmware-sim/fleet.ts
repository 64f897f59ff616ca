// A fleet in virtual time: all devices on one event queue, stepped by whoever owns the clock. The same class serves
// every transport: in process (run to the end at once), MQTT in real time or × N, and a capture file.

import {
  type DeviceEvent,
  type DeviceOutput,
  type DeviceState,
  type Fact,
  firstEvents,
  newDevice,
  type Sending,
  step,
} from "./device/device.ts";
import type { DevicePlan } from "./device/plan.ts";
import { EventQueue } from "./event-queue.ts";
import { type DeviceRandom, deviceRandom } from "./random.ts";

/** A fact leaves its device at virtual time `atMs`. */
export interface Transmission {
  readonly atMs: number;
  readonly fact: Fact;
  readonly sending: Sending;
}

export interface FleetOptions {
  /** Same seed and plans, same bytes. */
  readonly seed: number;
  /** Device i runs plan i. */
  readonly plans: readonly DevicePlan[];
  readonly onTransmit: (transmission: Transmission) => void;
  /** Every measurement, before its first transmission. */
  readonly onFact?: (fact: Fact) => void;
  /** A measurement that the device's full buffer overwrote before it was ever sent. */
  readonly onLost?: (fact: Fact) => void;
}

interface Due {
  readonly device: number;
  readonly event: DeviceEvent;
}

/** Devices, their queue and nothing else. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #queue = new EventQueue<Due>();
  readonly #states: DeviceState[];
  readonly #random: DeviceRandom[];

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#states = options.plans.map((_, device) => newDevice(device));
    this.#random = options.plans.map((_, device) => deviceRandom(options.seed, device));
    for (const [device, plan] of options.plans.entries())
      for (const output of firstEvents(plan, this.#random[device] as DeviceRandom))
        this.#apply(device, output, plan.startMs);
  }

  /** Virtual time of the next event; Infinity when every device has fallen silent. */
  get nextTimeMs(): number {
    return this.#queue.nextTimeMs;
  }

  /** Runs every event up to and including virtual time `untilMs`. Returns how many ran, at most `limit`. */
  run(untilMs: number, limit: number = Infinity): number {
    let ran = 0;
    while (ran < limit) {
      const nowMs = this.#queue.nextTimeMs;
      const due = nowMs <= untilMs ? this.#queue.pop() : undefined;
      if (due === undefined) break;
      const { device } = due;
      const plan = this.#options.plans[device] as DevicePlan;
      const random = this.#random[device] as DeviceRandom;
      const next = step(this.#states[device] as DeviceState, due.event, { plan, random, nowMs });
      this.#states[device] = next.state;
      for (const output of next.outputs) this.#apply(device, output, nowMs);
      ran++;
    }
    return ran;
  }

  #apply(device: number, output: DeviceOutput, nowMs: number): void {
    switch (output.kind) {
      case "schedule":
        this.#queue.push(output.atMs, { device, event: output.event });
        return;
      case "transmit":
        this.#options.onTransmit({ atMs: nowMs, fact: output.fact, sending: output.sending });
        return;
      case "fact":
        this.#options.onFact?.(output.fact);
        return;
      case "lost":
        this.#options.onLost?.(output.fact);
    }
  }
}
