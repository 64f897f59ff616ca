// The syntax tree: what the parser makes of tokens. Plain data; every node has its span. Names are not
// resolved and expressions have no type yet: that is the binder's work.

import type { SqlType } from "../core/types.ts";
import type { Span } from "./source.ts";

export interface Identifier extends Span {
  readonly name: string;
}

/** Units of INTERVAL, EXTRACT, FLOOR … TO, TIMESTAMPADD and TIMESTAMPDIFF, in upper case and singular. */
export type TimeUnit = string;

export type Expr = Span &
  (
    | { readonly kind: "name"; readonly parts: readonly Identifier[] }
    | { readonly kind: "star"; readonly qualifier: readonly Identifier[] }
    | { readonly kind: "number"; readonly text: string }
    | { readonly kind: "string"; readonly value: string }
    | { readonly kind: "binary-literal"; readonly hex: string }
    | { readonly kind: "boolean"; readonly value: boolean }
    | { readonly kind: "null" }
    | {
        readonly kind: "temporal";
        readonly type: "DATE" | "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ";
        readonly text: string;
      }
    | IntervalLiteral
    /** A unit or mode word: EXTRACT(YEAR FROM …), TRIM(BOTH …). */
    | { readonly kind: "symbol"; readonly value: string }
    | { readonly kind: "unary"; readonly operator: "+" | "-" | "NOT"; readonly operand: Expr }
    | { readonly kind: "is"; readonly test: string; readonly operand: Expr }
    | {
        readonly kind: "binary";
        readonly operator: string;
        readonly left: Expr;
        readonly right: Expr;
      }
    | {
        readonly kind: "logical";
        readonly operator: "AND" | "OR";
        readonly operands: readonly Expr[];
      }
    | BetweenExpr
    | {
        readonly kind: "in";
        readonly negated: boolean;
        readonly operand: Expr;
        readonly list: readonly Expr[];
      }
    | LikeExpr
    | CaseExpr
    | {
        readonly kind: "cast";
        readonly try: boolean;
        readonly operand: Expr;
        readonly type: SqlType;
        /** Of an INTERVAL of one unit. */
        readonly unit?: TimeUnit | undefined;
      }
    | CallExpr
    | { readonly kind: "item"; readonly operand: Expr; readonly index: Expr }
    /** (row).field, where the row is no plain name: those are `name` with several parts. */
    | { readonly kind: "field"; readonly operand: Expr; readonly field: Identifier }
    /** ARRAY[…], MAP[key, value, …], ROW(…) and (a, b); JSON(text) where a JSON value stands. */
    | {
        readonly kind: "constructor";
        readonly type: "ARRAY" | "MAP" | "ROW" | "JSON";
        readonly items: readonly Expr[];
      }
    /** (left - right) unit: the interval between two points in time. */
    | {
        readonly kind: "difference";
        readonly unit: Expr;
        readonly left: Expr;
        readonly right: Expr;
      }
    /** (start, end) OVERLAPS (start, end): the four ends. */
    | { readonly kind: "overlaps"; readonly ends: readonly Expr[] }
  );

export interface IntervalLiteral extends Span {
  readonly kind: "interval";
  readonly negative: boolean;
  readonly text: string;
  readonly from: TimeUnit;
  readonly to: TimeUnit | undefined;
  /** Digits allowed in the leading field. */
  readonly precision: number;
}

export interface BetweenExpr extends Span {
  readonly kind: "between";
  readonly negated: boolean;
  readonly symmetric: boolean;
  readonly operand: Expr;
  readonly low: Expr;
  readonly high: Expr;
}

export interface LikeExpr extends Span {
  readonly kind: "like";
  readonly function: "LIKE" | "SIMILAR TO";
  readonly negated: boolean;
  readonly operand: Expr;
  readonly pattern: Expr;
  readonly escape: Expr | undefined;
}

export interface CaseExpr extends Span {
  readonly kind: "case";
  /** Simple CASE only. */
  readonly operand: Expr | undefined;
  readonly branches: readonly { readonly when: readonly Expr[]; readonly then: Expr }[];
  readonly otherwise: Expr | undefined;
}

export interface CallExpr extends Span {
  readonly kind: "call";
  readonly name: Identifier;
  readonly arguments: readonly Expr[];
  /** COUNT(*). */
  readonly star: boolean;
  readonly distinct: boolean;
  /** ARRAY_AGG(x IGNORE NULLS). */
  readonly ignoreNulls?: boolean;
  readonly filter: Expr | undefined;
}

export interface SelectItem extends Span {
  readonly expression: Expr;
  readonly alias: Identifier | undefined;
}

export type TableRef = Span &
  (
    | { readonly kind: "table"; readonly path: readonly Identifier[] }
    | { readonly kind: "derived"; readonly query: QueryExpr }
    | WindowTableRef
  ) & {
    readonly alias: Identifier | undefined;
    readonly columns: readonly Identifier[];
  };

export interface WindowTableRef {
  readonly kind: "window-function";
  readonly name: Identifier;
  readonly arguments: readonly WindowArgument[];
}

/** One argument of a windowing table function; `name` for `SIZE => …`. */
export interface WindowArgument extends Span {
  readonly name: Identifier | undefined;
  readonly value:
    | { readonly kind: "data"; readonly table: TableRef; readonly partition: readonly Identifier[] }
    | { readonly kind: "descriptor"; readonly columns: readonly Identifier[] }
    | { readonly kind: "expression"; readonly expression: Expr };
}

/** An item of GROUP BY; `sets` lists the key expressions of each grouping set. */
export type GroupItem =
  | { readonly kind: "expression"; readonly expression: Expr }
  | { readonly kind: "sets"; readonly sets: readonly (readonly Expr[])[]; readonly span: Span };

export interface SelectExpr extends Span {
  readonly kind: "select";
  readonly distinct: Span | undefined;
  readonly items: readonly SelectItem[];
  readonly from: TableRef | undefined;
  readonly where: Expr | undefined;
  readonly groupBy: readonly GroupItem[] | undefined;
  readonly having: Expr | undefined;
}

export type QueryExpr = Span &
  (
    | SelectExpr
    | { readonly kind: "union"; readonly inputs: readonly QueryExpr[] }
    | { readonly kind: "with"; readonly tables: readonly CommonTable[]; readonly body: QueryExpr }
    | OrderedQuery
  );

/** ORDER BY, LIMIT, OFFSET and FETCH after a query. */
export interface OrderedQuery {
  readonly kind: "ordered";
  readonly input: QueryExpr;
  readonly orderBy: readonly OrderItem[];
  readonly limit: RowLimit | undefined;
}

export interface OrderItem extends Span {
  readonly expression: Expr;
  readonly descending: boolean;
  /** NULLS FIRST or LAST, if it is said. */
  readonly nullsFirst: boolean | undefined;
}

/** LIMIT count OFFSET offset; `count` undefined for OFFSET alone. */
export interface RowLimit extends Span {
  readonly offset: number;
  readonly count: number | undefined;
}

export interface CommonTable {
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly query: QueryExpr;
}

export type ColumnDefinition = Span & { readonly name: Identifier } & (
    | { readonly kind: "physical"; readonly type: SqlType }
    | { readonly kind: "computed"; readonly expression: Expr }
    | {
        readonly kind: "metadata";
        readonly type: SqlType;
        readonly key: string | undefined;
        readonly virtual: boolean;
      }
  );

export interface CreateTable extends Span {
  readonly kind: "create-table";
  readonly name: Identifier;
  readonly ifNotExists: boolean;
  readonly columns: readonly ColumnDefinition[];
  readonly watermark: { readonly column: Identifier; readonly expression: Expr } | undefined;
  readonly primaryKey: readonly Identifier[];
  readonly options: ReadonlyMap<string, TableOption>;
}

/** An option of WITH: the span is that of its value. */
export interface TableOption extends Span {
  readonly name: Span;
  readonly value: string;
}

export interface CreateView extends Span {
  readonly kind: "create-view";
  readonly name: Identifier;
  readonly ifNotExists: boolean;
  readonly columns: readonly Identifier[];
  readonly query: QueryExpr;
}

export interface Insert extends Span {
  readonly kind: "insert";
  readonly target: Identifier;
  readonly columns: readonly Identifier[];
  readonly query: QueryExpr;
}

/** SET 'key' = 'value'. */
export interface SetOption extends Span {
  readonly kind: "set";
  readonly key: string;
  readonly value: string;
  readonly keySpan: Span;
  readonly valueSpan: Span;
}

export type Statement =
  | SetOption
  | CreateTable
  | CreateView
  | Insert
  | (Span & { readonly kind: "query"; readonly query: QueryExpr })
  | (Span & { readonly kind: "statement-set"; readonly inserts: readonly Insert[] });
