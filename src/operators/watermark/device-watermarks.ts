// The watermarks of a table's devices, and the table's own: the minimum over the devices that count.
//
//              silent for the idle timeout                       a row
//   counts ────────────────────────────────▶ silent ──────────────────────────▶ counts, once it has caught up
//
// - A device's watermark is the maximum over its rows; it starts at the table's.
// - The table's watermark never goes back. A device that comes back from silence with older rows does not hold it: it
//   counts again when its own watermark has reached the table's (as Flink aligns idle inputs).
// - Devices fall silent one after the other, however late that is noticed: the last one leaves its watermark behind.
// - While every device is silent, the clock goes on where the table's watermark stopped (`silentWatermark`).
// - Without `watermark.per` the whole table is device 0.
//
// Times are engine time and never go back. Deterministic: an order of devices is that of their rows.

import { DEVICES_PER_TABLE } from "../../core/limits.ts";
import { NO_WATERMARK } from "../contract.ts";
import { DeviceHeap } from "./device-heap.ts";
import { RecencyList } from "./recency-list.ts";

/** What names a device: a scalar value, NULL too. */
export type DeviceKey = string | number | bigint | boolean | null;

export interface DeviceWatermarksSnapshot {
  readonly table: number;
  readonly stoppedAt: number;
  readonly heardMs: number | undefined;
  readonly evictions: number;
  /** By number. */
  readonly keys: readonly DeviceKey[];
  readonly watermarks: readonly number[];
  readonly seenMs: readonly number[];
  /** Numbers, the device heard of longest ago first. */
  readonly active: readonly number[];
  readonly silent: readonly number[];
  /** Numbers of those that count. */
  readonly counting: readonly number[];
}

export interface DeviceWatermarksOptions {
  readonly idleTimeoutMs: number | undefined;
  /** The device is forgotten: its number goes to another one. */
  readonly forget: (device: number) => void;
  /** DEVICES_PER_TABLE unless a test says less. */
  readonly maximum?: number;
}

export class DeviceWatermarks {
  /** The table's watermark. */
  table: number;
  /** Devices forgotten because of the bound. */
  evictions: number;
  readonly #options: DeviceWatermarksOptions;
  readonly #maximum: number;
  readonly #numbers: Map<DeviceKey, number> = new Map();
  readonly #keys: DeviceKey[] = [];
  readonly #watermarks: number[] = [];
  readonly #seenMs: number[] = [];
  readonly #active = new RecencyList();
  readonly #silent = new RecencyList();
  readonly #counting: DeviceHeap = new DeviceHeap((device) => this.watermarkOf(device));
  /** When the last row came, or the deadlines began anew; undefined before either. */
  #heardMs: number | undefined;
  /** The table's watermark then, or higher as devices fell silent since: where the clock goes on. */
  #stoppedAt: number;

  constructor(options: DeviceWatermarksOptions, resume: DeviceWatermarksSnapshot | undefined) {
    this.#options = options;
    this.#maximum = options.maximum ?? DEVICES_PER_TABLE;
    this.table = resume?.table ?? NO_WATERMARK;
    this.#stoppedAt = resume?.stoppedAt ?? NO_WATERMARK;
    this.evictions = resume?.evictions ?? 0;
    this.#heardMs = resume?.heardMs;
    for (const [device, key] of (resume?.keys ?? []).entries()) {
      this.#keys.push(key);
      this.#numbers.set(key, device);
    }
    this.#watermarks.push(...(resume?.watermarks ?? []));
    this.#seenMs.push(...(resume?.seenMs ?? []));
    for (const device of resume?.active ?? []) this.#active.push(device);
    for (const device of resume?.silent ?? []) this.#silent.push(device);
    for (const device of resume?.counting ?? []) this.#counting.add(device);
  }

  /** Devices known, and how many of them are silent. */
  get counts(): { readonly active: number; readonly silent: number } {
    return { active: this.#active.size, silent: this.#silent.size };
  }

  /** The numbers given out are those below it. */
  get size(): number {
    return this.#keys.length;
  }

  watermarkOf(device: number): number {
    return this.#watermarks[device] ?? NO_WATERMARK;
  }

  /** Whether a row of the device makes another one be forgotten. */
  needsEviction(key: DeviceKey): boolean {
    return this.#keys.length >= this.#maximum && !this.#numbers.has(key);
  }

  /** Notes a row of a device; its number. Beyond the bound the device heard of longest ago is forgotten. */
  hear(key: DeviceKey, nowMs: number): number {
    this.#heardMs = nowMs;
    this.#stoppedAt = this.table;
    const known = this.#numbers.get(key);
    const device = known ?? this.#add(key);
    this.#seenMs[device] = nowMs;
    if (this.#active.last === device) return device;
    if (known !== undefined)
      (this.#active.has(device) ? this.#active : this.#silent).remove(device);
    this.#active.push(device);
    return device;
  }

  /** Raises the watermark of a device that has been heard of; a lower one changes nothing. */
  raise(device: number, watermark: number): void {
    if (watermark > this.watermarkOf(device)) this.#watermarks[device] = watermark;
    if (!this.#counting.has(device) && this.watermarkOf(device) >= this.table) {
      this.#counting.add(device);
    }
    this.#update();
  }

  /** Raises the watermark of a silent device: its windows close by the clock. */
  close(device: number, watermark: number): void {
    if (watermark > this.watermarkOf(device)) this.#watermarks[device] = watermark;
  }

  /** Raises the table's watermark while all devices are silent. */
  closeTable(watermark: number): void {
    if (watermark > this.table) this.table = watermark;
  }

  /** Whether `expire` has something to do, or everything is silent for the time-out. */
  isDue(nowMs: number): boolean {
    return this.#nextMs() <= nowMs;
  }

  /** Devices that have been silent for the time-out count no more. */
  expire(nowMs: number): void {
    for (let device = this.#active.first; device >= 0; device = this.#active.first) {
      if (this.#deadlineOf(device) > nowMs) break;
      this.#active.remove(device);
      this.#silent.push(device);
      this.#counting.delete(device);
      this.#update();
    }
  }

  /** The clock's watermark while everything has been silent for the time-out; undefined otherwise. */
  silentWatermark(nowMs: number): number | undefined {
    if (this.#active.first >= 0 || this.#heardMs === undefined || !this.isDue(nowMs))
      return undefined;
    // A table that never had a watermark does not say where its time stands: it holds nothing back.
    if (this.#stoppedAt === NO_WATERMARK) return Number.POSITIVE_INFINITY;
    return this.#stoppedAt + (nowMs - this.#heardMs);
  }

  /** What the table's watermark would be after `expire`, and whether every device would be silent. */
  at(nowMs: number): { readonly table: number; readonly isSilent: boolean } {
    const { last } = this.#active;
    const isSilent = last < 0 || this.#deadlineOf(last) <= nowMs;
    let least = Number.POSITIVE_INFINITY;
    for (let device = last; device >= 0; device = this.#active.before(device)) {
      const isExpired = this.#deadlineOf(device) <= nowMs;
      if (isExpired && least < Number.POSITIVE_INFINITY) break;
      if (this.#counting.has(device)) least = Math.min(least, this.watermarkOf(device));
    }
    const table = least < Number.POSITIVE_INFINITY ? Math.max(this.table, least) : this.table;
    return { table, isSilent };
  }

  /** When the next device falls silent after `nowMs`; undefined if all will be silent by then. */
  nextSilenceMs(nowMs: number): number | undefined {
    for (let device = this.#active.first; device >= 0; device = this.#active.after(device)) {
      const deadlineMs = this.#deadlineOf(device);
      if (deadlineMs > nowMs) return deadlineMs;
    }
    return undefined;
  }

  /** When the last device falls silent, if nothing comes; Infinity without a time-out. */
  get allSilentMs(): number {
    const { idleTimeoutMs } = this.#options;
    if (idleTimeoutMs === undefined || this.#heardMs === undefined) return Number.POSITIVE_INFINITY;
    return this.#heardMs + idleTimeoutMs;
  }

  /** Engine time at which the clock reaches a watermark, if nothing comes and all fall silent. */
  clockReachesMs(watermark: number): number {
    const { table } = this.at(Number.POSITIVE_INFINITY);
    const stoppedAt = table > this.table ? table : this.#stoppedAt;
    if (this.#heardMs === undefined || stoppedAt === NO_WATERMARK) return this.allSilentMs;
    return Math.max(this.allSilentMs, this.#heardMs + (watermark - stoppedAt));
  }

  /** Begins the deadlines anew: nobody could be heard of before. */
  restart(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#stoppedAt = this.table;
    for (const device of this.#active) this.#seenMs[device] = nowMs;
  }

  snapshot(): DeviceWatermarksSnapshot {
    return {
      table: this.table,
      stoppedAt: this.#stoppedAt,
      heardMs: this.#heardMs,
      evictions: this.evictions,
      keys: [...this.#keys],
      watermarks: [...this.#watermarks],
      seenMs: [...this.#seenMs],
      active: [...this.#active],
      silent: [...this.#silent],
      counting: [...this.#active].filter((device) => this.#counting.has(device)),
    };
  }

  #nextMs(): number {
    const { first } = this.#active;
    return first < 0 ? this.allSilentMs : this.#deadlineOf(first);
  }

  #deadlineOf(device: number): number {
    const { idleTimeoutMs } = this.#options;
    if (idleTimeoutMs === undefined) return Number.POSITIVE_INFINITY;
    return (this.#seenMs[device] ?? 0) + idleTimeoutMs;
  }

  /** A number for a device that is not known, whose watermark is the table's. */
  #add(key: DeviceKey): number {
    const device = this.#keys.length < this.#maximum ? this.#keys.length : this.#evict();
    this.#keys[device] = key;
    this.#numbers.set(key, device);
    this.#watermarks[device] = this.table;
    this.#counting.add(device);
    return device;
  }

  #evict(): number {
    const list = this.#silent.first >= 0 ? this.#silent : this.#active;
    const device = list.first;
    list.remove(device);
    this.#counting.delete(device);
    this.#numbers.delete(this.#keys[device] ?? null);
    this.#options.forget(device);
    this.evictions++;
    return device;
  }

  #update(): void {
    const least = this.#counting.least();
    if (least === undefined || least <= this.table) return;
    this.table = least;
    this.#stoppedAt = least;
  }
}
