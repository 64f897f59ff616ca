// Which boot of the machine this is. Linux draws a random id at each; our systemd unit hides /proc/sys and hands the id
// over in the environment instead.

import { readFileSync } from "node:fs";

const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** The first 64 bits of the boot's id; 0n where nothing tells it, so that all boots look like one. */
export function machineBoot(environment: NodeJS.ProcessEnv = process.env): bigint {
  const digits = environment["HEADRACE_MACHINE_BOOT"] ?? bootIdOfKernel();
  const hex = digits.replaceAll("-", "").slice(0, 16);
  return /^[0-9a-f]{16}$/.test(hex) ? BigInt(`0x${hex}`) : 0n;
}

function bootIdOfKernel(): string {
  try {
    return readFileSync(BOOT_ID, "utf8");
  } catch {
    return ""; // another system, or hidden
  }
}
