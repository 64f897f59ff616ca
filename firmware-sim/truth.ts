// Ground truth: one record per fact a fleet has made, with its label, its true time, when it was sent and what became
// of it. As a file: JSON lines, in the order of measurement per device. The checker works from these alone.

import type { Fact, Sending } from "./device/device.ts";
import type { Transmission } from "./fleet.ts";

export const FATES = ["unsent", "sent", "acknowledged", "refused", "lost"] as const;
/** `lost` = overwritten on the device before it was sent; `refused` = a PUBACK with an error code. */
export type Fate = (typeof FATES)[number];

export interface TruthRecord {
  readonly device: string;
  readonly sequence: number;
  /** When it was really measured, and the time it carries (epoch milliseconds). */
  readonly trueTimeMs: number;
  readonly eventTimeMs: number;
  readonly labels: readonly string[];
  /** Column values by name. */
  readonly values: Readonly<Record<string, number | string | boolean | null>>;
  fate: Fate;
  /** Every sending in virtual time; by `turn` a device's are in the order on its connection. */
  readonly sent: { readonly atMs: number; readonly turn: number; readonly sending: Sending }[];
}

export interface TruthOptions {
  /** Name of device number i. */
  readonly deviceName: (device: number) => string;
  /** Column values of a fact by name. */
  readonly valuesOf: (fact: Fact) => TruthRecord["values"];
}

/** Keeps the truth of a run in memory: about 300 bytes a fact. */
export class TruthLog {
  readonly #options: TruthOptions;
  readonly #byDevice: TruthRecord[][] = [];
  #turns = 0;

  constructor(options: TruthOptions) {
    this.#options = options;
  }

  fact(fact: Fact): void {
    const records = (this.#byDevice[fact.device] ??= []);
    records[fact.sequence - 1] = {
      device: this.#options.deviceName(fact.device),
      sequence: fact.sequence,
      trueTimeMs: fact.trueTimeMs,
      eventTimeMs: fact.eventTimeMs,
      labels: fact.labels,
      values: this.#options.valuesOf(fact),
      fate: "unsent",
      sent: [],
    };
  }

  sent({ fact, atMs, sending }: Transmission): void {
    const record = this.#record(fact);
    record.sent.push({ atMs, turn: this.#turns++, sending });
    if (record.fate === "unsent") record.fate = "sent";
  }

  /** An acknowledgement of any sending settles the fact; nothing overrules it. */
  fate(fact: Fact, fate: Fate): void {
    const record = this.#record(fact);
    if (record.fate !== "acknowledged") record.fate = fate;
  }

  /** All records, by device and sequence. */
  records(): TruthRecord[] {
    return this.#byDevice.flat();
  }

  #record(fact: Fact): TruthRecord {
    const record = this.#byDevice[fact.device]?.[fact.sequence - 1];
    if (record === undefined) throw new Error("a fact was sent before it was made");
    return record;
  }
}

/** A record as one line of the truth file, without the line break. */
export function truthLine(record: TruthRecord): string {
  return JSON.stringify(record);
}

/** Reads a truth file. Empty lines are skipped. */
export function readTruth(text: string): TruthRecord[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as TruthRecord);
}
