// The third transport: a capture file. JSON lines, one per transmission in virtual time, for replay against a gateway
// as input of `headrace sql` (JSON is the line's `payload` member, all else bytes in `hex`).

import type { DeviceEncoder } from "./device/encoder.ts";
import type { Transmission } from "./fleet.ts";

export interface CapturedMessage {
  /** Virtual time of the sending (epoch milliseconds). */
  readonly atMs: number;
  readonly topic: string;
  readonly dup: boolean;
  readonly payload?: unknown;
  readonly hex?: string;
}

/** A transmission as one line of a capture file, without the line break. JSON stands in it byte for byte. */
export function captureLine(encoder: DeviceEncoder, transmission: Transmission): string {
  const { atMs, sending, fact } = transmission;
  const head = JSON.stringify({ atMs, topic: encoder.topic, dup: sending === "resend-dup" });
  const payload = encoder.payload(fact);
  const body =
    typeof payload === "string"
      ? `"payload":${payload}`
      : `"hex":"${Buffer.from(payload).toString("hex")}"`;
  return `${head.slice(0, -1)},${body}}`;
}

/** Reads a capture file. Empty lines are skipped. */
export function readCapture(text: string): CapturedMessage[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as CapturedMessage);
}
