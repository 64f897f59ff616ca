// GROUP BY: which items are the window, which are keys, and the grouping sets they form. Without both ends
// of a window the groups would never be complete, which Flink runs as an updating query: refused.

import { SQL_GROUPING_SETS } from "../../core/limits.ts";
import type { SqlType } from "../../core/types.ts";
import type { CallExpr, Expr, GroupItem } from "../ast.ts";
import {
  WINDOW_PROPERTIES,
  type Expression,
  type WindowProperty,
  type WindowSpec,
} from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { timestamp, timestampLtz, withNullable } from "../types.ts";
import { ExpressionBinder, refuseBareNull } from "./expressions.ts";
import { bindGroupWindow, isGroupWindow, type GroupWindow } from "./group-window.ts";
import { resolveColumn, type BoundColumn, type Scope } from "./scope.ts";
import { aggregateCalls, expressionKey } from "./walk.ts";
import { sessionKeys, windowOf } from "./window-origin.ts";

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
  /** The same by `expressionKey`, under the names that GROUP BY has for them. */
  readonly windowTexts: ReadonlyMap<string, WindowProperty>;
  readonly types: Readonly<Record<WindowProperty, SqlType>>;
  readonly window: WindowSpec;
  /** GROUP BY TUMBLE(…); undefined for the columns of a windowing table function. */
  readonly call: GroupWindow | undefined;
  /** The window column that an expression is, grouped or not. */
  readonly propertyOf: (expr: Expr) => WindowProperty | undefined;
}

export interface GroupingOptions {
  readonly source: SourceText;
  readonly scope: Scope;
  readonly groupBy: readonly GroupItem[];
  readonly span: Span;
}

const NO_WINDOW =
  "GROUP BY without a window never completes a group: it would have to take rows back";
const NO_WINDOW_HINT =
  "Read FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE) and group by window_start, window_end too.";
const HALF_A_WINDOW =
  "GROUP BY without both window_start and window_end never completes a group: it would have to take rows back";
const HALF_A_WINDOW_HINT = "Group by window_start and window_end, as they come from the window.";

/** Splits GROUP BY into window and keys. Throws SQL_UNSUPPORTED when it does not close a window. */
export function bindGrouping(options: GroupingOptions): Grouping {
  const { source, scope } = options;
  const call = groupWindow(options);
  const propertyOf = (expr: Expr): WindowProperty | undefined => {
    if (call !== undefined) return call.propertyOf(expr);
    if (expr.kind !== "name") return undefined;
    const { role } = resolveColumn(source, scope, expr.parts);
    return WINDOW_PROPERTIES.find((property) => property === role);
  };
  const builder = new GroupingBuilder(options, propertyOf);
  const groupingSets = groupingSetsOf(options).map((set) => builder.add(set));
  const window = call?.window ?? windowOf(scope.table.relation);
  if (window === undefined) throw source.unsupported(options.span, NO_WINDOW, NO_WINDOW_HINT);
  if (!builder.closesWindow()) {
    throw source.unsupported(options.span, HALF_A_WINDOW, HALF_A_WINDOW_HINT);
  }
  refuseRepeated(options, groupingSets);
  if (call === undefined) checkSession(options, window, { keys: builder.keys, groupingSets });
  const { keys, indexes } = builder;
  const types = propertyTypes(scope, call);
  const properties = builder.properties();
  const { windowTexts } = builder;
  return { keys, indexes, groupingSets, properties, windowTexts, types, window, call, propertyOf };
}

/** The one TUMBLE(…), HOP(…) or SESSION(…) among the items. */
function groupWindow({ source, scope, groupBy, span }: GroupingOptions): GroupWindow | undefined {
  const items = groupBy.flatMap((item) =>
    item.kind === "expression" ? [item.expression] : item.sets.flat(),
  );
  const [first, second] = items.filter(isGroupWindow);
  if (first === undefined) return undefined;
  const call: CallExpr = first;
  if (groupBy.some((item) => item.kind === "sets")) {
    throw source.unsupported(
      span,
      `grouping sets beside ${call.name.name.toUpperCase()}(…) would have to take rows back`,
      "Read FROM TUMBLE(TABLE t, …) and group by window_start, window_end.",
    );
  }
  if (second !== undefined) {
    throw source.invalid(
      second,
      "GROUP BY takes one window only",
      "Write a query for each window.",
    );
  }
  return bindGroupWindow(source, scope, call);
}

function groupingSetsOf({ source, groupBy, span }: GroupingOptions): (readonly Expr[])[] {
  let sets: (readonly Expr[])[] = [[]];
  for (const item of groupBy) {
    const alternatives = item.kind === "sets" ? item.sets : [[item.expression]];
    if (sets.length * alternatives.length > SQL_GROUPING_SETS) {
      const message = `GROUP BY has more than ${SQL_GROUPING_SETS} grouping sets`;
      throw source.unsupported(item.kind === "sets" ? item.span : span, message);
    }
    sets = sets.flatMap((set) => alternatives.map((each) => [...set, ...each]));
  }
  return sets;
}

function propertyTypes(
  scope: Scope,
  call: GroupWindow | undefined,
): Readonly<Record<WindowProperty, SqlType>> {
  const stamp = withNullable(timestamp(3), false);
  const bounds = { window_start: stamp, window_end: stamp };
  if (call !== undefined) {
    return { ...bounds, window_time: call.isLocalZoned ? timestampLtz(3) : timestamp(3) };
  }
  const time = scope.table.columns.find((column) => column.role === "window_time");
  return { ...bounds, window_time: time?.expression.type ?? stamp };
}

/** Of equal sets Flink leaves out keys in each, in the first only, or drops all but one: it depends on the SELECT list. */
function refuseRepeated(
  { source, groupBy, span }: GroupingOptions,
  groupingSets: readonly (readonly number[])[],
): void {
  const texts = groupingSets.map((set) => set.toSorted((left, right) => left - right).join());
  if (new Set(texts).size === texts.length) return;
  const sets = groupBy.find((item) => item.kind === "sets");
  const message = "a grouping set stands here twice, which Flink computes now so, now otherwise";
  throw source.unsupported(sets?.span ?? span, message, "Write each set once.");
}

/** A session belongs to its partition: grouping by anything else would merge or split sessions. */
function checkSession(
  options: GroupingOptions,
  window: WindowSpec,
  { keys, groupingSets }: Pick<Grouping, "keys" | "groupingSets">,
): void {
  if (window.kind !== "session") return;
  const partition = sessionKeys(options.scope.table.relation) ?? [-1];
  const grouped = keys.map(({ expression }) =>
    expression.kind === "input" ? expression.index : -1,
  );
  const same =
    groupingSets.length === 1 &&
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
  readonly #propertyOf: Grouping["propertyOf"];
  readonly #binder: ExpressionBinder;
  readonly #windows: Set<WindowProperty>[] = [];
  readonly keys: GroupKey[] = [];
  readonly indexes = new Map<string, number>();
  readonly windowTexts = new Map<string, WindowProperty>();

  constructor(options: GroupingOptions, propertyOf: Grouping["propertyOf"]) {
    const { source, scope } = options;
    this.#options = options;
    this.#propertyOf = propertyOf;
    this.#binder = new ExpressionBinder({ source, scope, clause: "GROUP BY" });
  }

  /** Adds one grouping set; returns the indexes of its keys. */
  add(set: readonly Expr[]): number[] {
    const { source, scope } = this.#options;
    const windows = new Set<WindowProperty>();
    const indexes = new Set<number>();
    for (const expr of set) {
      const property = this.#propertyOf(expr);
      if (property !== undefined) {
        windows.add(property);
        this.windowTexts.set(expressionKey(source, scope, expr), property);
      } else if (isGroupWindow(expr)) for (const each of WINDOW_PROPERTIES) windows.add(each);
      else indexes.add(this.#key(expr, this.#column(expr)));
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
