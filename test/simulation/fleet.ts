// The devices of a history, and what happens to them. Their readings are of one event time, which goes on from reading to
// reading, of whatever device.

import type { Device } from "./device.ts";
import { POISON, type Event, type Reading } from "./script.ts";

type OfDevice = Extract<Event, { readonly device: string }>;

export class Fleet {
  readonly devices: readonly Device[];
  #eventTimeMs = 0;

  constructor(devices: readonly Device[]) {
    this.devices = devices;
  }

  happen(event: OfDevice): void {
    const device = this.devices.find(({ name }) => name === event.device)!;
    switch (event.do) {
      case "publish":
        this.#publish(device, event.readings);
        return;
      case "poison":
        this.#publish(device, [{ stepMs: 0, backMs: 0, v: POISON }]);
        return;
      case "again":
        device.again(event.count);
        return;
      case "cut":
        device.cut();
        return;
      case "take-over":
        device.takeOver();
        return;
      case "sessions":
        device.setCleanStart(event.clean);
    }
  }

  /** A last reading, after so much event time. */
  close(stepMs: number): void {
    this.#publish(this.devices[0]!, [{ stepMs, backMs: 0, v: 0 }]);
  }

  #publish(device: Device, readings: readonly Reading[]): void {
    for (const { stepMs, backMs, v } of readings) {
      this.#eventTimeMs += stepMs;
      device.publish(device.facts.length + 1, Math.max(0, this.#eventTimeMs - backMs), v);
    }
  }
}
