// The JSON functions, whose arguments SQL separates by words. What each gives to the binder:
//
//   JSON_EXISTS   json, path, on error
//   JSON_VALUE    json, path, returning, on empty, its default, on error, its default
//   JSON_QUERY    json, path, returning, wrapper, on empty, on error
//   JSON_OBJECT   on null, key, value, key, value …       JSON_ARRAY     on null, value …
//   JSON_OBJECTAGG   key, value, on null                  JSON_ARRAYAGG  value, on null
//
// Behaviours and wrappers are symbols; `returning` and absent defaults are NULL, CAST to the type asked for.

import type { SqlType } from "../../core/types.ts";
import type { Expr } from "../ast.ts";
import type { Span } from "../source.ts";
import type { ExpressionParser, ParseArguments } from "./calls.ts";
import type { Cursor } from "./cursor.ts";
import { parseType } from "./types.ts";

/** The functions of this file by name. */
export const JSON_CALLS: readonly (readonly [string, ParseArguments])[] = [
  ["JSON_EXISTS", parseExists],
  ["JSON_VALUE", parseValue],
  ["JSON_QUERY", parseJsonQuery],
  ["JSON_OBJECT", parseObject],
  ["JSON_ARRAY", parseArray],
  ["JSON_OBJECTAGG", parseObjectAggregate],
  ["JSON_ARRAYAGG", parseArrayAggregate],
];

const IS_JSON_KINDS = ["VALUE", "SCALAR", "ARRAY", "OBJECT"];

/** IS [NOT] JSON [VALUE | SCALAR | ARRAY | OBJECT]; the cursor stands on JSON. */
export function parseIsJson(cursor: Cursor, operand: Expr, negated: boolean): Expr {
  cursor.expect("JSON");
  const { upper } = cursor.current;
  const kind = IS_JSON_KINDS.includes(upper) ? upper : "VALUE";
  if (kind === upper) cursor.advance();
  const span = cursor.since(operand);
  const test: Expr = { kind: "is", test: `IS JSON ${kind}`, operand, ...span };
  return negated ? { kind: "unary", operator: "NOT", operand: test, ...span } : test;
}

function symbol(value: string, { start, end }: Span): Expr {
  return { kind: "symbol", value, start, end };
}

function nothing({ start, end }: Span): Expr {
  return { kind: "null", start, end };
}

/** json, path; what Calcite's grammar has besides, Flink does not run. */
function parseInput(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const json = parse.expression(cursor);
  refuse(cursor, "FORMAT");
  cursor.expect(",");
  const path = parse.expression(cursor);
  refuse(cursor, "PASSING");
  return [json, path];
}

function refuse(cursor: Cursor, word: string): void {
  if (!cursor.at(word)) return;
  throw cursor.source.unsupported(cursor.current, `${word} in a JSON function is not supported`);
}

function parseExists(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const input = parseInput(cursor, parse);
  const token = cursor.current;
  if (!["TRUE", "FALSE", "UNKNOWN", "ERROR"].includes(token.upper)) {
    return [...input, symbol("FALSE", token)];
  }
  cursor.advance();
  cursor.expect("ON");
  cursor.expect("ERROR");
  return [...input, symbol(token.upper, token)];
}

/** RETURNING type, as a NULL of that type. */
function parseReturning(cursor: Cursor): Expr {
  const start = cursor.current;
  if (!cursor.accept("RETURNING")) return nothing(start);
  const type: SqlType = parseType(cursor);
  const span = cursor.since(start);
  return { kind: "cast", try: false, operand: nothing(start), type, ...span };
}

interface Behaviours {
  readonly empty: Behaviour;
  readonly error: Behaviour;
}

interface Behaviour {
  readonly symbol: Expr;
  readonly otherwise: Expr;
}

/** … ON EMPTY and … ON ERROR in any order; NULL where nothing is said. */
function parseBehaviours(cursor: Cursor, one: () => Behaviour | undefined): Behaviours {
  const start = cursor.current;
  const unsaid = { symbol: symbol("NULL", start), otherwise: nothing(start) };
  let empty: Behaviour = unsaid;
  let error: Behaviour = unsaid;
  for (let next = one(); next !== undefined; next = one()) {
    cursor.expect("ON");
    if (cursor.accept("EMPTY")) empty = next;
    else if (cursor.accept("ERROR")) error = next;
    else throw cursor.unexpected("EMPTY or ERROR");
  }
  return { empty, error };
}

function parseValue(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const input = parseInput(cursor, parse);
  const returning = parseReturning(cursor);
  const { empty, error } = parseBehaviours(cursor, () => {
    const token = cursor.current;
    if (cursor.accept("DEFAULT")) {
      return { symbol: symbol("DEFAULT", token), otherwise: parse.expression(cursor) };
    }
    if (!cursor.accept("NULL") && !cursor.accept("ERROR")) return undefined;
    return { symbol: symbol(token.upper, token), otherwise: nothing(token) };
  });
  const behaviours = [empty.symbol, empty.otherwise, error.symbol, error.otherwise];
  return [...input, returning, ...behaviours];
}

function parseJsonQuery(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const input = parseInput(cursor, parse);
  const returning = parseReturning(cursor);
  const wrapper = parseWrapper(cursor);
  const { empty, error } = parseBehaviours(cursor, () => {
    const token = cursor.current;
    const otherwise = nothing(token);
    if (cursor.accept("EMPTY")) {
      const isArray = cursor.accept("ARRAY");
      if (!isArray) cursor.expect("OBJECT");
      return { symbol: symbol(isArray ? "EMPTY ARRAY" : "EMPTY OBJECT", token), otherwise };
    }
    if (!cursor.accept("NULL") && !cursor.accept("ERROR")) return undefined;
    return { symbol: symbol(token.upper, token), otherwise };
  });
  return [...input, returning, wrapper, empty.symbol, error.symbol];
}

function parseWrapper(cursor: Cursor): Expr {
  const token = cursor.current;
  let wrapper = "WITHOUT";
  if (cursor.accept("WITH")) {
    wrapper = cursor.accept("CONDITIONAL") ? "CONDITIONAL" : "UNCONDITIONAL";
    if (wrapper === "UNCONDITIONAL") cursor.accept("UNCONDITIONAL");
  } else if (!cursor.accept("WITHOUT")) return symbol(wrapper, token);
  cursor.accept("ARRAY");
  cursor.expect("WRAPPER");
  return symbol(wrapper, token);
}

/** NULL ON NULL, ABSENT ON NULL. */
function parseOnNull(cursor: Cursor, otherwise: "NULL" | "ABSENT"): Expr {
  const token = cursor.current;
  const isSaid = atOnNull(cursor);
  if (isSaid) for (let words = 0; words < 3; words++) cursor.advance();
  return symbol(isSaid ? token.upper : otherwise, token);
}

function atOnNull(cursor: Cursor): boolean {
  return cursor.at("NULL", "ON", "NULL") || cursor.at("ABSENT", "ON", "NULL");
}

/** A value in JSON: an expression, or JSON(text). */
function parseItem(cursor: Cursor, parse: ExpressionParser): Expr {
  const start = cursor.current;
  if (!cursor.at("JSON", "(")) return parse.expression(cursor);
  cursor.advance();
  cursor.expect("(");
  const items = [parse.expression(cursor)];
  cursor.expect(")");
  return { kind: "constructor", type: "JSON", items, ...cursor.since(start) };
}

/** [KEY] key VALUE value, or key : value. */
function parseMember(cursor: Cursor, parse: ExpressionParser): [Expr, Expr] {
  if (cursor.at("KEY") && !["VALUE", ":", "."].includes(cursor.peek(1).upper)) cursor.advance();
  const key = parse.expression(cursor);
  if (!cursor.accept(":") && !cursor.accept("VALUE")) throw cursor.unexpected("VALUE");
  const value = parseItem(cursor, parse);
  refuse(cursor, "FORMAT");
  return [key, value];
}

function parseObject(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const isEmpty = cursor.at(")") || atOnNull(cursor);
  const members = isEmpty ? [] : cursor.list(() => parseMember(cursor, parse)).flat();
  return [parseOnNull(cursor, "NULL"), ...members];
}

function parseArray(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const items = cursor.at(")") ? [] : cursor.list(() => parseItem(cursor, parse));
  refuse(cursor, "FORMAT");
  return [parseOnNull(cursor, "ABSENT"), ...items];
}

function parseObjectAggregate(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const member = parseMember(cursor, parse);
  return [...member, parseOnNull(cursor, "NULL")];
}

function parseArrayAggregate(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const value = parse.expression(cursor);
  refuse(cursor, "FORMAT");
  if (cursor.at("ORDER")) return [value];
  return [value, parseOnNull(cursor, "ABSENT")];
}
