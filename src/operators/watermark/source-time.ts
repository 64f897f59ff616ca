// A table with watermark options while it is read: which device each row is of, what the watermarks are before and
// after it, and what happens between rows by engine time.

import { NULL, VALUE } from "../../core/row-batch.ts";
import type { Column, RowBatch } from "../../core/row-batch.ts";
import { timestampText } from "../../core/value/time-text.ts";
import { NO_WATERMARK } from "../contract.ts";
import type { DeviceUpstream } from "../node.ts";
import type { SourceVectors } from "../pipeline/plan.ts";
import { DeviceWatermarks } from "./device-watermarks.ts";
import type { DeviceKey, DeviceWatermarksSnapshot } from "./device-watermarks.ts";
import type { WatermarkOptions } from "./options.ts";
import { closeUpTo, isReleasing, nextDeadlineMs, passSilence } from "./silence.ts";
import type { WatermarkConsumers } from "./silence.ts";

/** When the messages of a batch came, by their indexes. */
export interface MessageClock {
  engineTimeMs(message: number): number;
  receiveTimeMs(message: number): number;
  /** Whether receive times can be trusted; default: they can. */
  readonly clockTrusted?: boolean;
}

/** A rule over the table. */
interface Consumer {
  advance(watermark: number): void;
  dueAt(): number;
  readonly devices: readonly DeviceUpstream[];
}

export interface SourceTimeOptions extends WatermarkOptions {
  readonly clock: MessageClock | undefined;
  readonly consumers: {
    readonly all: readonly Consumer[];
    /** Does something with each, and says which one threw. */
    readonly run: (step: (consumer: Consumer) => void) => void;
  };
}

export interface SourceTimeSnapshot {
  readonly nowMs: number;
  readonly isPaused: boolean;
  readonly devices: DeviceWatermarksSnapshot;
}

interface Vectors extends SourceVectors {
  readonly raise: Float64Array;
}

export class SourceTime {
  readonly devices: DeviceWatermarks;
  readonly #options: SourceTimeOptions;
  readonly #consumers: WatermarkConsumers;
  /** Engine time; never goes back. */
  #nowMs: number;
  #isPaused: boolean;

  constructor(options: SourceTimeOptions, resume: SourceTimeSnapshot | undefined) {
    this.#options = options;
    this.#nowMs = resume?.nowMs ?? 0;
    this.#isPaused = resume?.isPaused ?? false;
    const { clock, consumers, idleTimeoutMs } = options;
    this.devices = new DeviceWatermarks(
      {
        idleTimeoutMs: clock === undefined ? undefined : idleTimeoutMs,
        forget: (device) => this.#forget(device),
      },
      resume?.devices,
    );
    this.#consumers = {
      dueAt: () => Math.min(Number.POSITIVE_INFINITY, ...consumers.all.map((each) => each.dueAt())),
      advance: (watermark) => consumers.run((each) => each.advance(watermark)),
      get devices() {
        return consumers.all.flatMap(({ devices }) => devices);
      },
      advanceDevice: (device, watermark) => {
        const { table } = this.devices;
        consumers.run((each) => {
          for (const of of each.devices) of.advanceDevice(device, watermark, table);
        });
      },
    };
  }

  /** How many devices are known; undefined where they have no watermarks of their own. */
  get deviceCounts(): DeviceWatermarks["counts"] | undefined {
    return this.#options.deviceColumn === undefined ? undefined : this.devices.counts;
  }

  /** Why a row may not be taken; undefined: it may. */
  refusal({ origin }: RowBatch, row: number, rowtimeMs: number): string | undefined {
    const { clock, maxFutureMs } = this.#options;
    if (clock === undefined || maxFutureMs === undefined) return undefined;
    if (clock.clockTrusted === false) return undefined;
    const aheadMs = rowtimeMs - clock.receiveTimeMs(origin[row] ?? 0);
    if (aheadMs <= maxFutureMs) return undefined;
    const time = timestampText(rowtimeMs, " ", 3);
    return `the event time ${time} is ${aheadMs} ms ahead of the receive time, more than 'watermark.max-future'`;
  }

  /**
   * Writes device and watermarks of rows [from, to), those before which have been run. Stops before a row that has to
   * wait for what happens between the rows before and itself, and gives its number: run those rows, then go on there.
   */
  judge(
    batch: RowBatch,
    { from, to }: { readonly from: number; readonly to: number },
    { before, own, reached, device, raise }: Vectors,
  ): number {
    const { devices } = this;
    const { clock, deviceColumn } = this.#options;
    const column = deviceColumn === undefined ? undefined : batch.columns[deviceColumn];
    let isFirst = true;
    for (let row = from; row < to; row++) {
      if (batch.skip[row] !== 0) continue;
      if (clock !== undefined) this.#reach(clock.engineTimeMs(batch.origin[row] ?? 0));
      const key = column === undefined ? null : keyOf(column, row);
      if (isFirst) this.#passSilence();
      else if (this.#mustWait(key)) return row;
      isFirst = false;
      before[row] = devices.table;
      const number = devices.hear(key, this.#nowMs);
      device[row] = number;
      own[row] = devices.watermarkOf(number);
      const raised = raise[row] ?? NO_WATERMARK;
      // Flink's assigner starts at 0: a watermark up to epoch 0 is none.
      devices.raise(number, raised > 0 ? raised : NO_WATERMARK);
      reached[row] = devices.watermarkOf(number);
    }
    return to;
  }

  /** Lets time pass without a row. */
  tick(nowMs: number): void {
    this.#reach(nowMs);
    this.#passSilence();
  }

  /** Whether `tick` would let go of anything. */
  isReleasing(nowMs: number): boolean {
    if (this.#isPaused) return false;
    return isReleasing(this.devices, this.#consumers, Math.max(nowMs, this.#nowMs));
  }

  /** The engine time after `nowMs` at which a tick may be due; Infinity: none. */
  nextDeadlineMs(nowMs: number): number {
    if (this.#isPaused) return Number.POSITIVE_INFINITY;
    return nextDeadlineMs(this.devices, this.#consumers, Math.max(nowMs, this.#nowMs));
  }

  /** From here on nobody falls silent: devices cannot be heard of. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Devices can be heard of from here on: their deadlines begin anew. */
  resume(nowMs: number): void {
    this.#isPaused = false;
    this.#reach(nowMs);
    this.devices.restart(this.#nowMs);
  }

  /** No row will come: everything that is held goes. */
  endOfInput(): void {
    closeUpTo(this.devices, this.#consumers, Number.POSITIVE_INFINITY);
  }

  snapshot(): SourceTimeSnapshot {
    return { nowMs: this.#nowMs, isPaused: this.#isPaused, devices: this.devices.snapshot() };
  }

  #reach(nowMs: number): void {
    if (nowMs > this.#nowMs) this.#nowMs = nowMs;
  }

  #passSilence(): void {
    if (this.#isPaused || !this.devices.isDue(this.#nowMs)) return;
    passSilence(this.devices, this.#consumers, this.#nowMs);
  }

  /** Whether something happens before a row of the device that rows not yet run come before. */
  #mustWait(key: DeviceKey): boolean {
    const { devices } = this;
    if (devices.needsEviction(key)) return true;
    if (this.#isPaused || !devices.isDue(this.#nowMs)) return false;
    // What only lets the table's watermark rise is in that before the row.
    devices.expire(this.#nowMs);
    return devices.silentWatermark(this.#nowMs) !== undefined;
  }

  /** A device is forgotten: what it has open closes, wherever it is held. */
  #forget(device: number): void {
    const { table } = this.devices;
    this.#options.consumers.run((each) => {
      for (const of of each.devices) of.forgetDevice(device, table);
    });
  }
}

function keyOf(column: Column, row: number): DeviceKey {
  if (column.layout === "value") return (column.values[row] ?? null) as DeviceKey;
  if (column.state[row] === NULL) return null;
  return (column.state[row] === VALUE ? column.values[row] : column.wide.get(row)) ?? null;
}
