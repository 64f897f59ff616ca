// Which devices of a profile have not been heard of for `quality.silentFor`: any message on the profile's topic counts,
// whatever it holds. What changes are rows of the profile's table of silence.
//
//              no message for so long in engine time
//   heard of ─────────────────────────────────────────▶ silent
//            ◀─────────────────────────────────────────
//                           a message
//
// As with idle tables (table-time.ts), nobody falls silent while the link is down, and after a start or with the link the
// deadlines begin anew. Event time is that of receipt: the last message's, gone on with engine time.

import type { ByTime } from "./table-time.ts";
import { DEVICES_PER_TABLE } from "../core/limits.ts";
import { takeUp } from "../core/saved-state.ts";
import { RecencyList } from "../operators/watermark/recency-list.ts";

/** A row of the table, and the engine time at which it comes to be. */
export interface SilenceChange {
  readonly device: string;
  readonly isSilent: boolean;
  readonly eventMs: number;
  readonly engineMs: number;
}

const STATE = { owner: "device silence", version: 1 } as const;

export type SilenceState = typeof STATE & {
  readonly isPaused: boolean;
  readonly wallAheadMs: number;
  readonly evictions: number;
  /** By number. */
  readonly devices: readonly string[];
  readonly seenMs: readonly number[];
  /** Numbers, the device heard of longest ago first. */
  readonly active: readonly number[];
  readonly silent: readonly number[];
};

export interface DeviceSilenceOptions {
  readonly silentForMs: number;
  /** Takes a change at once. */
  readonly changed: (change: SilenceChange) => void;
  /** DEVICES_PER_TABLE unless a test says less. */
  readonly maximum?: number;
}

export class DeviceSilence implements ByTime {
  /** Devices forgotten because of the bound. */
  evictions: number;
  readonly #options: DeviceSilenceOptions;
  readonly #numbers: Map<string, number>;
  readonly #devices: string[];
  readonly #seenMs: number[];
  readonly #active = new RecencyList();
  readonly #silent = new RecencyList();
  #isPaused: boolean;
  /** How far the clock of receive times was ahead of engine time at the last message. */
  #wallAheadMs: number;

  constructor(options: DeviceSilenceOptions, resume: SilenceState | undefined) {
    const state = takeUp<SilenceState>(resume, STATE);
    this.#options = options;
    this.#isPaused = state?.isPaused ?? false;
    this.#wallAheadMs = state?.wallAheadMs ?? 0;
    this.evictions = state?.evictions ?? 0;
    this.#devices = [...(state?.devices ?? [])];
    this.#seenMs = [...(state?.seenMs ?? [])];
    this.#numbers = new Map(this.#devices.map((device, number) => [device, number]));
    for (const device of state?.active ?? []) this.#active.push(device);
    for (const device of state?.silent ?? []) this.#silent.push(device);
  }

  get counts(): { readonly active: number; readonly silent: number } {
    return { active: this.#active.size, silent: this.#silent.size };
  }

  /** Notes a message of a device, which came at `nowMs` of engine time. */
  hear(device: string, nowMs: number, receiveMs: number): void {
    this.tick(nowMs);
    this.#wallAheadMs = receiveMs - nowMs;
    let number = this.#numbers.get(device);
    const isActive = number !== undefined && this.#active.has(number);
    if (number === undefined) number = this.#add(device);
    else (isActive ? this.#active : this.#silent).remove(number);
    this.#active.push(number);
    this.#seenMs[number] = nowMs;
    // One that is not known may be one that was forgotten while it was silent.
    if (!isActive) this.#change(number, nowMs);
  }

  tick(nowMs: number): void {
    if (this.#isPaused) return;
    for (let number = this.#active.first; number >= 0; number = this.#active.first) {
      const deadlineMs = this.#deadlineOf(number);
      if (deadlineMs > nowMs) return;
      this.#active.remove(number);
      this.#silent.push(number);
      this.#change(number, deadlineMs);
    }
  }

  isReleasing(nowMs: number): boolean {
    return this.nextDeadlineMs() <= nowMs;
  }

  nextDeadlineMs(): number {
    const { first } = this.#active;
    return this.#isPaused || first < 0 ? Number.POSITIVE_INFINITY : this.#deadlineOf(first);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(nowMs: number): void {
    this.#isPaused = false;
    for (const number of this.#active) this.#seenMs[number] = nowMs;
  }

  snapshot(): SilenceState {
    return {
      ...STATE,
      isPaused: this.#isPaused,
      wallAheadMs: this.#wallAheadMs,
      evictions: this.evictions,
      devices: [...this.#devices],
      seenMs: [...this.#seenMs],
      active: [...this.#active],
      silent: [...this.#silent],
    };
  }

  #deadlineOf(number: number): number {
    return (this.#seenMs[number] ?? 0) + this.#options.silentForMs;
  }

  #change(number: number, engineMs: number): void {
    this.#options.changed({
      device: this.#devices[number] ?? "",
      isSilent: this.#silent.has(number),
      eventMs: Math.floor(engineMs + this.#wallAheadMs),
      engineMs,
    });
  }

  #add(device: string): number {
    const { maximum = DEVICES_PER_TABLE } = this.#options;
    const number = this.#devices.length < maximum ? this.#devices.length : this.#evict();
    this.#devices[number] = device;
    this.#numbers.set(device, number);
    return number;
  }

  /** Forgets the device heard of longest ago; its number. */
  #evict(): number {
    const list = this.#silent.size > 0 ? this.#silent : this.#active;
    const number = list.first;
    list.remove(number);
    this.#numbers.delete(this.#devices[number] ?? "");
    this.evictions++;
    return number;
  }
}
