// Whether the machine's clock has been set since it was started, where that can be known: a machine without a
// battery-backed clock (a Raspberry Pi) begins with a time of its own making, and systemd-timesyncd notes when the
// network has set it. Where something else keeps the clock nothing is known, and the clock is judged by its times alone.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const BATTERY_CLOCKS = "sys/class/rtc";
const TIMESYNC = "run/systemd/timesync";

/** True only where it is known. Both places are in memory: looking takes microseconds. */
export function isClockUnset(root = "/"): boolean {
  const timesync = join(root, TIMESYNC);
  if (!existsSync(timesync) || existsSync(join(timesync, "synchronized"))) return false;
  const clocks = join(root, BATTERY_CLOCKS);
  return !existsSync(clocks) || readdirSync(clocks).length === 0;
}
