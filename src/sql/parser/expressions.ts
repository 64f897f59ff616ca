// Expressions, by precedence climbing. Binding powers are Calcite's (SqlStdOperatorTable), so that text
// means what it means in Flink: || binds as *, IS binds weaker than a comparison, BETWEEN stronger.

import type { Expr } from "../ast.ts";
import { cover, type Span } from "../source.ts";
import { bareCall, parseCall } from "./calls.ts";
import { parseCase, parseCast } from "./case-and-cast.ts";
import { parseConstructor, parseField, parseItem } from "./collections.ts";
import type { Cursor } from "./cursor.ts";
import { parseIsJson } from "./json-calls.ts";
import { parseInterval, parseTemporal } from "./literals.ts";
import { parseDifference, parseOverlaps } from "./periods.ts";

const OR = 22;
const AND = 24;
const NOT = 26;
const IS = 28;
const COMPARISON = 30;
const MEMBERSHIP = 32; // BETWEEN, IN, LIKE
const UNARY = 80;

const BINARY: ReadonlyMap<string, number> = new Map([
  ["=", COMPARISON],
  ["<>", COMPARISON],
  ["<", COMPARISON],
  ["<=", COMPARISON],
  [">", COMPARISON],
  [">=", COMPARISON],
  ["+", 40],
  ["-", 40],
  ["*", 60],
  ["/", 60],
  ["%", 60],
  ["||", 60],
]);

const PARSER = {
  expression: parseExpression,
  operand: (cursor: Cursor): Expr => climb(cursor, MEMBERSHIP),
};

/** One expression, up to the first token that does not belong to it. */
export function parseExpression(cursor: Cursor): Expr {
  return climb(cursor, 0);
}

function climb(cursor: Cursor, minimum: number): Expr {
  return cursor.nested(() => {
    let left = parsePrefix(cursor);
    for (;;) {
      const next = parseInfix(cursor, left, minimum);
      if (next === undefined) return left;
      left = next;
    }
  });
}

/** `left` extended by the next operator, or undefined when that binds weaker than `minimum`. */
function parseInfix(cursor: Cursor, left: Expr, minimum: number): Expr | undefined {
  const { upper } = cursor.current;
  const power = BINARY.get(upper);
  if (power !== undefined) {
    if (power <= minimum) return undefined;
    cursor.advance();
    const right = climb(cursor, power);
    return { kind: "binary", operator: upper, left, right, ...cover(left, right) };
  }
  if (upper === "AND" || upper === "OR") {
    const own = upper === "AND" ? AND : OR;
    return own <= minimum ? undefined : parseLogical(cursor, left, { operator: upper, power: own });
  }
  if (upper === "IS") return parseIs(cursor, left, minimum);
  const negated = upper === "NOT";
  const word = negated ? cursor.peek(1).upper : upper;
  if (["BETWEEN", "IN", "LIKE", "SIMILAR"].includes(word)) {
    if (MEMBERSHIP <= minimum) return undefined;
    if (negated) cursor.advance();
    return parseMembership(cursor, left, negated);
  }
  if (upper === "[") return parseItem(cursor, left, PARSER);
  if (upper === ".") return parseField(cursor, left);
  if (upper === "!=") {
    throw cursor.source.syntax(cursor.current, "Flink SQL has no operator !=", "Write <> instead.");
  }
  return undefined;
}

/** a AND b AND c as one node: a chain must not become a deep tree. */
function parseLogical(
  cursor: Cursor,
  first: Expr,
  options: { readonly operator: "AND" | "OR"; readonly power: number },
): Expr {
  const operands = [first];
  while (cursor.accept(options.operator)) operands.push(climb(cursor, options.power));
  const last = operands.at(-1) ?? first;
  return { kind: "logical", operator: options.operator, operands, ...cover(first, last) };
}

function parseIs(cursor: Cursor, operand: Expr, minimum: number): Expr | undefined {
  const negated = cursor.peek(1).upper === "NOT";
  const word = cursor.peek(negated ? 2 : 1);
  const not = negated ? "NOT " : "";
  if (word.upper === "DISTINCT") {
    if (COMPARISON <= minimum) return undefined;
    for (let skip = negated ? 3 : 2; skip > 0; skip--) cursor.advance();
    cursor.expect("FROM");
    const right = climb(cursor, COMPARISON);
    const operator = `IS ${not}DISTINCT FROM`;
    return { kind: "binary", operator, left: operand, right, ...cover(operand, right) };
  }
  if (IS <= minimum) return undefined;
  cursor.advance();
  if (negated) cursor.advance();
  if (word.upper === "OF") throw cursor.source.unsupported(word, "IS OF is not supported");
  if (word.upper === "JSON") return parseIsJson(cursor, operand, negated);
  if (!["NULL", "TRUE", "FALSE", "UNKNOWN"].includes(word.upper)) {
    throw cursor.unexpected("NULL, TRUE, FALSE, UNKNOWN, JSON or DISTINCT FROM");
  }
  cursor.advance();
  return { kind: "is", test: `IS ${not}${word.upper}`, operand, ...cursor.since(operand) };
}

function parseMembership(cursor: Cursor, operand: Expr, negated: boolean): Expr {
  const word = cursor.advance();
  if (word.upper === "BETWEEN") {
    const symmetric = cursor.accept("SYMMETRIC");
    if (!symmetric) cursor.accept("ASYMMETRIC");
    const low = climb(cursor, MEMBERSHIP);
    cursor.expect("AND");
    const high = climb(cursor, MEMBERSHIP);
    return { kind: "between", negated, symmetric, operand, low, high, ...cover(operand, high) };
  }
  if (word.upper === "IN") {
    if (cursor.peek(1).upper === "SELECT") throw refuseSubquery(cursor, cursor.peek(1));
    const list = cursor.parenthesized(() => parseExpression(cursor));
    return { kind: "in", negated, operand, list, ...cursor.since(operand) };
  }
  if (word.upper === "SIMILAR") cursor.expect("TO");
  const pattern = climb(cursor, MEMBERSHIP);
  const escape = cursor.accept("ESCAPE") ? climb(cursor, MEMBERSHIP) : undefined;
  const name = word.upper === "LIKE" ? "LIKE" : "SIMILAR TO";
  const span = cursor.since(operand);
  return { kind: "like", function: name, negated, operand, pattern, escape, ...span };
}

function parsePrefix(cursor: Cursor): Expr {
  const token = cursor.current;
  if (token.upper === "NOT") return parseUnary(cursor, "NOT", NOT);
  if (token.upper === "-" || token.upper === "+") return parseUnary(cursor, token.upper, UNARY);
  if (token.upper === "(") return parseParenthesis(cursor);
  const span: Span = { start: token.start, end: token.end };
  switch (token.kind) {
    case "number":
      cursor.advance();
      return { kind: "number", text: token.value, ...span };
    case "string":
      cursor.advance();
      return { kind: "string", value: token.value, ...span };
    case "binary":
      cursor.advance();
      return { kind: "binary-literal", hex: token.value, ...span };
    case "word":
      return parseWord(cursor);
    default:
      return cursor.peek(1).upper === "(" && token.kind === "quoted"
        ? parseCall(cursor, PARSER)
        : parseName(cursor);
  }
}

/** - before a number, however nested, is its sign: the digits of -9223372036854775808 alone would be out of range. */
function parseUnary(cursor: Cursor, operator: "+" | "-" | "NOT", power: number): Expr {
  const start = cursor.advance();
  const operand = climb(cursor, power);
  if (operator === "-" && operand.kind === "number") {
    const text = operand.text.startsWith("-") ? operand.text.slice(1) : `-${operand.text}`;
    return { kind: "number", text, ...cover(start, operand) };
  }
  return { kind: "unary", operator, operand, ...cover(start, operand) };
}

function parseParenthesis(cursor: Cursor): Expr {
  const start = cursor.expect("(");
  if (cursor.at("SELECT") || cursor.at("WITH")) throw refuseSubquery(cursor, cursor.current);
  const items = cursor.list(() => parseExpression(cursor));
  cursor.expect(")");
  const [first, ...others] = items;
  if (first === undefined) throw new RangeError("a list has an item");
  if (others.length > 0) {
    const period = parseOverlaps(cursor, { start, ends: items }, PARSER);
    return period ?? { kind: "constructor", type: "ROW", items, ...cursor.since(start) };
  }
  return parseDifference(cursor, start, first) ?? { ...first, ...cursor.since(start) };
}

function parseWord(cursor: Cursor): Expr {
  const token = cursor.current;
  const next = cursor.peek(1);
  const span: Span = { start: token.start, end: token.end };
  switch (token.upper) {
    case "TRUE":
    case "FALSE":
      cursor.advance();
      return { kind: "boolean", value: token.upper === "TRUE", ...span };
    case "NULL":
      cursor.advance();
      return { kind: "null", ...span };
    case "CASE":
      return parseCase(cursor, PARSER);
    case "INTERVAL":
      return parseInterval(cursor);
    case "DATE":
    case "TIME":
    case "TIMESTAMP":
      return parseTemporal(cursor);
    case "CAST":
    case "TRY_CAST":
      return parseCast(cursor, PARSER);
    case "CURRENT_TIMESTAMP":
    case "CURRENT_TIME":
    case "CURRENT_DATE":
    case "LOCALTIME":
    case "LOCALTIMESTAMP":
      cursor.advance();
      return bareCall(token);
    case "EXISTS":
      throw refuseSubquery(cursor, token);
    case "USER":
      if (next.upper === "(" || next.upper === ".") break;
      // Reserved, yet the column of this name to Flink.
      cursor.advance();
      return { kind: "name", parts: [{ name: token.value, ...span }], ...span };
    case "ARRAY":
    case "MAP":
    case "MULTISET":
    case "ROW":
      if (next.upper === "[" || next.upper === "(") return parseConstructor(cursor, PARSER);
      break;
    default:
  }
  return next.upper === "(" ? parseCall(cursor, PARSER) : parseName(cursor);
}

function parseName(cursor: Cursor): Expr {
  const { current } = cursor;
  const parts = [cursor.identifier("an expression")];
  while (cursor.at(".")) {
    if (cursor.peek(1).upper === "*") {
      cursor.advance();
      cursor.advance();
      return { kind: "star", qualifier: parts, ...cursor.since(current) };
    }
    cursor.advance();
    parts.push(cursor.identifier("a column name"));
  }
  return { kind: "name", parts, ...cursor.since(current) };
}

function refuseSubquery(cursor: Cursor, span: Span): Error {
  return cursor.source.unsupported(
    span,
    "sub-queries inside an expression are not supported: they keep unbounded state",
    "Put the sub-query into FROM, or list the values.",
  );
}
