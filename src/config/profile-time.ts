// `x-gateway.time`: where event time stands in a payload, and what a clock that is wrong means. Nothing here reads a clock:
// a time is held against the moment at which its message came.

import { TIME_UNITS } from "../core/format/profile-codec.ts";
import { choice, duration, section } from "./fields.ts";
import type { Field } from "./fields.ts";
import { address, ADDRESS_KEYS, LATER_ADDRESSES } from "./profile-address.ts";
import { MAX_FUTURE_MS } from "./profile-defaults.ts";
import type { ProfileTime } from "./profile.ts";

/** What networks reorder, not what devices store and forward. */
const OUT_OF_ORDER_MS = 5000;

const UNSYNCED = {
  accept: "accept",
  deadLetter: "dead-letter",
  useReceiveTime: "use-receive-time",
} as const;

/** The section, with its defaults. */
export const TIME: Field<ProfileTime> = section(
  {
    /** Without an address, event time is receive time. */
    ...ADDRESS_KEYS,
    unit: choice(TIME_UNITS).default("ms"),
    base: section({ ...ADDRESS_KEYS, unit: choice(TIME_UNITS).default("ms") }).optional(),
    every: duration().default(0),
    maxFuture: duration().default(MAX_FUTURE_MS),
    outOfOrder: duration().default(OUT_OF_ORDER_MS),
    else: choice(["receive", "deadLetter"]).default("deadLetter"),
    whenUnsynced: choice(["accept", "deadLetter", "useReceiveTime"]).default("deadLetter"),
    whenAhead: choice(["deadLetter", "clamp"]).default("deadLetter"),
  },
  LATER_ADDRESSES,
).transform((time, context): ProfileTime => {
  const own = address(time, context);
  const { base } = time;
  return {
    address: own.kind === "payload" ? undefined : own,
    unit: time.unit,
    base: base && { address: address(base, context, ["base"]), unit: base.unit },
    everyMs: time.every,
    maxFutureMs: time.maxFuture,
    outOfOrderMs: time.outOfOrder,
    missing: time.else === "receive" ? "receive" : "dead-letter",
    whenUnsynced: UNSYNCED[time.whenUnsynced],
    whenAhead: time.whenAhead === "clamp" ? "clamp" : "dead-letter",
  };
});
