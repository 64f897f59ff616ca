// Flink's raw format: the value of the only column without any frame. NULL is a message without a value.

import { rawForm } from "../core/format/raw-form.ts";
import type { SqlType, SqlValue } from "../core/types.ts";
import type { EncoderInput, Encoded, RowEncoder } from "./row-encoder.ts";

type Write = (value: SqlValue) => string | Uint8Array;

export class RawEncoder implements RowEncoder {
  readonly reason = "";
  readonly #write: Write;

  /** Throws blame `config` for bad options, and for columns that raw cannot hold. */
  constructor({ table, prefix, fields }: EncoderInput) {
    const { charset, isLittle } = rawForm(table, prefix, fields);
    const type = fields[0]?.type ?? { kind: "NULL", nullable: true };
    this.#write = writerOf(type, charset, isLittle);
  }

  encode([value = null]: readonly SqlValue[]): Encoded {
    return value === null ? null : this.#write(value);
  }
}

function writerOf(type: SqlType, charset: "utf8" | "latin1", isLittle: boolean): Write {
  const view = new DataView(new ArrayBuffer(8));
  const number = (bytes: number, set: (value: SqlValue) => void): Write => {
    const own = new Uint8Array(view.buffer, 0, bytes);
    return (value) => {
      set(value);
      return own;
    };
  };
  switch (type.kind) {
    case "BOOLEAN":
      return number(1, (value) => view.setUint8(0, Number(value)));
    case "TINYINT":
      return number(1, (value) => view.setInt8(0, Number(value)));
    case "SMALLINT":
      return number(2, (value) => view.setInt16(0, Number(value), isLittle));
    case "INTEGER":
      return number(4, (value) => view.setInt32(0, Number(value), isLittle));
    case "BIGINT":
      return number(8, (value) => view.setBigInt64(0, BigInt(value as number | bigint), isLittle));
    case "FLOAT":
      return number(4, (value) => view.setFloat32(0, Number(value), isLittle));
    case "DOUBLE":
      return number(8, (value) => view.setFloat64(0, Number(value), isLittle));
    case "BINARY":
    case "VARBINARY":
      return (value) => value as Uint8Array;
    default:
      return charset === "utf8"
        ? (value) => value as string
        : (value) => Buffer.from(value as string, charset);
  }
}
