// A writer's schema and what is wanted of its records, compiled: fields in the order in which they were written, each
// read into its column, walked into, or passed over.

import { avroTypeName } from "../../core/format/avro-schema.ts";
import type { AvroType } from "../../core/format/avro-schema.ts";
import { ROWS_PER_MESSAGE } from "../../core/limits.ts";
import type { PathNode } from "../paths.ts";
import { pathTree } from "../paths.ts";
import type { Wanted } from "../payload-reader.ts";
import type { RecordRows } from "../record-rows.ts";
import { storeValue } from "../value-target.ts";
import type { AvroCursor } from "./cursor.ts";
import { avroPayloadReader } from "./payload-value.ts";
import { avroSkip, leastBytes } from "./skip.ts";
import { avroSqlReader, missingField } from "./sql-value.ts";

/** Reads a value, or passes over it, for row `row`. */
export type AvroStep = (cursor: AvroCursor, row: number) => void;

export interface AvroProgramOptions {
  readonly wanted: readonly Wanted[];
  /** Columns are typed as Flink types them; else values go to the targets of a profile. */
  readonly isTable: boolean;
  readonly rows: RecordRows;
}

/** The step that reads a whole message. */
export function avroProgram(schema: AvroType, options: AvroProgramOptions): AvroStep {
  return options.isTable
    ? tableProgram(schema, options)
    : stepOf(schema, pathTree(options.wanted), options);
}

function tableProgram(schema: AvroType, options: AvroProgramOptions): AvroStep {
  if (schema.type === "union") {
    return union(schema.branches.map((branch) => tableProgram(branch, options)));
  }
  if (schema.type !== "record") {
    const reason = `the schema is ${avroTypeName(schema)}, a record was expected`;
    return (cursor) => cursor.fail(reason);
  }
  const fields = options.wanted.map(({ type, address }) => ({ name: nameOf(address), type }));
  const missing = missingField(schema, fields);
  if (missing !== undefined) return (cursor) => cursor.fail(missing);
  const steps = schema.fields.map(({ name, type }): AvroStep => {
    const wanted = options.wanted.find(({ address }) => nameOf(address) === name);
    return wanted === undefined ? avroSkip(type) : columnStep(type, wanted);
  });
  return sequence(steps);
}

function columnStep(schema: AvroType, { label, type, column }: Wanted): AvroStep {
  const read = avroSqlReader(schema, type);
  return (cursor, row) => {
    if (cursor.failed) return;
    const value = read(cursor);
    if (cursor.failed) cursor.name(label);
    else storeValue(column, row, value);
  };
}

/** What is wanted of a value of this type. */
function stepOf(schema: AvroType, node: PathNode, options: AvroProgramOptions): AvroStep {
  if (schema.type === "union") {
    return union(schema.branches.map((branch) => stepOf(branch, node, options)));
  }
  const { wanted, children, each } = node;
  const isParent = children.size > 0 || each !== undefined;
  const takers = wanted.map((one) => targetStep(schema, one));
  if (!isParent && takers.length === 0) return avroSkip(schema);
  const inside = isParent ? containerStep(schema, node, options) : undefined;
  const all = inside === undefined ? takers : [...takers, inside];
  const [only] = all;
  if (all.length === 1 && only !== undefined) return only;
  return (cursor, row) => {
    const { pos } = cursor;
    for (const step of all) {
      if (cursor.failed) return;
      // Each reads the value from its beginning.
      cursor.pos = pos;
      step(cursor, row);
    }
  };
}

function targetStep(schema: AvroType, { label, target }: Wanted): AvroStep {
  const read = avroPayloadReader(schema);
  return (cursor, row) => {
    const { pos } = cursor;
    const value = read(cursor);
    if (cursor.failed) return;
    const reason = target.take(value, row);
    if (reason !== "") cursor.refuse(`${label}: ${reason}`, pos);
  };
}

/** A record, map or array into which paths lead; of anything else nothing is wanted. */
function containerStep(schema: AvroType, node: PathNode, options: AvroProgramOptions): AvroStep {
  if (schema.type === "record" && node.each === undefined) {
    return sequence(
      schema.fields.map(({ name, type }) => {
        const child = node.children.get(name);
        return child === undefined ? avroSkip(type) : stepOf(type, child, options);
      }),
    );
  }
  if (schema.type === "map") return mapStep(schema.values, node, options);
  if (schema.type !== "array" || node.each === undefined) return avroSkip(schema);
  const step = stepOf(schema.items, node.each, options);
  const least = leastBytes(schema.items);
  const { rows } = options;
  return (cursor) => {
    for (let count = cursor.block(least, ROWS_PER_MESSAGE); count > 0;) {
      for (let i = 0; i < count && !cursor.failed; i++) {
        const row = rows.next();
        if (row < 0) cursor.fail(rows.reason);
        else step(cursor, row);
      }
      count = cursor.failed ? 0 : cursor.block(least, ROWS_PER_MESSAGE);
    }
  };
}

function mapStep(values: AvroType, node: PathNode, options: AvroProgramOptions): AvroStep {
  const skip = avroSkip(values);
  const steps = new Map(
    Array.from(node.children, ([name, child]) => [name, stepOf(values, child, options)]),
  );
  return (cursor, row) => {
    for (let count = cursor.block(1, 0); count > 0;) {
      for (let i = 0; i < count && !cursor.failed; i++) {
        const step = steps.get(cursor.string()) ?? skip;
        step(cursor, row);
      }
      count = cursor.failed ? 0 : cursor.block(1, 0);
    }
  };
}

function union(branches: readonly AvroStep[]): AvroStep {
  return (cursor, row) => {
    const step = branches[cursor.int()];
    if (step === undefined) cursor.fail("a branch that its union does not have");
    else step(cursor, row);
  };
}

function sequence(steps: readonly AvroStep[]): AvroStep {
  return (cursor, row) => {
    for (let i = 0; i < steps.length; i++) (steps[i] as AvroStep)(cursor, row);
  };
}

function nameOf(address: Wanted["address"]): string {
  return address.kind === "path" ? (address.path[0] ?? "") : "";
}
