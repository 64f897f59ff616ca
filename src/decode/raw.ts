// Payloads that are one value: Flink's `raw` format for a table of SQL, plain text for a device profile (every
// measurement reads the same text, without the blanks around it).

import { rawForm, RAW_BYTES } from "../core/format/raw-form.ts";
import type { RawForm } from "../core/format/raw-form.ts";
import type { SqlType, SqlValue } from "../core/types.ts";
import type { Payload, PayloadReader, ReaderInput, Wanted } from "./payload-reader.ts";
import type { StringCache } from "./string-cache.ts";
import { storeValue } from "./value-target.ts";
import { signed64 } from "./wire-cursor.ts";

/** One column, as Flink's `raw` format reads it. */
export class RawReader implements PayloadReader {
  readonly ignoresErrors = false;
  reason = "";
  position = 0;
  readonly #wanted: Wanted | undefined;
  readonly #form: RawForm;
  readonly #strings: StringCache;
  readonly #size: number | undefined;
  readonly #kind: string;

  /** Throws blame `config` for bad options and for a table that raw cannot hold. */
  constructor({ table, wanted, cursor }: ReaderInput) {
    const columns = table.columns.filter(({ source }) => source.kind === "physical");
    this.#form = rawForm(table, "raw.", columns);
    this.#wanted = wanted[0];
    this.#strings = cursor.strings;
    this.#kind = columns[0]?.type.kind ?? "";
    this.#size = RAW_BYTES[this.#kind];
  }

  read({ bytes, start, end }: Payload, row: number): number {
    const length = end - start;
    if (this.#size !== undefined && length !== this.#size) {
      this.reason = `${length} bytes are no ${this.#kind} of ${this.#size}`;
      this.position = Math.min(length, this.#size);
      return -1;
    }
    if (this.#wanted === undefined) return 1;
    const { column, type } = this.#wanted;
    storeValue(column, row, this.#value(bytes, start, { end, type }));
    return 1;
  }

  #value(bytes: Buffer, start: number, { end, type }: { end: number; type: SqlType }): SqlValue {
    const { charset, isLittle } = this.#form;
    switch (type.kind) {
      case "BOOLEAN":
        return bytes[start] !== 0;
      case "TINYINT":
        return bytes.readInt8(start);
      case "SMALLINT":
        return isLittle ? bytes.readInt16LE(start) : bytes.readInt16BE(start);
      case "INTEGER":
        return isLittle ? bytes.readInt32LE(start) : bytes.readInt32BE(start);
      case "BIGINT":
        return isLittle
          ? signed64(bytes.readInt32LE(start + 4), bytes.readUInt32LE(start))
          : signed64(bytes.readInt32BE(start), bytes.readUInt32BE(start + 4));
      case "FLOAT":
        return isLittle ? bytes.readFloatLE(start) : bytes.readFloatBE(start);
      case "DOUBLE":
        return isLittle ? bytes.readDoubleLE(start) : bytes.readDoubleBE(start);
      case "BINARY":
      case "VARBINARY":
        return Uint8Array.from(bytes.subarray(start, end));
      default:
        if (charset === "latin1") return bytes.toString("latin1", start, end);
        // What is not UTF-8 becomes U+FFFD, as in Java.
        return this.#strings.text(bytes, start, end) ?? bytes.toString("utf8", start, end);
    }
  }
}

/** A text that is the value. */
export class TextReader implements PayloadReader {
  readonly ignoresErrors = false;
  reason = "";
  position = 0;
  readonly #wanted: readonly Wanted[];
  readonly #strings: StringCache;

  constructor({ wanted, cursor }: ReaderInput) {
    this.#wanted = wanted;
    this.#strings = cursor.strings;
  }

  read({ bytes, start, end }: Payload, row: number): number {
    const text = this.#strings.text(bytes, start, end);
    this.position = 0;
    if (text === undefined) {
      this.reason = "the text is not UTF-8";
      return -1;
    }
    const own = text.trim();
    for (const { label, target } of this.#wanted) {
      const reason = target.take(own === "" ? null : own, row);
      if (reason === "") continue;
      this.reason = `${label}: ${reason}`;
      return -1;
    }
    return 1;
  }
}
