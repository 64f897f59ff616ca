// What is remembered of each device's measurements, to know one that is stuck or stale: its last value, since when it has
// been that, and when there was one last. Event time only, so that what a device stored while it was offline is judged
// as it happened; a row older than the newest of its device is judged and changes nothing.
//
// A value counts as unchanged while the rows between say so: after a gap of `stuckForMs` without one it starts anew.
// Devices are bounded with counted eviction. Deterministic; the whole state is in `write`.

import type { ByteReader, ByteWriter } from "../core/bytes.ts";
import { DEVICES_PER_TABLE } from "../core/limits.ts";
import { IdentityKeys } from "./identity-keys.ts";

/** A measurement that is watched. Infinity: not for this. */
export interface Watched {
  readonly stuckForMs: number;
  readonly silentForMs: number;
}

/** Of each device the time of its newest row; of each measurement value, since, seen. */
const PER_DEVICE = 1;
const PER_MEASUREMENT = 3;

export class MeasurementHistory {
  readonly #watched: readonly Watched[];
  readonly #devices: IdentityKeys;
  readonly #stride: number;
  #cells = new Float64Array(0);
  /** Where the cells of the device at hand begin, and whether its row is its newest. */
  #at = 0;
  #isNewest = false;

  constructor(watched: readonly Watched[], maximumDevices: number = DEVICES_PER_TABLE) {
    this.#watched = watched;
    this.#devices = new IdentityKeys(maximumDevices);
    this.#stride = PER_DEVICE + PER_MEASUREMENT * watched.length;
  }

  /** Devices forgotten because of the bound. */
  get evictions(): number {
    return this.#devices.evictions;
  }

  /** Goes to a row of `device` at `ms`. */
  row(device: string, ms: number): void {
    let slot = this.#devices.find(device);
    if (slot < 0) {
      slot = this.#devices.add(device);
      this.#start(slot, ms);
    }
    this.#at = slot * this.#stride;
    this.#isNewest = ms >= (this.#cells[this.#at] as number);
    if (this.#isNewest) this.#cells[this.#at] = ms;
  }

  /** Whether the row's value of measurement `index` has been the same for too long. */
  isStuck(index: number, value: number, ms: number): boolean {
    const { stuckForMs } = this.#watched[index] as Watched;
    const cells = this.#cells;
    const at = this.#at + PER_DEVICE + PER_MEASUREMENT * index;
    const isSame = Object.is(cells[at], value) && ms - (cells[at + 2] as number) < stuckForMs;
    if (this.#isNewest) {
      if (!isSame) {
        cells[at] = value;
        cells[at + 1] = ms;
      }
      cells[at + 2] = ms;
    }
    return isSame && ms - (cells[at + 1] as number) >= stuckForMs;
  }

  /** Notes that there is a value that cannot get stuck. */
  see(index: number, ms: number): void {
    if (this.#isNewest) this.#cells[this.#at + PER_DEVICE + PER_MEASUREMENT * index + 2] = ms;
  }

  /** Whether measurement `index`, which the row does not have, has been missing for too long. */
  isStale(index: number, ms: number): boolean {
    const { silentForMs } = this.#watched[index] as Watched;
    const seenMs = this.#cells[this.#at + PER_DEVICE + PER_MEASUREMENT * index + 2] as number;
    return ms - seenMs >= silentForMs;
  }

  write(writer: ByteWriter): void {
    this.#devices.write(writer);
    const used = this.#devices.size * this.#stride;
    for (let i = 0; i < used; i++) writer.float64(this.#cells[i] as number);
  }

  read(reader: ByteReader): void {
    this.#devices.read(reader);
    const used = this.#devices.size * this.#stride;
    this.#cells = new Float64Array(used);
    for (let i = 0; i < used; i++) this.#cells[i] = reader.float64();
  }

  /** A device that is new: what has never been seen counts as missing from its first row on. */
  #start(slot: number, ms: number): void {
    const end = (slot + 1) * this.#stride;
    if (end > this.#cells.length) {
      const grown = new Float64Array(Math.max(end, this.#cells.length * 2));
      grown.set(this.#cells);
      this.#cells = grown;
    }
    this.#cells.fill(ms, slot * this.#stride, end);
    for (let index = 0; index < this.#watched.length; index++) {
      this.#cells[slot * this.#stride + PER_DEVICE + PER_MEASUREMENT * index] = Number.NaN;
    }
  }
}
