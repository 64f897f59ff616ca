// What the pipeline lets out while it runs one journal entry: rows by lane, encoded once, and lines for stdout.
// Taken after the entry and committed with it. The digest covers all of it: replay must give the same.

import { createHash } from "node:crypto";

import { RECENT_LINES } from "../core/limits.ts";
import { OutboxRowWriter } from "../core/outbox-rows.ts";
import type { RuleTimes } from "../core/outbox-rows.ts";
import { LANES } from "../core/protocol.ts";
import type { AlarmTold, Lane, ResultTold, Told, ToldRules } from "../core/protocol.ts";

export interface LaneBlob {
  readonly lane: Lane;
  readonly rows: number;
  readonly bytes: Uint8Array;
  readonly logicalBytes: number;
}

export interface PipelineOutput {
  readonly blobs: readonly LaneBlob[];
  readonly lines: readonly string[];
  /** 64 bits over blobs and printed rows; 0 when there are none. */
  readonly digest: bigint;
}

/** What is told beside what leaves. */
export interface Telling {
  /** Every row and alarm event becomes a line. */
  readonly tap: boolean;
  /** Rules of which the main thread is told; default: none. */
  readonly told?: ToldRules;
}

const NOBODY: ToldRules = { alarms: [], results: [] };
const TOLD_NOTHING: Told = { alarms: [], results: [] };
const NOTHING: PipelineOutput = { blobs: [], lines: [], digest: 0n };

export class Outputs {
  /** The newest rows and alarm events, oldest first; text is made when somebody looks. */
  readonly recentRows: (() => string)[] = [];
  readonly recentAlarms: (() => string)[] = [];
  /** Every row and alarm event becomes a line too; `print` rows then do not a second time. */
  readonly tap: boolean;
  readonly #toldRules: ToldRules;
  /** By rule and series. */
  readonly #alarms = new Map<string, AlarmTold>();
  /** By rule and device; text is made when it is taken. */
  readonly #results = new Map<string, Omit<ResultTold, "row"> & { row(): string }>();
  readonly #writers: ReadonlyMap<Lane, OutboxRowWriter>;
  #lines: string[] = [];
  #printed: string[] = [];

  constructor(gatewayId: string, { tap, told = NOBODY }: Telling) {
    this.tap = tap;
    this.#toldRules = told;
    this.#writers = new Map(LANES.map((lane) => [lane, new OutboxRowWriter(gatewayId)]));
  }

  writer(lane: Lane): OutboxRowWriter {
    return this.#writers.get(lane) as OutboxRowWriter;
  }

  /** A row of a `print` sink. */
  print(line: string): void {
    this.#printed.push(line);
    if (!this.tap) this.#lines.push(line);
  }

  /** A line that repeats what goes into a lane: shown, no part of the digest. */
  show(line: string): void {
    if (this.tap) this.#lines.push(line);
  }

  /** Of what a series has been since the last `takeTold`, the newest counts. */
  tell(alarm: AlarmTold): void {
    if (!this.#toldRules.alarms.includes(alarm.rule)) return;
    this.#alarms.set(`${alarm.rule}\u0000${alarm.series}`, alarm);
  }

  /** Whether somebody is told of rows of the rule. */
  tellsRows(rule: string): boolean {
    return this.#toldRules.results.includes(rule);
  }

  /** As `tell`, of a row for a device. */
  tellRow(rule: string, device: string, row: () => string): void {
    this.#results.set(`${rule}\u0000${device}`, { rule, device, row });
  }

  /** Not part of any commit: best effort. */
  takeTold(): Told {
    if (this.#alarms.size === 0 && this.#results.size === 0) return TOLD_NOTHING;
    const alarms = [...this.#alarms.values()];
    const results = [...this.#results.values()].map((told) => ({ ...told, row: told.row() }));
    this.#alarms.clear();
    this.#results.clear();
    return { alarms, results };
  }

  remember(recent: (() => string)[], text: () => string): void {
    recent.push(text);
    if (recent.length > RECENT_LINES) recent.shift();
  }

  /** Everything since the last call. `watermarks`: of a lane's rules whose rows wait for the watermark. */
  take(watermarks: (lane: Lane) => RuleTimes): PipelineOutput {
    const lines = this.#lines;
    const printed = this.#printed;
    const waiting = LANES.filter((lane) => this.writer(lane).rows > 0);
    if (lines.length === 0 && printed.length === 0 && waiting.length === 0) return NOTHING;
    const hash = createHash("sha1");
    const blobs = waiting.map((lane): LaneBlob => {
      const writer = this.writer(lane);
      const { rows, byteLength } = writer;
      const bytes = writer.finish(watermarks(lane));
      hash.update(lane).update(bytes);
      return { lane, rows, bytes, logicalBytes: byteLength };
    });
    for (const line of printed) hash.update(line);
    this.#lines = [];
    this.#printed = [];
    const nothing = blobs.length === 0 && printed.length === 0;
    return { blobs, lines, digest: nothing ? 0n : hash.digest().readBigUInt64LE(0) };
  }
}
