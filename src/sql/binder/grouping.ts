// GROUP BY: which items are the window, which are keys, and the grouping sets they form. Without both ends
// of a window the groups would never be complete, which Flink runs as an updating query: refused.

import { SQL_GROUPING_SETS } from "../../core/limits.ts";
import type { SqlType } from "../../core/types.ts";
import type { Expr, GroupItem } from "../ast.ts";
import { WINDOW_PROPERTIES, type Expression, type Relation, type WindowProperty } from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { timestamp, withNullable } from "../types.ts";
import { ExpressionBinder, refuseBareNull } from "./expressions.ts";
import { resolveColumn, type BoundColumn, type Scope } from "./scope.ts";
import { aggregateCalls, expressionKey } from "./walk.ts";

export interface GroupKey {
  readonly name: string;
  readonly expression: Expression;
}

export interface Grouping {
  readonly keys: readonly GroupKey[];
  /** Key index by `expressionKey`. */
  readonly indexes: ReadonlyMap<string, number>;
  readonly groupingSets: readonly (readonly number[])[];
  /** The window columns that are grouped: only they can be named above. */
  readonly properties: ReadonlySet<WindowProperty>;
  readonly types: Readonly<Record<WindowProperty, SqlType>>;
  readonly startColumn: number;
  readonly endColumn: number;
  /** HOP and CUMULATE: a row counts in several windows. */
  readonly overlapping: boolean;
  /** HOP, CUMULATE and SESSION: a window's result is merged of parts. */
  readonly merging: boolean;
}

export interface GroupingOptions {
  readonly source: SourceText;
  readonly scope: Scope;
  readonly groupBy: readonly GroupItem[];
  readonly span: Span;
}

const UPDATING =
  "GROUP BY without a window never completes a group: it would have to take rows back";
const UPDATING_HINT =
  "Read FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE) and group by window_start, window_end too.";

/** Splits GROUP BY into window and keys. Throws SQL_UNSUPPORTED when it does not close a window. */
export function bindGrouping(options: GroupingOptions): Grouping {
  const { source, scope, groupBy } = options;
  const builder = new GroupingBuilder(options);
  let sets: (readonly Expr[])[] = [[]];
  for (const item of groupBy) {
    const alternatives = item.kind === "sets" ? item.sets : [[item.expression]];
    if (sets.length * alternatives.length > SQL_GROUPING_SETS) {
      const message = `GROUP BY has more than ${SQL_GROUPING_SETS} grouping sets`;
      throw source.unsupported(item.kind === "sets" ? item.span : options.span, message);
    }
    sets = sets.flatMap((set) => alternatives.map((each) => [...set, ...each]));
  }
  const groupingSets = sets.map((set) => builder.add(set));
  const start = windowColumn(scope, "window_start");
  const end = windowColumn(scope, "window_end");
  if (!builder.closesWindow() || start === undefined || end === undefined) {
    throw source.unsupported(options.span, UPDATING, UPDATING_HINT);
  }
  checkSession(options, builder.keys, groupingSets.length);
  const stamp = withNullable(timestamp(3), false);
  const time = scope.table.columns.find((column) => column.role === "window_time");
  const { relation } = scope.table;
  const kind = relation.kind === "window" ? relation.window.kind : "tumble";
  const overlapping = kind === "hop" || kind === "cumulate";
  return {
    keys: builder.keys,
    indexes: builder.indexes,
    groupingSets,
    properties: builder.properties(),
    types: { window_start: stamp, window_end: stamp, window_time: time?.expression.type ?? stamp },
    startColumn: start,
    endColumn: end,
    overlapping,
    merging: overlapping || kind === "session",
  };
}

/** The field index of a window column; undefined when FROM has no such window. */
function windowColumn(scope: Scope, role: WindowProperty): number | undefined {
  const column = scope.table.columns.find((each) => each.role === role);
  return column?.expression.kind === "input" ? column.expression.index : undefined;
}

/** A session belongs to its partition: grouping by anything else would merge or split sessions. */
function checkSession(options: GroupingOptions, keys: readonly GroupKey[], sets: number): void {
  const relation: Relation = options.scope.table.relation;
  if (relation.kind !== "window" || relation.window.kind !== "session") return;
  const grouped = keys.map(({ expression }) =>
    expression.kind === "input" ? expression.index : -1,
  );
  const { partition } = relation.window;
  const same =
    sets === 1 &&
    grouped.length === partition.length &&
    partition.every((key) => grouped.includes(key));
  if (same) return;
  throw options.source.unsupported(
    options.span,
    "the keys of GROUP BY differ from the PARTITION BY of SESSION",
    "Write SESSION(TABLE t PARTITION BY key, …) with the same keys.",
  );
}

class GroupingBuilder {
  readonly #options: GroupingOptions;
  readonly #binder: ExpressionBinder;
  readonly #windows: Set<WindowProperty>[] = [];
  readonly keys: GroupKey[] = [];
  readonly indexes = new Map<string, number>();

  constructor(options: GroupingOptions) {
    const { source, scope } = options;
    this.#options = options;
    this.#binder = new ExpressionBinder({ source, scope, clause: "GROUP BY" });
  }

  /** Adds one grouping set; returns the indexes of its keys. */
  add(set: readonly Expr[]): number[] {
    const windows = new Set<WindowProperty>();
    const indexes = new Set<number>();
    for (const expr of set) {
      const column = this.#column(expr);
      const property = WINDOW_PROPERTIES.find((each) => each === column?.role);
      if (property === undefined) indexes.add(this.#key(expr, column));
      else windows.add(property);
    }
    this.#windows.push(windows);
    return [...indexes];
  }

  /** Whether every set groups by both ends of the window. */
  closesWindow(): boolean {
    return this.#windows.every((set) => set.has("window_start") && set.has("window_end"));
  }

  /** The window columns that every set groups by. */
  properties(): Set<WindowProperty> {
    return new Set(
      WINDOW_PROPERTIES.filter((property) => this.#windows.every((set) => set.has(property))),
    );
  }

  #column(expr: Expr): BoundColumn | undefined {
    if (expr.kind !== "name") return undefined;
    return resolveColumn(this.#options.source, this.#options.scope, expr.parts);
  }

  #key(expr: Expr, column: BoundColumn | undefined): number {
    const { source, scope } = this.#options;
    if (expr.kind === "number") {
      const hint = "Repeat the expression of the SELECT list.";
      throw source.invalid(expr, "Flink does not group by position", hint);
    }
    const [aggregate] = aggregateCalls(expr);
    if (aggregate !== undefined) {
      throw source.invalid(aggregate, "an aggregate cannot stand in GROUP BY");
    }
    const text = expressionKey(source, scope, expr);
    const known = this.indexes.get(text);
    if (known !== undefined) return known;
    const expression = this.#binder.bind(expr);
    refuseBareNull(source, expr, expression);
    this.keys.push({ name: column?.name ?? `k${this.keys.length}`, expression });
    this.indexes.set(text, this.keys.length - 1);
    return this.keys.length - 1;
  }
}
