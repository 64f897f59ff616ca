// Sizes, slides, gaps and offsets of windows: literal intervals in milliseconds, and the checks that Flink makes on
// them. Shared by the table functions and by GROUP BY TUMBLE(…).

import type { Expr, Identifier } from "../ast.ts";
import { bindLiteral } from "../literals.ts";
import type { WindowSpec } from "../plan.ts";
import type { SourceText, Span } from "../source.ts";

/** A length and where it is written. */
export interface WindowLength {
  readonly span: Span;
  readonly millis: number;
}

/** A literal interval; `expression` is undefined where something else stands. */
export function bindLength(
  source: SourceText,
  name: Identifier,
  { expression, span }: { readonly expression: Expr | undefined; readonly span: Span },
): WindowLength {
  const bound = expression?.kind === "interval" ? bindLiteral(source, expression) : undefined;
  if (bound?.kind !== "literal" || typeof bound.value !== "number") {
    const message = `${name.name.toUpperCase()} takes literal intervals`;
    throw source.invalid(span, message, "Write INTERVAL '1' MINUTE.");
  }
  if (bound.type.kind === "INTERVAL_YEAR_MONTH") {
    throw source.invalid(span, "a window cannot be measured in months", "Use days or less.");
  }
  return { span, millis: bound.value };
}

/**
 * The window that a function describes: size, slide and size, step and size, or gap; then its offset. `form`: a table
 * function, or a call in GROUP BY.
 */
export function windowSpec(
  source: SourceText,
  name: Identifier,
  lengths: readonly WindowLength[],
  form: "function" | "call",
): WindowSpec {
  const [first, second, third] = lengths;
  if (first === undefined) throw new RangeError("the caller counts the arguments");
  const kind = name.name.toUpperCase();
  positive(source, first);
  if (kind === "SESSION") return { kind: "session", gapMs: first.millis, partition: [] };
  if (kind === "TUMBLE") {
    // Flink checks the offset of TUMBLE only.
    if (second !== undefined && Math.abs(second.millis) >= first.millis) {
      throw source.invalid(second.span, "the offset of a window must be shorter than the window");
    }
    return { kind: "tumble", sizeMs: first.millis, offsetMs: second?.millis ?? 0 };
  }
  if (second === undefined) throw new RangeError("the caller counts the arguments");
  positive(source, second);
  const isHop = kind === "HOP";
  if (second.millis % first.millis !== 0) {
    const step = isHop ? "slide" : "step";
    const message = `the size of ${kind} must be a multiple of its ${step}`;
    const hint = `The order is ${step}, size.`;
    throw form === "function"
      ? source.invalid(second.span, message, hint)
      : source.unsupported(second.span, message, hint);
  }
  const offsetMs = third?.millis ?? 0;
  return isHop
    ? { kind: "hop", slideMs: first.millis, sizeMs: second.millis, offsetMs }
    : { kind: "cumulate", stepMs: first.millis, sizeMs: second.millis, offsetMs };
}

function positive(source: SourceText, { span, millis }: WindowLength): void {
  if (millis <= 0) throw source.invalid(span, "the length of a window must be positive");
}
