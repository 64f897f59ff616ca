// The events of `headrace sql`: JSON lines from one file for all tables, or from one file per table merged by line
// number. Blank lines are passed over.

import { GatewayError } from "../../core/errors.ts";
import { InputBatch } from "./input-batch.ts";
import { LineReader } from "./line-reader.ts";
import { LineTable, type InputTables } from "./line-table.ts";

/** `--input` as parsed: one file for all tables (`table` undefined), or a file per table. */
export interface InputFile {
  readonly table: string | undefined;
  readonly file: string;
}

/** Parses `file` or `table=file`. */
export function parseInput(text: string, { declared }: InputTables): InputFile {
  const at = text.indexOf("=");
  const table = text.slice(0, Math.max(at, 0));
  return declared.includes(table)
    ? { table, file: text.slice(at + 1) }
    : { table: undefined, file: text };
}

/** The files being read, a line of each in turn. */
export class Input {
  readonly #tables: InputTables;
  readonly #files: readonly { readonly reader: LineReader; readonly table: string | undefined }[];
  readonly #lineTable: LineTable;

  /** Throws INPUT_UNREADABLE (blame config) for a file that cannot be opened. */
  constructor(files: readonly InputFile[], tables: InputTables) {
    this.#tables = tables;
    this.#lineTable = new LineTable(tables);
    this.#files = files.map(({ file, table }) => ({ reader: new LineReader(file), table }));
  }

  /** Bytes of all files, and of those read so far. */
  get progress(): { readonly bytes: number; readonly of: number } {
    const sum = (each: (reader: LineReader) => number): number =>
      this.#files.reduce((total, { reader }) => total + each(reader), 0);
    return { bytes: sum(({ read }) => read), of: sum(({ size }) => size) };
  }

  /**
   * All events in the order in which they arrive; the batch is the same object each time. Throws INPUT_UNREADABLE
   * (blame config) for a file that cannot be read, ROW_INVALID (blame data) for a line that names no table, after the
   * lines before it were handed on.
   */
  *batches(): Generator<InputBatch, void, void> {
    const batch = new InputBatch(
      this.#tables.read,
      this.#files.map(({ reader }) => reader.file),
    );
    let open = [...this.#files.entries()];
    while (open.length > 0) {
      open = open.filter(([, { reader }]) => reader.next());
      for (const [file, { reader, table }] of open) {
        const { bytes, start, end, number: line } = reader;
        if (isBlank(bytes, start, end)) continue;
        const name = table ?? this.#lineTable.of(reader);
        if (name === undefined) {
          if (!batch.isEmpty) yield batch;
          throw this.#namesNoTable(reader);
        }
        const number = this.#tables.read.indexOf(name);
        if (number < 0) continue;
        batch.add({ bytes, start, end, table: number, file, line });
        if (!batch.isFull) continue;
        yield batch;
        batch.clear();
      }
    }
    if (!batch.isEmpty) yield batch;
  }

  #namesNoTable({ file, number }: LineReader): GatewayError {
    return new GatewayError(`${file}:${number} the line names no table`, {
      code: "ROW_INVALID",
      blame: "data",
      hint: `with several tables each line carries "$table": one of ${this.#tables.declared.join(", ")}`,
    });
  }
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] ?? 0) > 0x20) return false;
  return true;
}
