// GROUP BY over windows in which every group belongs to one device (`watermark.per`) and goes by its watermark: a device
// that was offline does not keep the others' windows open, and its own are open still when it comes back. The windows
// and what they gather are those of window-aggregate.ts; only that panes are not shared, since they end at different
// times: every key has its own slices.
//
// Invariants
// - A window of a device fires once, when the device's watermark reaches its end - 1 ms, in order of window ends, then
//   of the keys' first arrival.
// - A row is late when the last window of its slice has fired for its device.
// - A key is held while it has a slice; a slice is gone with its last window.

import { assert } from "../../core/errors.ts";
import { KEYS_PER_OPERATOR } from "../../core/limits.ts";
import { takeUp } from "../../core/saved-state.ts";
import type { SavedState } from "../../core/saved-state.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import type { WindowProperty } from "../../sql/plan.ts";
import { NO_WATERMARK } from "../contract.ts";
import type { Snapshot } from "../contract.ts";
import { fullError } from "../data-error.ts";
import type { ResultNode, ResultOutput } from "../node.ts";
import type { GroupOperator } from "../pipeline/plan.ts";
import type { Accumulators } from "./accumulators.ts";
import { Gate } from "./gate.ts";
import type { GateOptions, GateSnapshot, HeldGroups } from "./gate.ts";
import { KeyTable } from "./key-table.ts";
import { DeviceKeys, type KeySlices, type Slice } from "./device-keys.ts";
import { boundOf, instantsOf, overAt, sliceEnd } from "./slices.ts";
import type { Slices, WindowBounds } from "./slices.ts";

export interface DeviceWindowsOptions extends Omit<GateOptions, "byDevice"> {
  readonly slices: Slices;
  readonly keyTypes: readonly SqlType[];
  readonly accumulators: Accumulators;
  readonly properties: readonly WindowProperty[];
  /** Slices of keys that it holds at most; by default as many as keys. */
  readonly maximum?: number;
}

const STATE = { owner: "device-windows", version: 1 } as const;

interface DeviceWindowsSnapshot extends SavedState {
  readonly gate: GateSnapshot;
  readonly fired: readonly number[];
  /** Of each device that has keys, these in order of arrival. */
  readonly devices: readonly {
    readonly device: number;
    readonly keys: readonly {
      readonly key: readonly SqlValue[];
      readonly slices: readonly Slice[];
    }[];
  }[];
  readonly accumulators: ReturnType<Accumulators["snapshot"]>;
}

export class DeviceWindows implements ResultNode, HeldGroups, GroupOperator {
  readonly gate: Gate;
  firing: { readonly startMs: number; readonly endMs: number } | undefined;
  /** The same by the clock of the windows' zone. */
  #window: WindowBounds | undefined;
  readonly #options: DeviceWindowsOptions;
  readonly #accumulators: Accumulators;
  readonly #keys: KeyTable;
  readonly #byDevice: Map<number, DeviceKeys> = new Map();
  /** By device: all windows that end at or before this + 1 have fired. */
  readonly #fired: number[] = [];
  readonly #maximum: number;
  #slices = 0;
  #output: ResultOutput | undefined;

  constructor(options: DeviceWindowsOptions, resume: Snapshot) {
    this.#options = options;
    this.#accumulators = options.accumulators;
    this.#keys = new KeyTable(options.keyTypes);
    this.#maximum = options.maximum ?? KEYS_PER_OPERATOR;
    const state = takeUp<DeviceWindowsSnapshot>(resume, STATE);
    this.gate = new Gate({ ...options, byDevice: true }, this, state?.gate);
    if (state !== undefined) this.#restore(state);
  }

  get timeMs(): number {
    return (this.firing?.endMs ?? Number.NaN) - 1;
  }

  /** Where results go. Set once, before any row. */
  connect(output: ResultOutput): void {
    this.#output = output;
  }

  slot(key: readonly SqlValue[], timeMs: number, watermark: number): number {
    const { slices } = this.#options;
    const { device } = this.gate;
    const end = sliceEnd(slices, slices.placeOf(timeMs));
    const over = slices.zone.over(watermark);
    if (slices.lastWindowEnd(end) - 1 <= over) return -1;
    // Windows up to the watermark are over though none was there to fire.
    this.#passed(device, over);
    const isFired = slices.accumulates && end - 1 <= this.#firedOf(device);
    const target = isFired ? slices.windowStart(end) + slices.sliceMs : end;
    const id = this.#keys.intern(key);
    const known = this.#byDevice.get(device)?.slotOf(id, target);
    if (known !== undefined) return known;
    if (this.#slices >= this.#maximum) {
      this.#keys.forget(id);
      fullError(`the operator holds ${this.#maximum} windows of keys already`);
    }
    return this.#open(device, id, { end: target, slot: this.#accumulators.take() });
  }

  missedEnd(timeMs: number): number {
    const { slices } = this.#options;
    return overAt(slices.lastWindowEnd(sliceEnd(slices, slices.placeOf(timeMs))), slices.zone);
  }

  get isEmpty(): boolean {
    return this.#slices === 0;
  }

  get devices(): Iterable<number> {
    return this.#byDevice.keys();
  }

  dueAt(device: number): number {
    const keys = this.#byDevice.get(device);
    return keys === undefined ? Number.POSITIVE_INFINITY : this.#dueAtOf(device, keys.firstEnd);
  }

  release(device: number, watermark: number, judge: number): void {
    const keys = this.#byDevice.get(device);
    const over = this.#options.slices.zone.over(watermark);
    while (keys !== undefined && !keys.isEmpty) {
      const windowEnd = this.#nextEndOf(device, keys.firstEnd);
      if (windowEnd - 1 > over) break;
      const { isSingle, windowStart, zone } = this.#options.slices;
      const startMs = windowStart(windowEnd);
      this.#window = { startMs, endMs: windowEnd };
      this.firing = instantsOf(this.#window, zone);
      const inWindow = keys.within(isSingle ? windowEnd - 1 : startMs, windowEnd);
      assert(inWindow.length > 0, "a window without a key fires");
      for (const of of inWindow) this.#fire(keys, of, judge);
      this.firing = undefined;
      this.#window = undefined;
      this.#passed(device, windowEnd - 1);
      for (const of of inWindow) this.#drop(keys, of, windowEnd);
    }
    if (keys?.isEmpty === true) this.#byDevice.delete(device);
    this.#passed(device, over);
  }

  forget(device: number): void {
    if (device < this.#fired.length) this.#fired[device] = NO_WATERMARK;
  }

  snapshot(): DeviceWindowsSnapshot {
    const devices = Array.from(this.#byDevice, ([device, keys]) => ({
      device,
      keys: Array.from(keys.all, ({ id, slices }) => ({
        key: this.#key(id),
        slices: [...slices],
      })),
    }));
    const accumulators = this.#accumulators.snapshot();
    const fired = [...this.#fired];
    return { ...STATE, gate: this.gate.snapshot(), fired, devices, accumulators };
  }

  stateBytes(): number {
    return this.#keys.size * 200 + this.#slices * 32 + this.#accumulators.bytes();
  }

  /** Adds a slice to its key. */
  #open(device: number, id: number, slice: Slice): number {
    let keys = this.#byDevice.get(device);
    if (keys === undefined) this.#byDevice.set(device, (keys = new DeviceKeys()));
    if (!keys.has(id)) this.#keys.retain(id);
    keys.add(id, slice);
    this.#slices++;
    this.gate.opened(this.#dueAtOf(device, slice.end));
    return slice.slot;
  }

  /** The watermark at which the first window of a slice fires that has not. */
  #dueAtOf(device: number, end: number): number {
    return overAt(this.#nextEndOf(device, end), this.#options.slices.zone) - 1;
  }

  /** The end of the first window of a slice that has not fired. */
  #nextEndOf(device: number, end: number): number {
    const { sliceMs } = this.#options.slices;
    const fired = this.#firedOf(device);
    if (end - 1 > fired) return end;
    return end + (Math.floor((fired + 1 - end) / sliceMs) + 1) * sliceMs;
  }

  /** Emits what a key has in the window that fires. */
  #fire(keys: DeviceKeys, of: KeySlices, judge: number): void {
    assert(this.#window !== undefined, "no window fires");
    const { startMs, endMs } = this.#window;
    const { isSingle, accumulates, oldestFirst, sliceMs } = this.#options.slices;
    if (accumulates) this.#accumulate(keys, of, { firstEnd: startMs + sliceMs, endMs });
    if (isSingle || accumulates) {
      const whole = accumulates ? startMs + sliceMs : endMs;
      const slice = of.slices.find(({ end }) => end === whole);
      if (slice !== undefined) this.#emit(of.id, slice.slot, judge);
      return;
    }
    const parts = of.slices.filter(({ end }) => end > startMs && end <= endMs);
    if (parts.length === 0) return;
    const merged = this.#accumulators.take();
    for (const { slot } of oldestFirst ? parts : parts.toReversed()) {
      this.#accumulators.merge(merged, slot);
    }
    this.#emit(of.id, merged, judge);
    this.#accumulators.leave(merged);
  }

  /** Moves the slice that ends at `endMs` into the window's first one. */
  #accumulate(
    keys: DeviceKeys,
    of: KeySlices,
    { firstEnd, endMs }: { readonly firstEnd: number; readonly endMs: number },
  ): void {
    const slice = of.slices.find(({ end }) => end === endMs);
    if (slice === undefined || firstEnd === endMs) return;
    const first = of.slices.find(({ end }) => end === firstEnd);
    keys.remove(of, slice);
    if (first === undefined) {
      keys.add(of.id, { end: firstEnd, slot: slice.slot });
      return;
    }
    this.#accumulators.merge(first.slot, slice.slot);
    this.#accumulators.leave(slice.slot);
    this.#slices--;
  }

  /** Drops the slices of a key whose last window is `windowEnd`. */
  #drop(keys: DeviceKeys, of: KeySlices, windowEnd: number): void {
    const { lastWindowEnd } = this.#options.slices;
    for (let [first] = of.slices; first !== undefined; [first] = of.slices) {
      if (lastWindowEnd(first.end) > windowEnd) return;
      this.#accumulators.leave(first.slot);
      keys.remove(of, first);
      this.#slices--;
    }
    keys.drop(of);
    this.#keys.release(Int32Array.of(of.id), 1);
  }

  #emit(id: number, slot: number, judge: number): void {
    const window = this.#window;
    assert(this.#output !== undefined && window !== undefined, "a window fires into nothing");
    let results: readonly SqlValue[];
    try {
      results = this.#accumulators.results(slot);
    } catch (error) {
      this.#output.failed(error);
      return;
    }
    const { properties, slices } = this.#options;
    const bounds = properties.map((each) => boundOf(each, window, slices.zone));
    this.#output.row([...this.#key(id), ...results, ...bounds], judge);
  }

  #key(id: number): SqlValue[] {
    const key = this.#options.keyTypes.map((): SqlValue => null);
    this.#keys.read(id, key);
    return key;
  }

  #firedOf(device: number): number {
    return this.#fired[device] ?? NO_WATERMARK;
  }

  #passed(device: number, watermark: number): void {
    while (this.#fired.length <= device) this.#fired.push(NO_WATERMARK);
    if (watermark > this.#firedOf(device)) this.#fired[device] = watermark;
  }

  #restore(state: DeviceWindowsSnapshot): void {
    this.#fired.push(...state.fired);
    const all = state.devices.flatMap(({ keys }) => keys.flatMap(({ slices }) => slices));
    this.#accumulators.restore(state.accumulators, new Set(all.map(({ slot }) => slot)));
    for (const { device, keys } of state.devices) {
      this.gate.device = device;
      for (const { key, slices } of keys) {
        const id = this.#keys.intern(key);
        for (const slice of slices) this.#open(device, id, slice);
      }
    }
  }
}
