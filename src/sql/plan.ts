// The typed, bound plan: what the binder makes of SQL text and operators/ turns into running code.
// Pure data (structured-clone safe but for nothing: no functions, no classes), so that a plan can be
// printed, compared and journaled. Every name is resolved to an index; every expression carries its type;
// every implicit cast is an explicit `cast` node. It is the contract between sql/ and operators/.

import type { SourcePosition } from "../core/errors.ts";
import type { Field, SqlType, SqlValue } from "../core/types.ts";

/** One SQL file: its source tables, and its queries in text order. */
export interface Plan {
  readonly tables: readonly SourceTable[];
  readonly queries: readonly Query[];
}

/** A bare SELECT (`sink` undefined) or an INSERT INTO. Output columns are the sink's where there is one. */
export interface Query {
  readonly sink: SinkTable | undefined;
  readonly root: Relation;
  readonly columns: readonly Field[];
  readonly position: SourcePosition;
  /** Why this query is edge-only semantics; empty when it is plain Flink. */
  readonly edgeOnly: readonly string[];
}

export type TableOptions = Readonly<Record<string, string>>;

/** A table that is read. Columns in declared order; expressions over them use `input` = column index. */
export interface SourceTable {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  /** The rowtime column and its watermark; undefined = no event time. */
  readonly watermark: { readonly column: number; readonly expression: Expression } | undefined;
  /** Empty for CREATE TABLE without WITH, and for system tables. */
  readonly options: TableOptions;
  /** `headrace_late`, `headrace_dead_letter`: fed by the engine itself. */
  readonly system: boolean;
  readonly position: SourcePosition;
}

export interface TableColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly source:
    | { readonly kind: "physical" }
    | { readonly kind: "metadata"; readonly key: string }
    | { readonly kind: "computed"; readonly expression: Expression };
}

export interface SinkTable {
  readonly name: string;
  readonly columns: readonly Field[];
  readonly options: TableOptions;
  readonly position: SourcePosition;
}

/** Every relation has `fields` (its output row). Expressions inside refer to the input's fields by index. */
export type Relation =
  | ScanRelation
  | FilterRelation
  | ProjectRelation
  | WindowRelation
  | WindowAggregateRelation
  | UnionRelation;

/**
 * Reads a table. `fields` are all its columns, by table column index; `required` are those that anything
 * above reads (computed ones other than the rowtime have been inlined into the expressions above, so they
 * are never required unless identity names them).
 */
export interface ScanRelation {
  readonly kind: "scan";
  readonly table: SourceTable;
  readonly required: readonly number[];
  readonly fields: readonly Field[];
}

export interface FilterRelation {
  readonly kind: "filter";
  readonly input: Relation;
  readonly condition: Expression;
  readonly fields: readonly Field[];
}

export interface ProjectRelation {
  readonly kind: "project";
  readonly input: Relation;
  readonly expressions: readonly Expression[];
  readonly fields: readonly Field[];
}

/** Sizes and offsets in milliseconds. Half-open windows [start, start + sizeMs). */
export type WindowSpec =
  | { readonly kind: "tumble"; readonly sizeMs: number; readonly offsetMs: number }
  | {
      readonly kind: "hop";
      readonly slideMs: number;
      readonly sizeMs: number;
      readonly offsetMs: number;
    }
  | {
      readonly kind: "cumulate";
      readonly stepMs: number;
      readonly sizeMs: number;
      readonly offsetMs: number;
    }
  | { readonly kind: "session"; readonly gapMs: number; readonly partition: readonly number[] };

/**
 * A windowing table function that no aggregation consumes: input fields plus window_start, window_end,
 * window_time (the last three fields). `timeColumn` indexes the input's fields.
 */
export interface WindowRelation {
  readonly kind: "window";
  readonly input: Relation;
  readonly window: WindowSpec;
  readonly timeColumn: number;
  readonly fields: readonly Field[];
}

/**
 * TVF + GROUP BY window_start, window_end in one operator. Output row: keys, with several grouping sets
 * the number of the row's set (NULL in the keys it leaves out), aggregates, then the window properties asked for. HAVING and the select list are a filter and a project above it.
 * For a window over a window's output, `input` holds window_start/window_end columns instead
 * (`attached`): rows join the window they already carry.
 */
export interface WindowAggregateRelation {
  readonly kind: "window-aggregate";
  readonly input: Relation;
  readonly windowing:
    | { readonly kind: "assign"; readonly window: WindowSpec; readonly timeColumn: number }
    | { readonly kind: "attached"; readonly startColumn: number; readonly endColumn: number };
  readonly keys: readonly Expression[];
  /** For GROUPING SETS, CUBE and ROLLUP: key indexes of each set; one set of all keys otherwise. */
  readonly groupingSets: readonly (readonly number[])[];
  readonly aggregates: readonly AggregateCall[];
  readonly properties: readonly WindowProperty[];
  readonly fields: readonly Field[];
}

export const WINDOW_PROPERTIES = ["window_start", "window_end", "window_time"] as const;
export type WindowProperty = (typeof WINDOW_PROPERTIES)[number];

export interface AggregateCall {
  /** Registry name in upper case: COUNT, SUM, AVG, MIN, MAX, STDDEV_POP … */
  readonly function: string;
  /** Empty for COUNT(*). */
  readonly arguments: readonly Expression[];
  readonly distinct: boolean;
  /** FILTER (WHERE …): counts where TRUE only. */
  readonly filter: Expression | undefined;
  readonly type: SqlType;
}

export interface UnionRelation {
  readonly kind: "union";
  readonly inputs: readonly Relation[];
  readonly fields: readonly Field[];
}

/** All expressions carry their type; all casts are explicit; `position` is for run-time data errors. */
export type Expression =
  | { readonly kind: "literal"; readonly value: SqlValue; readonly type: SqlType }
  | { readonly kind: "input"; readonly index: number; readonly type: SqlType }
  | {
      /** A registry function or operator by id: "+", "=", "AND", "NOT", "IS NULL", "UPPER", "LIKE" … */
      readonly kind: "call";
      readonly function: string;
      readonly arguments: readonly Expression[];
      readonly type: SqlType;
      readonly position?: SourcePosition;
    }
  | {
      readonly kind: "cast";
      readonly input: Expression;
      /** TRY_CAST gives NULL where CAST fails. */
      readonly try: boolean;
      readonly type: SqlType;
      readonly position?: SourcePosition;
    }
  | {
      /** Searched CASE; a simple CASE has been rewritten to it. */
      readonly kind: "case";
      readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
      readonly otherwise: Expression;
      readonly type: SqlType;
    }
  | {
      /** CURRENT_WATERMARK(rowtime): the watermark before this row, NULL if none yet. */
      readonly kind: "current-watermark";
      readonly type: SqlType;
    };
