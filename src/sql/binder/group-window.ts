// The older form of windows: GROUP BY TUMBLE(ts, size), HOP(ts, slide, size) or SESSION(ts, gap), beside keys. TUMBLE_START,
// TUMBLE_END and TUMBLE_ROWTIME with the same arguments name the window's columns in SELECT and HAVING.

import type { CallExpr, Expr, Identifier } from "../ast.ts";
import type { WindowProperty, WindowSpec } from "../plan.ts";
import type { SourceText } from "../source.ts";
import { resolveColumn, type Scope } from "./scope.ts";
import { expressionKey } from "./walk.ts";
import { bindLength, windowSpec } from "./window-lengths.ts";

const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  TUMBLE: ["rowtime", "size"],
  HOP: ["rowtime", "slide", "size"],
  SESSION: ["rowtime", "gap"],
};

const AUXILIARY = /^(TUMBLE|HOP|SESSION)_(START|END|ROWTIME|PROCTIME)$/;

const PROPERTIES: Readonly<Record<string, WindowProperty>> = {
  START: "window_start",
  END: "window_end",
  ROWTIME: "window_time",
};

/** The window of a GROUP BY. */
export interface GroupWindow {
  readonly window: WindowSpec;
  /** Field of the input. */
  readonly timeColumn: number;
  readonly isLocalZoned: boolean;
  /** The column that a call such as TUMBLE_START(…) names. Throws SQL_INVALID where it names another window. */
  propertyOf(expr: Expr): WindowProperty | undefined;
}

/** Whether an item of GROUP BY is such a window. */
export function isGroupWindow(expr: Expr): expr is CallExpr {
  return expr.kind === "call" && ARGUMENTS[expr.name.name.toUpperCase()] !== undefined;
}

/** Binds the call that stands in GROUP BY. */
export function bindGroupWindow(source: SourceText, scope: Scope, call: CallExpr): GroupWindow {
  const name: Identifier = { ...call.name, name: call.name.name.toUpperCase() };
  const names = ARGUMENTS[name.name] ?? [];
  const [time, ...lengths] = call.arguments;
  if (time === undefined || call.arguments.length !== names.length) {
    throw source.invalid(call, `${name.name} takes ${names.join(", ")}`, offsetHint(name.name));
  }
  const { index, isLocalZoned } = bindTime(source, scope, time);
  const bound = lengths.map((expression) =>
    bindLength(source, name, { expression, span: expression }),
  );
  const spec = windowSpec(source, name, bound, "call");
  const window: WindowSpec = spec.kind === "hop" ? { ...spec, oldestFirst: true } : spec;
  const argumentsKey = (each: CallExpr): string =>
    each.arguments.map((argument) => expressionKey(source, scope, argument)).join();
  const own = argumentsKey(call);
  return {
    window,
    timeColumn: index,
    isLocalZoned,
    propertyOf(expr) {
      const auxiliary = expr.kind === "call" ? auxiliaryOf(expr) : undefined;
      if (auxiliary === undefined || expr.kind !== "call") return undefined;
      if (auxiliary.window !== name.name || argumentsKey(expr) !== own) {
        const wanted = source.slice(call);
        const message = `${expr.name.name.toUpperCase()} names another window than ${wanted} of GROUP BY`;
        throw source.invalid(expr, message, "Repeat the arguments as they stand in GROUP BY.");
      }
      const property = PROPERTIES[auxiliary.part];
      if (property !== undefined) return property;
      throw source.unsupported(
        expr.name,
        `${expr.name.name.toUpperCase()} is processing time, which cannot be replayed`,
        `Write ${name.name}_ROWTIME.`,
      );
    },
  };
}

function auxiliaryOf(call: CallExpr): { window: string; part: string } | undefined {
  const match = AUXILIARY.exec(call.name.name.toUpperCase());
  return match === null ? undefined : { window: match[1] ?? "", part: match[2] ?? "" };
}

function bindTime(
  source: SourceText,
  scope: Scope,
  expr: Expr,
): { readonly index: number; readonly isLocalZoned: boolean } {
  const column = expr.kind === "name" ? resolveColumn(source, scope, expr.parts) : undefined;
  const isTime = column?.role === "rowtime" || column?.role === "window_time";
  if (isTime && column.expression.kind === "input") {
    const { index, type } = column.expression;
    return { index, isLocalZoned: type.kind === "TIMESTAMP_LTZ" };
  }
  const message = `${source.slice(expr)} is no time attribute`;
  const hint =
    "Windows need the column of WATERMARK FOR, or a window's rowtime, passed on unchanged.";
  // Flink takes ts + INTERVAL '1' SECOND for a time attribute here, and for none elsewhere.
  throw expr.kind === "name"
    ? source.invalid(expr, message, hint)
    : source.unsupported(expr, message, hint);
}

function offsetHint(name: string): string | undefined {
  if (name === "SESSION") return undefined;
  return `For an offset write FROM ${name}(TABLE t, DESCRIPTOR(ts), …) with GROUP BY window_start, window_end.`;
}
