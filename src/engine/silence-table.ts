// A profile's table of silent devices: what is decoded of messages is whose they are, and the rows that rules see are made
// as devices fall silent and come back.

import { parseDuration } from "../core/duration.ts";
import { assert } from "../core/errors.ts";
import { DEVICE_SILENT_FOR } from "../core/format/profile-decoding.ts";
import type { MessageReader } from "../core/message-reader.ts";
import { newColumn } from "../core/row-batch.ts";
import type { RowBatch } from "../core/row-batch.ts";
import { columnLayout } from "../core/types.ts";
import { storeValue } from "../decode/value-target.ts";
import { buildSource } from "../operators/index.ts";
import type { Source } from "../operators/index.ts";
import type { SourceTable } from "../sql/plan.ts";
import { DeviceSilence } from "./device-silence.ts";
import type { SilenceChange, SilenceState } from "./device-silence.ts";
import type { Incidents } from "./incidents.ts";

export interface SilenceParts {
  readonly incidents: Incidents;
  readonly reader: MessageReader;
}

/** Whether the table is one. */
export function isSilenceTable({ options }: SourceTable): boolean {
  return options[DEVICE_SILENT_FOR] !== undefined;
}

/** Where it has its device. */
export function silenceDevice({ columns }: SourceTable): number {
  return columns.findIndex(({ name }) => name === "device");
}

export class SilenceTable {
  readonly source: Source;
  readonly devices: DeviceSilence;
  readonly #table: SourceTable;
  readonly #parts: SilenceParts;
  /** The row that the source is given. */
  #row: SilenceChange | undefined;

  constructor(
    table: SourceTable,
    parts: SilenceParts,
    before: { readonly source: unknown; readonly silence: SilenceState | undefined } | undefined,
  ) {
    const silentForMs = parseDuration(table.options[DEVICE_SILENT_FOR] ?? "");
    assert(silentForMs !== undefined, "a table of silent devices says after how long they are");
    this.#table = table;
    this.#parts = parts;
    const clock = {
      engineTimeMs: (): number => this.#row?.engineMs ?? 0,
      receiveTimeMs: (): number => this.#row?.eventMs ?? 0,
    };
    this.source = buildSource(table, { host: parts.incidents, clock }, before?.source);
    const changed = (change: SilenceChange): void => this.#push(change);
    this.devices = new DeviceSilence({ silentForMs, changed }, before?.silence);
  }

  /** Rows [from, to) of decoded messages are signs of life. */
  hear(batch: RowBatch, from: number, to: number): void {
    const { reader } = this.#parts;
    const column = batch.columns[silenceDevice(this.#table)];
    for (let row = from; row < to; row++) {
      const message = batch.origin[row] ?? 0;
      const device = column?.layout === "value" ? column.values[row] : undefined;
      if (typeof device !== "string") continue;
      this.devices.hear(device, reader.engineTimeMs(message), reader.receiveTimeMs(message));
    }
  }

  #push(change: SilenceChange): void {
    const { source } = this;
    source.time?.tick(change.engineMs);
    // The clock of receive times may have gone back meanwhile; no row is late for that.
    const watermarkMs = source.watermark() ?? Number.NEGATIVE_INFINITY;
    this.#row = { ...change, eventMs: Math.max(change.eventMs, watermarkMs + 1) };
    const batch = batchOf(this.#table, this.#row);
    this.#parts.incidents.messages = batch.messages;
    source.push(batch, 0, 1);
  }
}

function batchOf(table: SourceTable, { device, isSilent, eventMs }: SilenceChange): RowBatch {
  const values = { device, silent: isSilent, event_time: eventMs };
  const columns = table.columns.map(({ name, type }) => {
    const column = newColumn(columnLayout(type), 1);
    storeValue(column, 0, values[name as keyof typeof values]);
    return column;
  });
  const messages = { topic: () => "", receiveTimeMs: () => eventMs, payload: () => NO_PAYLOAD };
  return { count: 1, columns, origin: new Uint32Array(1), skip: new Uint8Array(1), messages };
}

const NO_PAYLOAD: Uint8Array = new Uint8Array();
