// What happens in a table while no row comes: devices fall silent, so that the table's watermark may rise; and when all
// of them are silent, what is open closes by the clock. The watermark rises no further than needed for that: when a
// device comes back with what it has stored meanwhile, only the windows that were open are closed.

import type { DeviceUpstream } from "../node.ts";
import type { DeviceWatermarks } from "./device-watermarks.ts";

/** The rules over a table, as far as they hold something that a watermark lets go of. */
export interface WatermarkConsumers {
  /** The lowest watermark of the table that lets go of something; Infinity: nothing is held. */
  dueAt(): number;
  /** Raises the table's watermark. */
  advance(watermark: number): void;
  /** What goes by devices. */
  readonly devices: readonly DeviceUpstream[];
  /** Raises a device's own watermark. */
  advanceDevice(device: number, watermark: number): void;
}

/** Brings a table to `nowMs`, as if nothing came until then. */
export function passSilence(
  devices: DeviceWatermarks,
  consumers: WatermarkConsumers,
  nowMs: number,
): void {
  const before = devices.table;
  devices.expire(nowMs);
  if (devices.table > before) consumers.advance(devices.table);
  const clock = devices.silentWatermark(nowMs);
  if (clock !== undefined) closeUpTo(devices, consumers, clock);
}

/** Lets go of everything that a watermark up to `limit` lets go of. */
export function closeUpTo(
  devices: DeviceWatermarks,
  consumers: WatermarkConsumers,
  limit: number,
): void {
  const waiting = new DueDevices(devices, consumers);
  for (;;) {
    const tableDue = consumers.dueAt();
    const { device, dueAt } = waiting.first();
    const next = Math.min(tableDue, dueAt);
    if (next > limit || next === Number.POSITIVE_INFINITY) return;
    // A device's windows come before those of the table that its results belong to.
    if (dueAt <= tableDue) {
      devices.close(device, dueAt);
      consumers.advanceDevice(device, dueAt);
      waiting.changed(device);
    } else {
      devices.closeTable(tableDue);
      consumers.advance(tableDue);
    }
  }
}

/** Whether `passSilence` would let go of anything. */
export function isReleasing(
  devices: DeviceWatermarks,
  consumers: WatermarkConsumers,
  nowMs: number,
): boolean {
  if (!devices.isDue(nowMs)) return false;
  const { table, isSilent } = devices.at(nowMs);
  const tableDue = consumers.dueAt();
  if (tableDue <= table) return true;
  return isSilent && nextClosingMs(devices, consumers, tableDue) <= nowMs;
}

/** The engine time after `nowMs` at which `passSilence` may have something to do; Infinity: nothing is held. */
export function nextDeadlineMs(
  devices: DeviceWatermarks,
  consumers: WatermarkConsumers,
  nowMs: number,
): number {
  const tableDue = consumers.dueAt();
  const holdsForTable = tableDue < Number.POSITIVE_INFINITY;
  if (!holdsForTable && !consumers.devices.some(({ holds }) => holds))
    return Number.POSITIVE_INFINITY;
  const silenceMs = devices.nextSilenceMs(nowMs);
  if (silenceMs === undefined) return nextClosingMs(devices, consumers, tableDue);
  // While others are heard of, silence lets the table's watermark rise and no other.
  return holdsForTable ? silenceMs : devices.allSilentMs;
}

function nextClosingMs(
  devices: DeviceWatermarks,
  consumers: WatermarkConsumers,
  tableDue: number,
): number {
  const { dueAt } = new DueDevices(devices, consumers).first();
  const due = Math.min(tableDue, dueAt);
  return due === Number.POSITIVE_INFINITY ? due : devices.clockReachesMs(due);
}

interface DueDevice {
  readonly device: number;
  readonly dueAt: number;
}

/** Ties in order of the devices' numbers. */
function laterFirst(a: DueDevice, b: DueDevice): number {
  return b.dueAt - a.dueAt || b.device - a.device;
}

/** Devices with something open, by when it is due. */
class DueDevices {
  readonly #consumers: WatermarkConsumers;
  readonly #due: DueDevice[] = [];

  constructor(devices: DeviceWatermarks, consumers: WatermarkConsumers) {
    this.#consumers = consumers;
    if (!consumers.devices.some(({ holds }) => holds)) return;
    for (let device = 0; device < devices.size; device++) {
      const dueAt = this.#dueOf(device);
      if (dueAt < Number.POSITIVE_INFINITY) this.#due.push({ device, dueAt });
    }
    // The first is at the end, at hand.
    this.#due.sort(laterFirst);
  }

  first(): DueDevice {
    return this.#due.at(-1) ?? { device: -1, dueAt: Number.POSITIVE_INFINITY };
  }

  /** The first device has let go of something: it may hold more. */
  changed(device: number): void {
    this.#due.pop();
    const dueAt = this.#dueOf(device);
    if (dueAt === Number.POSITIVE_INFINITY) return;
    const due = { device, dueAt };
    let index = this.#due.length;
    for (; index > 0; index--) {
      const other = this.#due[index - 1];
      if (other !== undefined && laterFirst(other, due) < 0) break;
    }
    this.#due.splice(index, 0, due);
  }

  #dueOf(device: number): number {
    let dueAt = Number.POSITIVE_INFINITY;
    for (const each of this.#consumers.devices) dueAt = Math.min(dueAt, each.deviceDueAt(device));
    return dueAt;
  }
}
