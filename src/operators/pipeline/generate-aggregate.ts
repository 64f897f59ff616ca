// The end of a generated pipeline that groups: key and arguments, pane, slot, accumulators.
//
//   key and argument expressions; a data error in them comes before everything else, as in Flink
//   pane of the row's slice, if it is not that of the row before; late rows leave here
//   key id by nested Map lookups; slot of the key in the pane
//   one statement per aggregate on the pane's arrays, which stand in local variables

import { UTC } from "../../core/value/zone.ts";
import type { Aggregate } from "../aggregate/aggregate.ts";
import { generate } from "../expression/generate.ts";
import type { Scope } from "../expression/generate.ts";
import { isTrue, nullable, NULL_TERM } from "../expression/code.ts";
import type { CodeWriter, Term } from "../expression/code.ts";
import { mapKeyOf } from "../map-key.ts";
import { overAt } from "../window/slices.ts";
import type { AggregateTerminal, GroupingTerminal, GroupTerminal } from "./plan.ts";

/** Identifiers that live across rows. */
export interface AggregateNames {
  readonly operator: string;
  /** The statement that forgets the pane: after every `advance`. */
  readonly forget: string;
}

export interface AggregateRow {
  readonly names: AggregateNames;
  readonly scope: Scope;
  /** The event time, not NULL. */
  readonly time: string;
  /** The watermark that judges it. */
  readonly watermark: string;
  /** Statements that report a late row with these properties and leave it. */
  leaveLate(properties: string): string;
}

/** What is evaluated for one aggregate call. */
interface CallTerms {
  readonly argument: Term | undefined;
  readonly filter: Term | undefined;
}

/** Declares what is kept from row to row. */
export function aggregateHeader(code: CodeWriter, terminal: GroupingTerminal): AggregateNames {
  const { operator, aggregates } = terminal;
  const columns = aggregates.flatMap((aggregate) => aggregate.columns);
  const arrays = columns.map((_, index) => `, c${index}c, c${index}a`).join("");
  const groups = aggregates.map((_, index) => `, g${index}`).join("");
  code.emit(`let pane, paneStart = NaN, paneEnd = NaN, only = -1${arrays}${groups};`);
  return { operator: code.use(operator), forget: "paneStart = NaN; paneEnd = NaN;" };
}

/** Writes what one row does. */
export function aggregateRow(
  code: CodeWriter,
  terminal: GroupingTerminal,
  row: AggregateRow,
): void {
  const { input, aggregates } = terminal;
  const keys = input.keys.map((key) => generate(code, key, row.scope));
  const calls: CallTerms[] = input.calls.map((call) => ({
    argument: call.argument && generate(code, call.argument, row.scope),
    filter: call.filter && generate(code, call.filter, row.scope),
  }));
  const { groupingSets } = input;
  const conditions = input.setConditions?.map((test) => isTrue(generate(code, test, row.scope)));
  if (conditions !== undefined) {
    code.emit(`const counts = [${conditions.join(", ")}];`);
    code.emit("if (counts.includes(true)) {");
  }
  if (terminal.kind === "group") {
    writeChecks(code, aggregates, calls);
    writeGroup(code, terminal, { keys, row });
  } else {
    writePane(code, terminal, row);
    writeChecks(code, aggregates, calls);
    if (groupingSets === undefined) writeSlot(code, terminal, { keys, names: row.names });
    else {
      writeSetLoop(code, groupingSets, row.names);
      if (conditions !== undefined) code.emit("if (!counts[number]) continue;");
      writeSetSlot(code, terminal, { keys, names: row.names });
    }
  }
  let first = 0;
  for (const [index, aggregate] of aggregates.entries()) {
    const call = calls[index];
    const columns = aggregate.columns.map((_, offset) => `c${first + offset}c`);
    const arrays = aggregate.columns.map((_, offset) => `c${first + offset}a`);
    // COUNT(*) counts rows: a value that is never NULL.
    const argument: Term = call?.argument ?? { isNull: "false", value: "true" };
    if (call?.filter !== undefined) code.emit(`if (${isTrue(call.filter)}) {`);
    if (aggregate.addCode === undefined) {
      code.emit(`${code.use(aggregate)}.add(g${index}, slot, ${nullable(argument)});`);
    } else {
      aggregate.addCode(code, { arrays, columns, slot: "slot" }, argument);
    }
    if (call?.filter !== undefined) code.emit("}");
    first += aggregate.columns.length;
  }
  if (groupingSets !== undefined) code.emit("}");
  if (conditions !== undefined) code.emit("}");
}

/** Refuses a row that an aggregate has no room for, or cannot take: before it is counted by another. */
function writeChecks(
  code: CodeWriter,
  aggregates: readonly Aggregate[],
  calls: readonly CallTerms[],
): void {
  for (const [index, aggregate] of aggregates.entries()) {
    const { argument, filter } = calls[index] ?? {};
    if (aggregate.held !== undefined) code.emit(`${code.use(aggregate.held)}.check();`);
    if (aggregate.refuse === undefined || argument === undefined) continue;
    const counts = filter === undefined ? "" : `if (${isTrue(filter)}) `;
    code.emit(`${counts}${code.use(aggregate)}.refuse(${nullable(argument)});`);
  }
}

function writePane(code: CodeWriter, terminal: AggregateTerminal, row: AggregateRow): void {
  const { operator } = terminal;
  const { sliceMs, offsetMs, isSingle } = operator.slices;
  const { names, watermark } = row;
  const size = code.use(sliceMs);
  const offset = code.use(offsetMs);
  const zone = operator.slices.zone === UTC ? undefined : code.use(operator.slices.zone);
  const time =
    zone === undefined
      ? row.time
      : code.define("t", `${names.operator}.slices.placeOf(${row.time})`);
  code.emit(`if (!(${time} >= paneStart && ${time} < paneEnd)) {`);
  code.emit(
    `const end = Math.floor((${time} - ${offset}) / ${size}) * ${size} + ${offset} + ${size};`,
  );
  const last = isSingle ? "end" : code.define("l", `${names.operator}.slices.lastWindowEnd(end)`);
  const over = zone === undefined ? watermark : `${zone}.over(${watermark})`;
  const missed = zone === undefined ? last : `${code.use(overAt)}(${last}, ${zone})`;
  code.emit(`if (${last} - 1 <= ${over}) { ${leaveLate(code, terminal, { row, missed })} }`);
  code.emit(
    `pane = ${names.operator}.pane(end, ${watermark}); paneEnd = end; paneStart = end - ${size};`,
  );
  code.emit("only = -1;");
  writeReload(code, terminal);
  code.emit("}");
}

/** Reports a late row by instants: of one that carries its window, when that is over. */
function leaveLate(
  code: CodeWriter,
  { input: { isEnd, zone } }: GroupingTerminal,
  { row, missed }: { readonly row: AggregateRow; readonly missed: string },
): string {
  const { time, watermark } = row;
  const instant = isEnd && zone !== UTC ? `${code.use(zone)}.passed(${time})` : time;
  return row.leaveLate(
    `eventTimeMs: ${instant}, watermarkMs: ${watermark}, windowEndMs: ${missed}`,
  );
}

/** Binds the pane's columns: at another pane, and when the pane has grown. */
function writeReload(code: CodeWriter, { aggregates }: AggregateTerminal): void {
  let first = 0;
  for (const [index, aggregate] of aggregates.entries()) {
    if (aggregate.addCode === undefined) {
      code.emit(`g${index} = pane.of(${index});`);
    } else {
      for (let offset = 0; offset < aggregate.columns.length; offset++) {
        const name = `c${first + offset}`;
        code.emit(`${name}c = pane.columns[${first + offset}]; ${name}a = ${name}c.values;`);
      }
    }
    first += aggregate.columns.length;
  }
}

/** The slot of the row's group. Taking one may replace all arrays: they are bound anew for every row. */
function writeGroup(
  code: CodeWriter,
  terminal: GroupTerminal,
  { keys, row }: { readonly keys: readonly Term[]; readonly row: AggregateRow },
): void {
  const { accumulators, aggregates } = terminal;
  const { time, watermark, names } = row;
  const key = `[${keys.map(nullable).join(", ")}]`;
  code.emit(`const slot = ${names.operator}.slot(${key}, ${time}, ${watermark});`);
  const end = `${names.operator}.missedEnd(${time})`;
  code.emit(`if (slot < 0) { ${leaveLate(code, terminal, { row, missed: end })} }`);
  const held = code.use(accumulators);
  let first = 0;
  for (const [index, aggregate] of aggregates.entries()) {
    if (aggregate.addCode === undefined) code.emit(`g${index} = ${held}.of(${index});`);
    for (let offset = 0; offset < aggregate.columns.length; offset++) {
      const name = `c${first + offset}`;
      const column = `${held}.columns[${first + offset}]`;
      if (aggregate.addCode !== undefined)
        code.emit(`${name}c = ${column}; ${name}a = ${name}c.values;`);
    }
    first += aggregate.columns.length;
  }
}

/** Begins the loop over the grouping sets that the accumulators of a row stand in. */
function writeSetLoop(
  code: CodeWriter,
  groupingSets: readonly (readonly boolean[])[],
  { operator }: AggregateNames,
): void {
  code.emit(`${operator}.requireRoom(${code.use(groupingSets.length)});`);
  code.emit(`for (const [number, has] of ${code.use([...groupingSets.entries()])}) {`);
}

/** The slot of the row's group in one of the sets. */
function writeSetSlot(
  code: CodeWriter,
  terminal: AggregateTerminal,
  { keys, names: { operator } }: { readonly keys: readonly Term[]; readonly names: AggregateNames },
): void {
  const values = keys.map((key, index) => `has[${index}] ? ${nullable(key)} : null`);
  code.emit(`const id = ${operator}.keys.intern([${[...values, "number"].join(", ")}]);`);
  code.emit("let slot = pane.find(id);");
  code.emit(`if (slot < 0) { slot = ${operator}.slot(pane, id);`);
  writeReload(code, terminal);
  code.emit("}");
}

function writeSlot(
  code: CodeWriter,
  terminal: AggregateTerminal,
  { keys, names }: { readonly keys: readonly Term[]; readonly names: AggregateNames },
): void {
  if (keys.length === 0) {
    code.emit(
      `if (only < 0) { only = ${names.operator}.slot(pane, ${names.operator}.keys.intern([]));`,
    );
    writeReload(code, terminal);
    code.emit("} const slot = only;");
    return;
  }
  const table = `${names.operator}.keys`;
  code.emit(`let id = ${table}.root;`);
  for (const [index, key] of keys.entries()) {
    const type = terminal.input.keys[index]?.type;
    const mapKey = type === undefined ? undefined : mapKeyOf(type);
    const value = nullable(key ?? NULL_TERM);
    const lookup = mapKey === undefined ? value : `${code.use(mapKey)}(${value})`;
    code.emit(`${index === 0 ? "" : "if (id !== undefined) "}id = id.get(${lookup});`);
  }
  code.emit(`if (id === undefined) id = ${table}.intern([${keys.map(nullable).join(", ")}]);`);
  code.emit("let slot = pane.find(id);");
  code.emit(`if (slot < 0) { slot = ${names.operator}.slot(pane, id);`);
  writeReload(code, terminal);
  code.emit("}");
}
