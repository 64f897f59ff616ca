// The queries of one file over events in arrival order: decode and operators without a store. Every event is pushed
// by itself, so that the first one that Flink's job would die on stops the run exactly there.

import { formatError, GatewayError } from "../../core/errors.ts";
import { MessageReader } from "../../core/message-reader.ts";
import type { RowBatch } from "../../core/row-batch.ts";
import { rowJsonWriter } from "../../core/value/row-json.ts";
import { Decoder } from "../../decode/decoder.ts";
import { scansOf } from "../../engine/rule-set.ts";
import { lateReason, systemBatch } from "../../engine/system-tables.ts";
import type { SystemRow } from "../../engine/system-tables.ts";
import { buildRule, buildSource } from "../../operators/index.ts";
import type { LateRow, OperatorHost, RowError, Source } from "../../operators/index.ts";
import type { Plan, Query, SourceTable } from "../../sql/plan.ts";
import type { InputBatch, InputPlace } from "./input-batch.ts";
import { inputTable, payloadColumns } from "./tables.ts";

/** Rows go to `write` as JSON lines, in the order in which they are emitted. */
export class SqlRun implements OperatorHost {
  /** Tables that the input feeds. */
  readonly tables: readonly SourceTable[];
  eventCount = 0;
  lateCount = 0;
  readonly #sources: Map<string, Source>;
  /** The sources of `tables`. */
  readonly #fed: readonly (Source | undefined)[];
  readonly #reader = new MessageReader();
  readonly #decoder: Decoder;
  #place: (message: number) => InputPlace = () => ({ file: "input", line: 0 });
  #failure: GatewayError | undefined;
  #lateRows: SystemRow[] = [];

  constructor(plan: Plan, write: (line: string) => void) {
    const read = new Map<string, SourceTable>();
    for (const { root } of plan.queries) {
      for (const { table } of scansOf(root)) read.set(table.name, table);
    }
    const sources = [...read.values()];
    this.tables = sources.filter(({ system }) => !system);
    this.#sources = new Map(
      sources.map((table) => [table.name, buildSource(table, { host: this })]),
    );
    this.#fed = this.tables.map(({ name }) => this.#sources.get(name));
    this.#decoder = new Decoder({
      tables: this.tables.map((table) => ({
        table: inputTable(table),
        required: payloadColumns(table),
      })),
      gatewayId: "",
      receiveMaximum: 1,
      reader: this.#reader,
    });
    for (const query of plan.queries) this.#start(query, plan.queries.length > 1, write);
  }

  /** Whether a query reads the late rows. */
  get showsLate(): boolean {
    return this.#sources.has("headrace_late");
  }

  /** Runs events one after another; gives what the first bad one failed with. */
  push(batch: InputBatch): GatewayError | undefined {
    this.#place = (message) => batch.place(message);
    this.#reader.load(batch.messages);
    const { tables, deadLetters } = this.#decoder.decode();
    const [bad] = deadLetters;
    const end = bad?.message ?? this.#reader.count;
    this.eventCount += end;
    const next = tables.map(() => 0);
    for (let message = 0; message < end; message++) {
      for (let i = 0; i < next.length; i++) this.#pushRows(i, tables[i], next, message);
      if (this.#failure !== undefined) return this.#failure;
    }
    return bad && this.#lineError(bad.message, bad.reason);
  }

  /** The input has ended: everything fires. */
  end(): GatewayError | undefined {
    for (const source of this.#fed) source?.endOfInput();
    if (this.#lateRows.length > 0) this.#pushLate();
    this.#sources.get("headrace_late")?.endOfInput();
    return this.#failure;
  }

  late({ rule, table, message, eventTimeMs, watermarkMs, windowEndMs }: LateRow): void {
    this.lateCount++;
    if (!this.showsLate) return;
    const payload = message === undefined ? undefined : this.#reader.payload(message);
    const reason = lateReason(windowEndMs, watermarkMs);
    const system = { topic: undefined, receiveTimeMs: undefined };
    this.#lateRows.push({ ...system, rule, table, eventTimeMs, reason, payload });
  }

  dataError({ message, reason, position, window }: RowError): void {
    if (this.#failure !== undefined) return;
    const of = window === undefined ? "" : " in a window's result";
    const error = new GatewayError(`${reason}${of}`, {
      code: "ROW_INVALID",
      blame: "data",
      ...(position === undefined ? {} : { position }),
    });
    this.#failure = message === undefined ? error : this.#lineError(message, formatError(error));
  }

  #start(query: Query, several: boolean, write: (line: string) => void): void {
    const json = rowJsonWriter(query.columns, "print");
    const into = query.sink === undefined ? undefined : JSON.stringify(query.sink.name);
    const wrap = several && into !== undefined;
    buildRule(query, {
      name: query.sink?.name ?? "",
      sources: ({ name }) => this.#sources.get(name) as Source,
      sink: {
        row: (values) => {
          const nulled = query.columns.find(
            ({ type }, index) => !type.nullable && (values[index] ?? null) === null,
          );
          // Flink's sink fails on NULL for a column that is NOT NULL.
          if (nulled !== undefined && query.sink !== undefined) this.#notNull(nulled.name);
          else write(wrap ? `{"into":${into},"row":${json(values)}}` : json(values));
        },
        watermark() {},
      },
      host: this,
    });
  }

  #notNull(column: string): void {
    const message = `NULL for column ${column}, which is NOT NULL`;
    this.#failure ??= new GatewayError(message, { code: "ROW_INVALID", blame: "data" });
  }

  /** The rows that table number `table` has of the message, each by itself: a JSON array is several. */
  #pushRows(table: number, rows: RowBatch | undefined, next: number[], message: number): void {
    let row = next[table] ?? 0;
    if (rows === undefined) return;
    for (; row < rows.count && rows.origin[row] === message; row++) {
      this.#fed[table]?.push(rows, row, row + 1);
      if (this.#lateRows.length > 0) this.#pushLate();
    }
    next[table] = row;
  }

  #pushLate(): void {
    const rows = this.#lateRows;
    this.#lateRows = [];
    const batch = systemBatch(rows);
    this.#sources.get("headrace_late")?.push(batch, 0, batch.count);
  }

  #lineError(message: number, reason: string): GatewayError {
    const { file, line } = this.#place(message);
    return new GatewayError(`${file}:${line} ${reason}`, { code: "ROW_INVALID", blame: "data" });
  }
}
