// The typed, bound plan: what the binder makes of SQL text and operators/ turns into running code.
// Pure data (structured-clone safe but for nothing: no functions, no classes), so that a plan can be
// printed, compared and journaled. Every name is resolved to an index; every expression carries its type;
// every implicit cast is an explicit `cast` node. It is the contract between sql/ and operators/.

import type { SourcePosition } from "../core/errors.ts";
import type { Field, SqlType, SqlValue } from "../core/types.ts";

/** One SQL file: the tables that it reads, and its queries in text order. */
export interface Plan {
  readonly tables: readonly SourceTable[];
  /** Names of the tables that it declares and does not write to, read or not. */
  readonly declared: readonly string[];
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
/** Where each option stands; of tables that SQL declares. */
export type OptionPlaces = Readonly<Record<string, SourcePosition>>;

/** A table that is read. Columns in declared order; expressions over them use `input` = column index. */
export interface SourceTable {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  /** The rowtime column and its watermark; undefined = no event time. */
  readonly watermark: { readonly column: number; readonly expression: Expression } | undefined;
  /** Empty for CREATE TABLE without WITH, and for system tables. */
  readonly options: TableOptions;
  /** `headrace_late`, `headrace_dead_letter`, `headrace_rollback`: fed by the engine itself. */
  readonly system: boolean;
  readonly position: SourcePosition;
  readonly places?: OptionPlaces;
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
  readonly places?: OptionPlaces;
}

/** Every relation has `fields` (its output row). Expressions inside refer to the input's fields by index. */
export type Relation =
  | ScanRelation
  | FilterRelation
  | ProjectRelation
  | WindowRelation
  | WindowAggregateRelation
  | UnionRelation
  | SortRelation
  | LimitRelation;

/**
 * Reads a table. `fields` are all its columns, by table column index; `required` are those that anything
 * above reads (computed ones other than the rowtime have been inlined into the expressions above, so they
 * are never required unless identity or the watermark of devices names them).
 */
export interface ScanRelation {
  readonly kind: "scan";
  readonly table: SourceTable;
  readonly required: readonly number[];
  /** Of required ROW columns that are not read as a whole, the fields read: their indexes from the column down. */
  readonly parts: readonly ColumnPart[];
  readonly fields: readonly Field[];
}

/** The fields read of a ROW column. */
export interface ColumnPart {
  readonly column: number;
  readonly paths: readonly (readonly number[])[];
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

/**
 * Half-open windows. With `zone` they begin and end by the clock on the wall there: rows have a TIMESTAMP_LTZ, and the
 * session's zone is not UTC.
 */
export type WindowSpec = WindowShape & { readonly zone?: string };

/** Sizes and offsets in milliseconds: [start, start + sizeMs). */
type WindowShape =
  | { readonly kind: "tumble"; readonly sizeMs: number; readonly offsetMs: number }
  | {
      readonly kind: "hop";
      readonly slideMs: number;
      readonly sizeMs: number;
      readonly offsetMs: number;
      /** GROUP BY HOP(…) merges its parts oldest to newest, the table function the other way round. */
      readonly oldestFirst?: boolean;
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
 * window_time (the last three fields). `timeColumn` indexes the input's fields. SESSION holds its rows until
 * the session has ended; the others hand them on at once and never drop one.
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
 * `attached`: the rows carry their window already, `endColumn` is its end; for SESSION the start is a key.
 */
export interface WindowAggregateRelation {
  readonly kind: "window-aggregate";
  readonly input: Relation;
  readonly windowing:
    | { readonly kind: "assign"; readonly window: WindowSpec; readonly timeColumn: number }
    | {
        readonly kind: "attached";
        readonly window: WindowSpec;
        readonly endColumn: number;
        readonly unsettled?: UnsettledWindow;
      };
  readonly keys: readonly Expression[];
  /** For GROUPING SETS, CUBE and ROLLUP: key indexes of each set; one set of all keys otherwise. */
  readonly groupingSets: readonly (readonly number[])[];
  /** With several sets: what a row of the input must fulfil to count in each. Left out where all rows count in all. */
  readonly setConditions?: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
  readonly properties: readonly WindowProperty[];
  readonly fields: readonly Field[];
}

/** What it takes to settle whether a grouping and its window become one operator: gone from the plan that runs. */
export interface UnsettledWindow {
  /** The window's columns, as far as they are grouped, in the input. */
  readonly columns: Readonly<Partial<Record<WindowProperty, number>>>;
  readonly position: SourcePosition;
  /** What has gone with aggregates that nobody reads. */
  readonly unread?: UnreadValues;
  /** Rows have been filtered between the windowing table function and the grouping; `fixing`: by more than < and > and <>. */
  readonly filtered?: "loosely" | "fixing";
}

/** What aggregates that nobody reads would take of the rows. */
export interface UnreadValues {
  /** Something else than columns. */
  readonly computed: boolean;
  /** Something else than columns, literals and casts. */
  readonly work: boolean;
  /** Something that is computed of the window's columns. */
  readonly ofWindow: boolean;
  /** Something of the time of the rows. */
  readonly ofTime: boolean;
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
  /** Why it cannot be computed where the operator assigns rows to windows, or where these carry theirs, while that is not settled. */
  readonly refused?: Readonly<Record<"assign" | "attached", CallRefusal | undefined>>;
  /** What it takes to settle how it is computed: gone from the plan that runs. */
  readonly unsettled?: UnsettledCall;
}

/** A call that Flink may take apart, with others of its grouping: optimizer/take-apart.ts. */
export interface UnsettledCall {
  /** The call as it is, equal texts for equal calls. */
  readonly whole: string;
  /** The calls that it is computed of when it is taken apart. */
  readonly parts: readonly string[];
  /** The window column, or the index of the key, that it is then. */
  readonly key?: WindowProperty | number;
  /** Why it cannot be taken apart where the operator assigns rows to windows. */
  readonly refused?: CallRefusal;
}

/** An error to be thrown when a call turns out to be computed so. */
export interface CallRefusal {
  readonly code: "SQL_INVALID" | "SQL_UNSUPPORTED";
  readonly message: string;
  readonly position: SourcePosition;
  readonly hint?: string;
}

export interface UnionRelation {
  readonly kind: "union";
  readonly inputs: readonly Relation[];
  readonly fields: readonly Field[];
}

/**
 * ORDER BY a time attribute: rows are held until the watermark reaches their time, and leave in order of it, then of
 * `keys`. A row is late when a row of its time or a later one has left.
 */
export interface SortRelation {
  readonly kind: "sort";
  readonly input: Relation;
  readonly timeColumn: number;
  readonly keys: readonly SortKey[];
  readonly fields: readonly Field[];
}

export interface SortKey {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** LIMIT: of the rows in order of arrival those after the first `offset`, `count` at the most. */
export interface LimitRelation {
  readonly kind: "limit";
  readonly input: Relation;
  readonly offset: number;
  readonly count: number;
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
      /** Whose clock on the wall makes TIMESTAMP of TIMESTAMP_LTZ, or the other way round; UTC where it is left out. */
      readonly zone?: string;
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
