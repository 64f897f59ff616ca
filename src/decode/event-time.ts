// The event time of a profile's row, under the profile's clock policy. A device's time is held against the receive time
// of its message, which is in the journal: no clock is read here.

import { EACH } from "../core/format/profile-codec.ts";
import type { Address, TimeUnit } from "../core/format/profile-codec.ts";
import type { ClockReason, ProfileTimeDecoding } from "../core/format/profile-decoding.ts";
import { VALUE } from "../core/row-batch.ts";
import type { NumberColumn } from "../core/row-batch.ts";
import { MILLIS_PER_DAY } from "../core/value/calendar.ts";
import { timestampText } from "../core/value/time-text.ts";
import { MS_PER_UNIT } from "./time-target.ts";

/** Before 2020-01-01 no device clock has been set: such a time comes from a boot without a clock. */
const UNSYNCED_BEFORE_MS = 1_577_836_800_000;

/** When a message came, and whether that can be trusted. */
export interface Received {
  readonly receiveMs: number;
  readonly clockTrusted: boolean;
}

/** `own` holds by row what stands at the time's address, `base` at 0 what the message says once. */
export class EventTime {
  /** Why the last time is not the device's own, or not to be believed. */
  reason: ClockReason | undefined;
  /** Why there is no time. */
  refusal = "";
  readonly #time: ProfileTimeDecoding;
  readonly #own: NumberColumn;
  readonly #base: NumberColumn;
  readonly #label: string;

  constructor(time: ProfileTimeDecoding, own: NumberColumn, base: NumberColumn) {
    this.#time = time;
    this.#own = own;
    this.#base = base;
    const address = time.address ?? time.base?.address;
    this.#label = address === undefined ? "" : timeLabel(address);
  }

  /** Epoch milliseconds of row `row`, the message's `record`-th; NaN with a refusal: the message is a dead letter. */
  of(row: number, record: number, from: Received): number {
    const { address, base, everyMs, missing, maxFutureMs } = this.#time;
    this.reason = undefined;
    const receivedMs = from.receiveMs + record * everyMs;
    if (address === undefined && base === undefined) {
      return this.#received(receivedMs, "received", from);
    }
    const isThere = address === undefined || this.#own.state[row] === VALUE;
    if (!isThere || (base !== undefined && this.#base.state[0] !== VALUE)) {
      if (missing === "receive") return this.#received(from.receiveMs, "received", from);
      return this.#refuse("missing");
    }
    const baseMs = base === undefined ? 0 : (this.#base.values[0] as number);
    const ownMs = address === undefined ? 0 : (this.#own.values[row] as number);
    const ms = baseMs + ownMs + record * everyMs;
    if (ms < UNSYNCED_BEFORE_MS) return this.#unsynced(ms, from);
    return from.clockTrusted && ms > from.receiveMs + maxFutureMs ? this.#ahead(ms, from) : ms;
  }

  #unsynced(ms: number, from: Received): number {
    const { whenUnsynced } = this.#time;
    if (whenUnsynced === "dead-letter") {
      const meant = this.#meantUnit(ms, from);
      const why = meant === undefined ? "the device's clock was not set" : lookLike(meant);
      return this.#refuse(`${iso(ms)} is before 2020, ${why}`);
    }
    if (whenUnsynced === "use-receive-time") {
      return this.#received(from.receiveMs, "unsynced", from);
    }
    this.reason = "unsynced";
    return ms;
  }

  #ahead(ms: number, from: Received): number {
    if (this.#time.whenAhead === "clamp") return this.#received(from.receiveMs, "ahead", from);
    const meant = this.#meantUnit(ms, from);
    const aheadMs = ms - from.receiveMs;
    return this.#refuse(
      `${iso(ms)} is ${aheadMs} ms ahead of its receive time, ${meant === undefined ? "more than time.maxFuture" : lookLike(meant)}`,
    );
  }

  /** The unit in which a wrong time would be one of the day before its message came; undefined: there is none. */
  #meantUnit(ms: number, { receiveMs }: Received): TimeUnit | undefined {
    const { unit, address, base, maxFutureMs } = this.#time;
    if (unit === "iso8601" || address === undefined || base !== undefined) return undefined;
    return NUMERIC_UNITS.find((other) => {
      const otherMs = (ms / MS_PER_UNIT[unit]) * MS_PER_UNIT[other];
      return otherMs > receiveMs - MILLIS_PER_DAY && otherMs <= receiveMs + maxFutureMs;
    });
  }

  /** A receive time is no surer than the clock that it comes from. */
  #received(ms: number, reason: ClockReason, { clockTrusted }: Received): number {
    this.reason = clockTrusted ? reason : "untrusted";
    return ms;
  }

  #refuse(why: string): number {
    this.refusal = `${this.#label}: ${why}`;
    return Number.NaN;
  }
}

const NUMERIC_UNITS = ["s", "ms", "us", "ns"] as const;

function lookLike(unit: TimeUnit): string {
  return `but looks like one in ${unit}: write unit: ${unit}`;
}

/** How reasons name the time at an address. */
export function timeLabel(address: Address): string {
  switch (address.kind) {
    case "path":
      return `time /${address.path.map((step) => (step === EACH ? "*" : step)).join("/")}`;
    case "bytes":
      return `time at ${address.at}`;
    case "column":
      return `time in column ${address.column + 1}`;
    case "measurement":
      return `time ${address.name}`;
    case "payload":
      return "time";
  }
}

function iso(ms: number): string {
  return `${timestampText(ms, "T", 3)}Z`;
}
