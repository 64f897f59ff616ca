// The way of watermarks through an operator that holds groups: it lets go of what is due and hands them on. Either all
// groups go by the table's watermark, or (`byDevice`) each by that of its device; then the table's only passes through.
//
// Invariants
// - What is due at a watermark has been let go of before the watermark is handed on.
// - `fireAt` and `deviceFireAt` are never too high.

import { NO_WATERMARK } from "../contract.ts";
import type { DeviceUpstream, Upstream } from "../node.ts";

/** The groups behind a gate. Without devices all belong to device 0. */
export interface HeldGroups {
  readonly isEmpty: boolean;
  /** The devices that have groups. */
  readonly devices: Iterable<number>;
  /** The lowest watermark that lets go of a group of the device; Infinity: it has none. */
  dueAt(device: number): number;
  /** Lets go of what is due, in order; `judge` is the watermark that judges the results further on. */
  release(device: number, watermark: number, judge: number): void;
  /** All groups of the device have gone; its number may be used for another one. */
  forget(device: number): void;
}

export interface GateOptions {
  readonly downstream: Upstream;
  /** Set where the groups of a device go by its own watermark. */
  readonly byDevice: boolean;
  /** The same as `downstream`, if that goes by devices, too. */
  readonly deviceDownstream: DeviceUpstream | undefined;
  /** True if something above reads CURRENT_WATERMARK: then no watermark may be left out. */
  readonly needsEveryWatermark: boolean;
}

/** State of a gate. */
export interface GateSnapshot {
  readonly watermark: number;
  /** By device. */
  readonly devices: readonly number[];
}

export class Gate implements DeviceUpstream {
  readonly limit: number = Number.POSITIVE_INFINITY;
  device = 0;
  readonly #options: GateOptions;
  readonly #groups: HeldGroups;
  #watermark: number;
  readonly #watermarks: number[];
  /** By device: `groups.dueAt`, or lower. */
  readonly #due: number[] = [];

  constructor(options: GateOptions, groups: HeldGroups, resume: GateSnapshot | undefined) {
    this.#options = options;
    this.#groups = groups;
    this.#watermark = resume?.watermark ?? NO_WATERMARK;
    this.#watermarks = [...(resume?.devices ?? [])];
  }

  get fireAt(): number {
    const { byDevice, downstream, needsEveryWatermark } = this.#options;
    if (needsEveryWatermark) return NO_WATERMARK;
    return byDevice ? downstream.fireAt : Math.min(this.#dueOf(0), downstream.fireAt);
  }

  get dueAt(): number {
    const { byDevice, downstream } = this.#options;
    return byDevice ? downstream.dueAt : Math.min(this.#groups.dueAt(0), downstream.dueAt);
  }

  deviceFireAt(device: number): number {
    const { deviceDownstream, needsEveryWatermark } = this.#options;
    if (needsEveryWatermark) return NO_WATERMARK;
    const further = deviceDownstream?.deviceFireAt(device) ?? Number.POSITIVE_INFINITY;
    return Math.min(this.#dueOf(device), further);
  }

  deviceDueAt(device: number): number {
    const further = this.#options.deviceDownstream?.deviceDueAt(device);
    return Math.min(this.#groups.dueAt(device), further ?? Number.POSITIVE_INFINITY);
  }

  get holds(): boolean {
    return !this.#groups.isEmpty || this.#options.deviceDownstream?.holds === true;
  }

  get firstDueAt(): number {
    let first = this.#options.deviceDownstream?.firstDueAt ?? Number.POSITIVE_INFINITY;
    for (const device of this.#groups.devices) {
      first = Math.min(first, this.#groups.dueAt(device));
    }
    return first;
  }

  /** A group of the current device has been opened, to be let go of at `dueAt`. */
  opened(dueAt: number): void {
    if (dueAt < this.#dueOf(this.device)) this.#setDue(this.device, dueAt);
  }

  advance(watermark: number): void {
    if (watermark <= this.#watermark) return;
    const { byDevice, downstream } = this.#options;
    if (!byDevice) {
      this.#groups.release(0, watermark, this.#watermark);
      this.#setDue(0, this.#groups.dueAt(0));
    }
    this.#watermark = watermark;
    downstream.advance(watermark);
  }

  advanceDevice(device: number, watermark: number, table: number): void {
    const before = this.#watermarks[device] ?? NO_WATERMARK;
    if (watermark <= before) return;
    const { deviceDownstream } = this.#options;
    if (deviceDownstream !== undefined) deviceDownstream.device = device;
    this.#groups.release(device, watermark, deviceDownstream === undefined ? table : before);
    while (this.#watermarks.length <= device) this.#watermarks.push(NO_WATERMARK);
    this.#watermarks[device] = watermark;
    this.#setDue(device, this.#groups.dueAt(device));
    deviceDownstream?.advanceDevice(device, watermark, table);
  }

  forgetDevice(device: number, table: number): void {
    this.advanceDevice(device, Number.POSITIVE_INFINITY, table);
    this.#groups.forget(device);
    if (device < this.#watermarks.length) this.#watermarks[device] = NO_WATERMARK;
    this.#options.deviceDownstream?.forgetDevice(device, table);
  }

  snapshot(): GateSnapshot {
    return { watermark: this.#watermark, devices: [...this.#watermarks] };
  }

  #setDue(device: number, dueAt: number): void {
    while (this.#due.length <= device) this.#due.push(Number.POSITIVE_INFINITY);
    this.#due[device] = dueAt;
  }

  #dueOf(device: number): number {
    return this.#due[device] ?? Number.POSITIVE_INFINITY;
  }
}
