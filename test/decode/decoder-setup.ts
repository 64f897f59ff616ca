// A decoder with its reader, and short ways to write tables and see what became of messages.

import { MessageReader } from "../../src/core/message-reader.ts";
import { MAX_LENGTH } from "../../src/core/types.ts";
import type { SqlType } from "../../src/core/types.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import type { DecodeColumn, DecodeTable } from "../../src/decode/table.ts";
import { messageBatch, rowsOf } from "./batch.ts";
import type { TestMessage } from "./batch.ts";

export const STRING: SqlType & { kind: "VARCHAR" } = {
  kind: "VARCHAR",
  length: MAX_LENGTH,
  nullable: true,
};
export const DOUBLE: SqlType = { kind: "DOUBLE", nullable: true };

/** A column of the payload. */
export function physical(name: string, type: SqlType): DecodeColumn {
  return { name, type, source: { kind: "physical" } };
}

/** A METADATA column. */
export function metadata(key: string, type: SqlType, name: string = key): DecodeColumn {
  return { name, type, source: { kind: "metadata", key } };
}

/** An mqtt table. */
export function tableOf(
  name: string,
  options: Record<string, string>,
  columns: readonly DecodeColumn[] = [physical("device", STRING), physical("temperature", DOUBLE)],
): DecodeTable {
  return { name, columns, options };
}

/** A decoder over these tables, all columns wanted, Receive Maximum 4. */
export class DecoderSetup {
  readonly reader: MessageReader = new MessageReader();
  readonly decoder: Decoder;
  readonly tables: readonly DecodeTable[];

  constructor(tables: readonly DecodeTable[], resume?: Uint8Array) {
    this.tables = tables;
    const { reader } = this;
    const inputs = tables.map((table) => ({ table, required: table.columns.map((_, i) => i) }));
    this.decoder = new Decoder(
      { tables: inputs, gatewayId: "gw1", receiveMaximum: 4, directSources: ["direct"], reader },
      resume,
    );
  }

  /** Rows by table, and dead letters as `message table kind: reason`. */
  run(messages: readonly TestMessage[]): { rows: unknown[][]; dead: string[] } {
    this.reader.load(messageBatch(messages));
    const { tables, deadLetters } = this.decoder.decode();
    return {
      rows: tables.map((batch, i) => rowsOf(this.tables[i] as DecodeTable, batch)),
      dead: deadLetters.map((d) => `${d.message} ${d.table ?? "-"} ${d.kind}: ${d.reason}`),
    };
  }
}

export const json = (value: unknown): string => JSON.stringify(value);
