// How generated code reads its input: batch columns of a scan, or the values of a row that an operator emitted.

import { columnLayout } from "../../core/types.ts";
import type { SqlType } from "../../core/types.ts";
import { NULL as NULL_STATE, VALUE } from "../../core/row-batch.ts";
import type { SourceTable } from "../../sql/plan.ts";
import { NULL_TERM } from "../expression/code.ts";
import type { CodeWriter, Term } from "../expression/code.ts";

/** The columns of a stage's input. A term may be used only after it was loaded, in the block it was loaded in. */
export interface Columns {
  /** Writes the loads of these columns, unless they stand already. */
  load(indexes: readonly number[]): void;
  loadAll(): void;
  term(index: number): Term;
  /** All columns in order. */
  all(): readonly Term[];
}

/** Batch columns: arrays are bound before the loop, values loaded by row `i`. */
export class ScanColumns implements Columns {
  readonly #code: CodeWriter;
  readonly #table: SourceTable;
  readonly #bound: Map<number, string> = new Map();
  readonly #terms: Map<number, Term> = new Map();

  constructor(code: CodeWriter, table: SourceTable, required: readonly number[]) {
    this.#code = code;
    this.#table = table;
    const rowtime = table.watermark?.column;
    // The source has computed the rowtime of every row that comes here, and dropped those where it is NULL.
    if (rowtime !== undefined) this.#terms.set(rowtime, { isNull: "false", value: "rowtime[i]" });
    for (const index of required) if (index !== rowtime) this.#bind(index);
  }

  load(indexes: readonly number[]): void {
    for (const index of indexes) {
      const column = this.#table.columns[index];
      if (this.#terms.has(index) || column === undefined) continue;
      this.#terms.set(index, this.#read(index, column.type));
    }
  }

  loadAll(): void {
    this.load(this.#table.columns.map((_, index) => index));
  }

  term(index: number): Term {
    return this.#terms.get(index) ?? NULL_TERM;
  }

  all(): readonly Term[] {
    return this.#table.columns.map((_, index) => this.term(index));
  }

  #bind(index: number): void {
    const type = this.#table.columns[index]?.type;
    if (type === undefined) return;
    const name = this.#code.define("c", `batch.columns[${index}]`);
    this.#code.emit(`const ${name}v = ${name}.values;`);
    if (columnLayout(type) === "number") this.#code.emit(`const ${name}s = ${name}.state;`);
    this.#bound.set(index, name);
  }

  #read(index: number, type: SqlType): Term {
    const code = this.#code;
    const name = this.#bound.get(index);
    if (name === undefined) return NULL_TERM;
    if (columnLayout(type) === "value") {
      const value = code.define("v", `${name}v[i]`);
      return { isNull: code.define("n", `${value} === null`), value };
    }
    const isNull = code.define("n", `${name}s[i] === ${NULL_STATE}`);
    if (type.kind === "BOOLEAN") return { isNull, value: code.define("v", `${name}v[i] === 1`) };
    if (type.kind !== "BIGINT") return { isNull, value: code.define("v", `${name}v[i]`) };
    const wide = `${name}s[i] <= ${Math.max(VALUE, NULL_STATE)} ? ${name}v[i] : ${name}.wide.get(i)`;
    return { isNull, value: code.define("v", wide) };
  }
}

/** The values of `row`, loaded at once where they are first needed. */
export function rowColumns(
  code: CodeWriter,
  fields: readonly { readonly type: SqlType }[],
): Columns {
  const terms: Map<number, Term> = new Map();
  const load = (indexes: readonly number[]): void => {
    for (const index of indexes) {
      if (terms.has(index)) continue;
      const value = code.define("v", `row[${index}]`);
      terms.set(index, { isNull: code.define("n", `${value} === null`), value });
    }
  };
  return {
    load,
    loadAll: () => load(fields.map((_, index) => index)),
    term: (index) => terms.get(index) ?? NULL_TERM,
    all: () => fields.map((_, index) => terms.get(index) ?? NULL_TERM),
  };
}
