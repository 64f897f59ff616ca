// What the gateway's lives have logged, and what of it should not have been: every error that no event of the history
// explains.

import type { LogFields } from "../../src/core/log.ts";
import { BUG } from "./bug.ts";
import { type Disk, NO_SPACE } from "./disk.ts";
import type { VirtualTime } from "./virtual-time.ts";

export class LogWatch {
  readonly lines: string[] = [];
  readonly problems: string[] = [];
  readonly #time: VirtualTime;
  readonly #disk: Disk;

  constructor(time: VirtualTime, disk: Disk) {
    this.#time = time;
    this.#disk = disk;
  }

  logged(level: string, message: string, fields: LogFields): void {
    const text = `${message} ${JSON.stringify(fields, errorText)}`;
    this.lines.push(`${this.#time.monotonicMs()} ${level} ${text}`);
    if (level !== "error") return;
    const isSuspension = /^(a rule failed and is suspended|recovery found damage)$/.test(message);
    if (isSuspension && (text.includes(BUG) || text.includes("it kills the process"))) return;
    if (message === "a message kills the process and is skipped") return; // the judge looks for it
    if (message === "the core worker ended" && isRefusedWrite(fields["error"])) return;
    const isRestored = this.#disk.pasts.length > 0;
    if (message === "Kafka has rows that this disk has never held" && isRestored) return;
    this.problems.push(`logged: ${text}`);
  }

  /** The process has ended by itself. */
  exited(error: unknown): void {
    if (!isRefusedWrite(error)) this.problems.push(`the gateway did not start: ${String(error)}`);
  }
}

function isRefusedWrite(error: unknown): boolean {
  return String(error).includes(NO_SPACE);
}

function errorText(_: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value;
}
