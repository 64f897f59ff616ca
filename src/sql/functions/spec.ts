// What the registry knows about a scalar function, and the helpers that the category files share. A function
// is described by its parameters and its result type; `bind` is for those whose arguments depend on each other.

import type { SqlType, SqlValue } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import {
  isApproximate,
  isBinary,
  isDatetime,
  isExact,
  isInteger,
  isNumeric,
  isText,
  isTimestamp,
  withNullable,
} from "../types.ts";

export const CATEGORIES = [
  "comparison",
  "logical",
  "arithmetic",
  "text",
  "temporal",
  "conditional",
  "conversion",
  "hash",
  "collection",
  "json",
  "aggregate",
] as const;
export type Category = (typeof CATEGORIES)[number];

/** What `headrace functions` prints of an entry. */
export interface FunctionDescription {
  /** The `function` of the plan's call nodes. */
  readonly id: string;
  readonly category: Category;
  /** Forms as a user writes them. */
  readonly syntax: readonly string[];
  readonly description: string;
}

/** One call with bound arguments. */
export interface CallSite {
  readonly name: string;
  readonly arguments: readonly Expression[];
  /** Whether the arguments may be values that a grouping gives. */
  readonly grouped: boolean;
  /** Builds the error for an argument, or for the whole call: Flink refuses it, too. */
  fail(argument: number | undefined, message: string, hint?: string): Error;
  /** The same for what Flink accepts and headrace does not. */
  unsupported(argument: number | undefined, message: string, hint?: string): Error;
  /** The call node, carrying the call's position for run-time errors. */
  call(id: string, args: readonly Expression[], type: SqlType): Expression;
}

export interface ScalarFunction extends FunctionDescription {
  /** Names it is called by; its id when absent. Operators have none. */
  readonly names?: readonly string[];
  /** What it takes, where its arguments are checked one by one. */
  readonly signature?: Signature;
  readonly bind: (site: CallSite) => Expression;
}

/** What an argument must be. "double" takes every number and is cast to DOUBLE. */
export type Parameter =
  | "text"
  | "binary"
  | "data" // text or binary
  | "integer" // cast to INTEGER
  | "whole" // TINYINT … BIGINT, as it is
  | "bigint" // cast to BIGINT
  | "exact"
  | "numeric"
  | "double"
  | "timestamp"
  | "datetime"
  | "symbol";

const ACCEPTS: Readonly<Record<Parameter, (type: SqlType) => boolean>> = {
  text: isText,
  binary: isBinary,
  data: (type) => isText(type) || isBinary(type),
  integer: isInteger,
  whole: isInteger,
  bigint: isInteger,
  exact: isExact,
  numeric: isNumeric,
  double: isNumeric,
  timestamp: isTimestamp,
  datetime: isDatetime,
  symbol: isText,
};

const WANTED: Readonly<Record<Parameter, string>> = {
  text: "text",
  binary: "BYTES",
  data: "text or BYTES",
  integer: "an integer",
  whole: "an integer",
  bigint: "an integer",
  exact: "an integer or DECIMAL",
  numeric: "a number",
  double: "a number",
  timestamp: "a TIMESTAMP",
  datetime: "a DATE, TIME or TIMESTAMP",
  symbol: "a unit",
};

export interface Signature {
  readonly parameters: readonly Parameter[];
  /** How many of `parameters` may be left out at the end. */
  readonly optional?: number;
  /** The last parameter may be repeated. */
  readonly repeated?: boolean;
}

export interface FunctionOptions extends Omit<ScalarFunction, "bind" | "signature">, Signature {
  readonly result: (args: readonly Expression[]) => SqlType;
  /** NULL when an argument is NULL (default), when the first one is, possibly always, or never. */
  readonly nullable?: "arguments" | "first" | "always" | "never";
}

/** A function whose arguments are checked one by one. */
export function defineFunction(options: FunctionOptions): ScalarFunction {
  const { parameters, optional = 0, repeated = false, result, nullable, ...description } = options;
  return {
    ...description,
    signature: { parameters, optional, repeated },
    bind(site) {
      checkCount(site, parameters.length - optional, repeated ? undefined : parameters.length);
      const last = parameters.at(-1) ?? "text";
      const args = site.arguments.map((arg, index) =>
        checkArgument(site, { arg, index, parameter: parameters[index] ?? last }),
      );
      const decisive = nullable === "first" ? args.slice(0, 1) : args;
      const isNull =
        nullable === "always" ||
        (nullable !== "never" && decisive.some((argument) => argument.type.nullable));
      return site.call(options.id, args, withNullable(result(args), isNull));
    },
  };
}

/** A function whose call is checked as a whole once its arguments are. */
export function checkedFunction(
  options: FunctionOptions,
  check: (site: CallSite) => void,
): ScalarFunction {
  const defined = defineFunction(options);
  return {
    ...defined,
    bind(site) {
      const bound = defined.bind(site);
      check(site);
      return bound;
    },
  };
}

/** Refuses a wrong number of arguments; `most` undefined = any number. */
export function checkCount(site: CallSite, least: number, most: number | undefined): void {
  const count = site.arguments.length;
  if (count >= least && (most === undefined || count <= most)) return;
  const wanted =
    most === undefined ? `at least ${least}` : least === most ? `${least}` : `${least} to ${most}`;
  throw site.fail(undefined, `${site.name} takes ${wanted} arguments, not ${count}`);
}

interface ArgumentCheck {
  readonly arg: Expression;
  readonly index: number;
  readonly parameter: Parameter;
}

function checkArgument(site: CallSite, check: ArgumentCheck): Expression {
  const { arg, index, parameter } = check;
  refuseNull(site, index);
  if (!ACCEPTS[parameter](arg.type)) {
    throw site.fail(index, `argument ${index + 1} of ${site.name} must be ${WANTED[parameter]}`);
  }
  if (parameter === "double") return cast(arg, { kind: "DOUBLE", nullable: arg.type.nullable });
  if (parameter === "integer") return cast(arg, { kind: "INTEGER", nullable: arg.type.nullable });
  if (parameter === "bigint") return cast(arg, { kind: "BIGINT", nullable: arg.type.nullable });
  return arg;
}

/** Flink refuses a bare NULL where its type cannot be told. */
export function refuseNull(site: Pick<CallSite, "arguments" | "fail">, index: number): void {
  if (site.arguments[index]?.type.kind !== "NULL") return;
  throw site.fail(
    index,
    "NULL has no type here",
    "Write CAST(NULL AS …) with the type it stands for.",
  );
}

/** `input` as `type`: itself when it is of that type already; simple literals are folded. */
export function cast(input: Expression, type: SqlType): Expression {
  if (input.type.kind === type.kind && sameShape(input.type, type)) return input;
  if (input.kind === "literal") {
    const value = foldLiteral(input.value, input.type, type);
    if (value !== undefined)
      return { kind: "literal", value, type: withNullable(type, value === null) };
  }
  return { kind: "cast", input, try: false, type };
}

function sameShape(left: SqlType, right: SqlType): boolean {
  const plain = (type: SqlType): string => JSON.stringify(withNullable(type, true));
  return plain(left) === plain(right);
}

/** Literals change kind while planning: 1 + l needs no cast at run time. undefined = leave the cast. */
function foldLiteral(value: SqlValue, from: SqlType, to: SqlType): SqlValue | undefined {
  if (value === null) return null;
  if (typeof value === "string" && to.kind === "VARCHAR") {
    return value.length <= to.length ? value : undefined;
  }
  if (typeof value === "number" && isInteger(from)) {
    if (to.kind === "DECIMAL") return foldDecimal(BigInt(value), to.precision, to.scale);
    if (to.kind === "BIGINT" || to.kind === "INTEGER" || to.kind === "DOUBLE") {
      return to.kind === "INTEGER" && from.kind === "BIGINT" ? undefined : value;
    }
    if (to.kind === "FLOAT") return Math.fround(value);
  }
  if (typeof value === "bigint" && from.kind === "DECIMAL" && isApproximate(to)) {
    const double = Number(`${value}e-${from.scale}`);
    return to.kind === "FLOAT" ? Math.fround(double) : double;
  }
  return undefined;
}

function foldDecimal(value: bigint, precision: number, scale: number): bigint | undefined {
  const unscaled = value * 10n ** BigInt(scale);
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().length;
  return digits <= precision ? unscaled : undefined;
}

/** Shorthand for results that do not depend on the arguments. */
export function always(type: SqlType): () => SqlType {
  return () => type;
}

/** The type of an argument; `index` must exist. */
export function typeOf(args: readonly Expression[], index: number): SqlType {
  const argument = args[index];
  if (argument === undefined) throw new RangeError(`no argument ${index}`);
  return argument.type;
}
