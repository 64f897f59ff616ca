// Function calls: the general form, and the functions whose arguments SQL separates by words.

import type { CallExpr, Expr, Identifier } from "../ast.ts";
import { isCallable } from "../keywords.ts";
import type { Token } from "../lexer.ts";
import type { Cursor } from "./cursor.ts";
import { JSON_CALLS } from "./json-calls.ts";
import { parseDistanceUnit, parseUnit } from "./literals.ts";

/** The expression parser, handed in because it calls this file in turn. */
export interface ExpressionParser {
  expression(cursor: Cursor): Expr;
  /** An expression that ends before IN, LIKE and BETWEEN. */
  operand(cursor: Cursor): Expr;
}

/** Reads what stands between the parentheses of a call. */
export type ParseArguments = (cursor: Cursor, parse: ExpressionParser) => Expr[];

/** Arguments in the order that the registry states (functions/registry.ts). */
const SPECIAL: ReadonlyMap<string, ParseArguments> = new Map([
  ["EXTRACT", parseExtract],
  ["TRIM", parseTrim],
  ["POSITION", parsePosition],
  ["OVERLAY", parseOverlay],
  ["SUBSTRING", parseSubstring],
  ["FLOOR", parseRounding],
  ["CEIL", parseRounding],
  ["CEILING", parseRounding],
  ["TIMESTAMPADD", parseUnitFirst],
  ["TIMESTAMPDIFF", parseUnitFirst],
  ...JSON_CALLS,
]);

/** name( … ) [FILTER (WHERE …)]; the cursor stands on the name. */
export function parseCall(cursor: Cursor, parse: ExpressionParser): Expr {
  const token = cursor.current;
  if (!isCallable(token.upper)) {
    throw cursor.source.syntax(token, `${token.upper} is a reserved word, not a function`);
  }
  cursor.advance();
  cursor.expect("(");
  const name: Identifier = { name: token.value, start: token.start, end: token.end };
  const special = SPECIAL.get(token.upper);
  let star = false;
  let distinct = false;
  let parsed: Expr[] = [];
  if (special !== undefined) parsed = special(cursor, parse);
  else if (cursor.accept("*")) star = true;
  else if (!cursor.at(")")) {
    distinct = cursor.accept("DISTINCT");
    if (!distinct) cursor.accept("ALL");
    parsed = cursor.list(() => parse.expression(cursor));
  }
  const inner = token.upper === "ARRAY_AGG" ? parseNulls(cursor) : undefined;
  refuseInside(cursor);
  cursor.expect(")");
  const nulls = inner ?? (token.upper === "ARRAY_AGG" ? parseNulls(cursor) : undefined);
  const filter = parseFilter(cursor, parse);
  if (nulls !== undefined && filter !== undefined) {
    const hint = "Write FILTER (WHERE … AND value IS NOT NULL).";
    throw cursor.source.invalid(filter, `FILTER does not go with ${nulls} NULLS`, hint);
  }
  refuseAfter(cursor);
  const span = cursor.since(token);
  const call: CallExpr = {
    kind: "call",
    name,
    arguments: parsed,
    star,
    distinct,
    filter,
    ...span,
  };
  return nulls === "IGNORE" ? { ...call, ignoreNulls: true } : call;
}

/** IGNORE NULLS or RESPECT NULLS, inside the parentheses or behind them. */
function parseNulls(cursor: Cursor): string | undefined {
  const { upper } = cursor.current;
  return cursor.accept("IGNORE", "NULLS") || cursor.accept("RESPECT", "NULLS") ? upper : undefined;
}

/** A function that is called without parentheses. */
export function bareCall(token: Token): Expr {
  const { start, end, upper } = token;
  const name = { name: upper, start, end };
  const none = { arguments: [], star: false, distinct: false, filter: undefined };
  return { kind: "call", name, ...none, start, end };
}

function parseFilter(cursor: Cursor, parse: ExpressionParser): Expr | undefined {
  if (!cursor.accept("FILTER")) return undefined;
  cursor.expect("(");
  cursor.expect("WHERE");
  const condition = parse.expression(cursor);
  cursor.expect(")");
  return condition;
}

function refuseInside(cursor: Cursor): void {
  if (cursor.at("ORDER")) {
    throw cursor.source.unsupported(
      cursor.current,
      "ORDER BY inside an aggregate is not supported: Flink ignores it",
      "Leave it out, or sort the collected array with ARRAY_SORT.",
    );
  }
  if (cursor.at("=>")) {
    throw cursor.source.unsupported(
      cursor.current,
      "named arguments are supported in windowing table functions only",
    );
  }
}

function refuseAfter(cursor: Cursor): void {
  const token = cursor.current;
  if (token.upper === "OVER") {
    throw cursor.source.unsupported(
      token,
      "OVER aggregation is not supported yet",
      "Use a TUMBLE or HOP window with GROUP BY.",
    );
  }
  const nulls = ["IGNORE", "RESPECT"].includes(token.upper) && cursor.peek(1).upper === "NULLS";
  if (nulls || token.upper === "WITHIN") {
    const what = nulls ? `${token.upper} NULLS` : "WITHIN GROUP";
    throw cursor.source.invalid(token, `${what} does not go with this aggregate`);
  }
}

/** EXTRACT(unit FROM x) */
function parseExtract(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const unit = parseUnit(cursor);
  cursor.expect("FROM");
  return [unit, parse.expression(cursor)];
}

/** TRIM([BOTH | LEADING | TRAILING] [characters] FROM s), TRIM([BOTH …] s): mode, characters, s. */
function parseTrim(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const { current } = cursor;
  const explicit = ["BOTH", "LEADING", "TRAILING"].includes(current.upper);
  if (explicit) cursor.advance();
  const place = { start: current.start, end: current.end };
  const mode: Expr = { kind: "symbol", value: explicit ? current.upper : "BOTH", ...place };
  const blank: Expr = { kind: "string", value: " ", ...place };
  if (explicit && cursor.accept("FROM")) return [mode, blank, parse.expression(cursor)];
  const first = parse.expression(cursor);
  if (cursor.accept("FROM")) return [mode, first, parse.expression(cursor)];
  return [mode, blank, first];
}

/** POSITION(needle IN s [FROM start]) */
function parsePosition(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const needle = parse.operand(cursor);
  cursor.expect("IN");
  const result = [needle, parse.operand(cursor)];
  if (cursor.accept("FROM")) result.push(parse.operand(cursor));
  return result;
}

/** OVERLAY(s PLACING by FROM start [FOR length]) */
function parseOverlay(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const result = [parse.expression(cursor)];
  cursor.expect("PLACING");
  result.push(parse.expression(cursor));
  cursor.expect("FROM");
  result.push(parse.expression(cursor));
  if (cursor.accept("FOR")) result.push(parse.expression(cursor));
  return result;
}

/** SUBSTRING(s FROM start [FOR length]) or SUBSTRING(s, start[, length]) */
function parseSubstring(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const result = [parse.expression(cursor)];
  const words = cursor.accept("FROM");
  if (!words) cursor.expect(",");
  result.push(parse.expression(cursor));
  if (cursor.accept(words ? "FOR" : ",")) result.push(parse.expression(cursor));
  return result;
}

/** FLOOR(x), FLOOR(t TO unit): x or t, unit. */
function parseRounding(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const operand = parse.expression(cursor);
  return cursor.accept("TO") ? [operand, parseUnit(cursor)] : [operand];
}

/** TIMESTAMPADD(unit, n, t), TIMESTAMPDIFF(unit, from, to) */
function parseUnitFirst(cursor: Cursor, parse: ExpressionParser): Expr[] {
  const unit = parseDistanceUnit(cursor);
  cursor.expect(",");
  const second = parse.expression(cursor);
  cursor.expect(",");
  return [unit, second, parse.expression(cursor)];
}
