// What profiles have where nothing else is said. Plain data: the core worker needs it, and must not load the language in
// which sections are declared.

import type { Profile, ProfileTime } from "./profile.ts";

/** Further ahead than this is a wrong clock, not a fast one. */
export const MAX_FUTURE_MS = 3_600_000;
/** Times of receipt go on with the gateway's clock soon after the last message. */
export const RECEIVED_IDLE_TIMEOUT = "1 s";

/** Rows of receive times come in order; those of one moment are not late after one another. */
export const RECEIVED: ProfileTime = {
  address: undefined,
  unit: "ms",
  base: undefined,
  everyMs: 0,
  maxFutureMs: MAX_FUTURE_MS,
  outOfOrderMs: 1,
  missing: "receive",
  whenUnsynced: "dead-letter",
  whenAhead: "dead-letter",
};

/** Of a profile whose file says no more than what its messages are. */
export const UNSAID: Pick<
  Profile,
  "quality" | "availability" | "alarms" | "limits" | "privacy" | "publish" | "uplink"
> = {
  quality: {
    range: "bad",
    stuckForMs: {},
    silentForMs: {},
    deviceSilentForMs: undefined,
    flags: [],
  },
  availability: undefined,
  alarms: [],
  limits: {},
  privacy: undefined,
  publish: undefined,
  uplink: undefined,
};
