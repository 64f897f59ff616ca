// Protobuf messages into rows (Protocol Buffers, proto2 and proto3), by the message that a `.proto` file declares: a
// table as Flink's protobuf format reads it, a device profile by paths of field names. What nobody wants is checked and
// kept nowhere.

import { FormatOptions } from "../../core/format/options.ts";
import { protobufColumns } from "../../core/format/protobuf-columns.ts";
import type { ProtobufRow } from "../../core/format/protobuf-columns.ts";
import type { ProtobufSchema } from "../../core/format/protobuf-schema.ts";
import type { SqlValue } from "../../core/types.ts";
import { hasRecords, pathTree } from "../paths.ts";
import type { Payload, PayloadReader, ReaderInput, Wanted } from "../payload-reader.ts";
import { RecordRows } from "../record-rows.ts";
import { storeValue } from "../value-target.ts";
import { ProtobufCursor } from "./cursor.ts";
import type { Slot } from "./field.ts";
import type { MessageShape } from "./message.ts";
import type { Deliver } from "./profile.ts";
import { ProfilePrograms } from "./profile.ts";
import { Shapes } from "./shapes.ts";
import type { WantedField } from "./shapes.ts";
import { slotConverter } from "./sql-value.ts";

/** What is read of a message, and how that becomes its rows from row `row` on; gives how many. */
interface MessageRows {
  readonly shape: MessageShape;
  rows(cursor: ProtobufCursor, slots: readonly Slot[], row: number): number;
}

export class ProtobufReader implements PayloadReader {
  readonly ignoresErrors: boolean;
  reason = "";
  position = 0;
  readonly #cursor: ProtobufCursor;
  readonly #program: MessageRows;

  /** Throws blame `config` for bad options, and for columns that the message does not have. */
  constructor(input: ReaderInput) {
    const { table, codec, cursor } = input;
    this.#cursor = new ProtobufCursor(cursor.strings);
    const options = new FormatOptions(table, "protobuf.");
    if (codec?.type === "protobuf") {
      this.ignoresErrors = false;
      this.#program = profileReader(codec.schema, input);
    } else {
      this.ignoresErrors = options.flag("ignore-parse-errors");
      this.#program = tableReader(options, input);
    }
    options.finish();
  }

  read({ bytes, start, end }: Payload, row: number): number {
    const cursor = this.#cursor;
    const { shape } = this.#program;
    cursor.reset(bytes, start, end);
    const slots = shape.fresh();
    shape.read(cursor, slots);
    const count = cursor.failed ? 0 : this.#program.rows(cursor, slots, row);
    if (!cursor.failed) return count;
    this.reason = cursor.isValueFailure ? cursor.reason : `not protobuf: ${cursor.reason}`;
    this.position = cursor.failedAt;
    return -1;
  }
}

function tableReader(options: FormatOptions, { table, wanted }: ReaderInput): MessageRows {
  // The planner has compiled the file and put the message in the place of its name.
  const schema = JSON.parse(
    options.required("proto", "Name the .proto file that declares the message."),
  ) as ProtobufSchema;
  options.ignore(["message-class-name", "write-null-string-literal"]);
  const readDefaults = options.flag("read-default-values");
  const physical = table.columns.filter(({ source }) => source.kind === "physical");
  const all = protobufColumns(table.name, schema, physical);
  const shapes = new Shapes({ schema, isTable: true, readDefaults });
  const columns = wanted.flatMap((each) => {
    return all.columns.filter(({ name }) => name === nameOf(each));
  });
  const shape = rowShape(shapes, { ...all, columns });
  const converters = wanted.map(({ type }) => slotConverter(type));
  return {
    shape,
    rows: (_, slots, row) => {
      for (let i = 0; i < wanted.length; i++) {
        const convert = converters[i];
        const value = convert === undefined ? (slots[i] as SqlValue) : convert(slots[i]);
        storeValue((wanted[i] as Wanted).column, row, value);
      }
      return 1;
    },
  };
}

function profileReader(schema: ProtobufSchema, { wanted, space }: ReaderInput): MessageRows {
  const shapes = new Shapes({ schema, isTable: false, readDefaults: false });
  const rows = new RecordRows(space);
  const isRecords = hasRecords(wanted);
  const { shape, members } = new ProfilePrograms(shapes, rows).message(0, pathTree(wanted));
  return {
    shape,
    rows: (cursor, slots, row) => {
      rows.begin(row);
      for (let i = 0; i < members.length && !cursor.failed; i++) {
        (members[i] as Deliver)(cursor, slots[i], row, shape.places[i] as number);
      }
      return isRecords ? rows.count : 1;
    },
  };
}

function rowShape(shapes: Shapes, { message, columns }: ProtobufRow): MessageShape {
  const fields = columns.map(({ field, type, inner }): WantedField => {
    const value = type.kind === "ARRAY" ? type.element : type.kind === "MAP" ? type.value : type;
    const isText = value.kind === "VARCHAR" || value.kind === "CHAR";
    if (inner === undefined) return { field, isText };
    const own = rowShape(shapes, inner);
    return { field, inner: () => own };
  });
  return shapes.of(message, fields);
}

function nameOf({ address }: Wanted): string {
  return address.kind === "path" ? (address.path[0] ?? "") : "";
}
