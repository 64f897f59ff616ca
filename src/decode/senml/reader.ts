// SenML packs into rows.
//
//   a table of SQL      a row a record; columns n, u, v, vs, vb, vd, s, t, ut, as resolved
//   a device profile    a row for each time of the pack; a resource takes the record whose name (its own, its full one,
//                       or the part behind a : or /) is the resource's

import { GatewayError } from "../../core/errors.ts";
import { FormatOptions } from "../../core/format/options.ts";
import { didYouMean } from "../../core/suggest.ts";
import { CborCursor } from "../cbor.ts";
import type { Payload, PayloadReader, ReaderInput, Wanted } from "../payload-reader.ts";
import { PayloadInstant } from "../payload-value.ts";
import type { PayloadValue } from "../payload-value.ts";
import { RecordRows } from "../record-rows.ts";
import type { DecodeTable } from "../table.ts";
import { SenmlPack } from "./pack.ts";
import type { SenmlMeasurement } from "./pack.ts";
import { CborRecords, JsonRecords } from "./records.ts";
import type { SenmlRecords } from "./records.ts";

type Part = (measurement: SenmlMeasurement) => PayloadValue | undefined;

/** The columns of a table of SQL. */
const COLUMNS: Readonly<Record<string, Part>> = {
  n: ({ name }) => name,
  u: ({ unit }) => unit,
  v: ({ value }) => value,
  vs: ({ text }) => text,
  vb: ({ flag }) => flag,
  vd: ({ data }) => data,
  s: ({ sum }) => sum,
  t: ({ time }) => time,
  ut: ({ updateTime }) => updateTime,
};

export class SenmlReader implements PayloadReader {
  readonly ignoresErrors: boolean;
  reason = "";
  position = 0;
  readonly #pack = new SenmlPack();
  readonly #records: SenmlRecords;
  readonly #rows: RecordRows;
  readonly #take: () => string;
  /** The row of a profile's time. */
  #row = -1;
  #time = Number.NaN;

  /** Throws blame `config` for bad options, and for columns that SenML does not have. */
  constructor({ table, wanted, space, codec, cursor }: ReaderInput) {
    const options = new FormatOptions(table, "senml.");
    const encoding = options.choice("encoding", ["json", "cbor"]) ?? "json";
    this.ignoresErrors = options.flag("ignore-parse-errors");
    options.finish();
    const isCbor = codec?.type === "senml" ? codec.encoding === "cbor" : encoding === "cbor";
    this.#records = isCbor
      ? new CborRecords(new CborCursor(cursor.strings), this.#pack)
      : new JsonRecords(cursor, this.#pack);
    this.#rows = new RecordRows(space);
    this.#take = codec === undefined ? this.#recordRow(table, wanted) : this.#timeRow(wanted);
  }

  read(payload: Payload, row: number): number {
    this.#pack.begin(payload.receiveTimeMs);
    this.#rows.begin(row);
    this.#row = -1;
    this.#time = Number.NaN;
    if (this.#records.read(payload, this.#take)) return this.#rows.count;
    this.reason = this.#records.reason;
    this.position = this.#records.position;
    return -1;
  }

  /** Every record that has a value is a row. */
  #recordRow(table: DecodeTable, wanted: readonly Wanted[]): () => string {
    for (const { name, source } of table.columns) {
      if (source.kind === "physical" && COLUMNS[name] === undefined) throw noColumn(table, name);
    }
    const columns = wanted.map(({ label, address, target, type }) => {
      const name = address.kind === "path" ? (address.path[0] ?? "") : "";
      const isInstant = type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ";
      return { label, target, part: COLUMNS[name] as Part, isInstant };
    });
    return () => {
      const resolved = this.#pack.resolve();
      if (resolved !== "") return resolved === "base" ? "" : resolved;
      const row = this.#rows.next();
      if (row < 0) return this.#rows.reason;
      for (const { label, target, part, isInstant } of columns) {
        const value = part(this.#pack.measurement) ?? null;
        const own = isInstant && typeof value === "number" ? instant(value) : value;
        const reason = target.take(own, row);
        if (reason !== "") return `${label}: ${reason}`;
      }
      return "";
    };
  }

  /** Records of the same time share a row. */
  #timeRow(wanted: readonly Wanted[]): () => string {
    const named = wanted.map(({ label, address, target }) => ({
      label,
      target,
      name: address.kind === "measurement" ? address.name : "",
    }));
    const times = named.filter(({ name }) => name === "");
    const values = named.filter(({ name }) => name !== "");
    return () => {
      const resolved = this.#pack.resolve();
      if (resolved !== "") return resolved === "base" ? "" : resolved;
      const { measurement } = this.#pack;
      if (measurement.time !== this.#time) {
        this.#time = measurement.time;
        this.#row = this.#rows.next();
        if (this.#row < 0) return this.#rows.reason;
        for (const { label, target } of times) {
          const reason = target.take(instant(measurement.time), this.#row);
          if (reason !== "") return `${label}: ${reason}`;
        }
      }
      for (const { label, target, name } of values) {
        if (!isNamed(measurement, name)) continue;
        const { value, text, flag, data, sum } = measurement;
        const reason = target.take(value ?? text ?? flag ?? data ?? sum ?? null, this.#row);
        if (reason !== "") return `${label}: ${reason}`;
      }
      return "";
    };
  }
}

function isNamed({ name, ownName }: SenmlMeasurement, wanted: string): boolean {
  if (ownName === wanted || name === wanted) return true;
  return name.endsWith(`:${wanted}`) || name.endsWith(`/${wanted}`);
}

/** Seconds since 1970 as a moment, to the microsecond: a double has no more. */
function instant(seconds: number): PayloadInstant {
  const micros = Math.round(seconds * 1e6);
  const ms = Math.floor(micros / 1000);
  return new PayloadInstant(ms, (micros - ms * 1000) * 1000);
}

function noColumn(table: DecodeTable, name: string): GatewayError {
  const names = Object.keys(COLUMNS);
  return new GatewayError(`table ${table.name}: format 'senml' has no column ${name}`, {
    code: "SQL_INVALID",
    blame: "config",
    hint: didYouMean(name, names) ?? `Its columns are ${names.join(", ")}.`,
    context: { option: "format" },
  });
}
