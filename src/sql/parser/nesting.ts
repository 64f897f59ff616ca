// The bound on a tree's height. The cursor bounds the parser's own recursion; long chains like a + a + a …
// are parsed by a loop and yet become a deep tree, which binder and code generation walk recursively.

import { SQL_NESTING } from "../../core/limits.ts";
import type { Statement } from "../ast.ts";
import type { SourceText, Span } from "../source.ts";
import { tooDeep } from "./cursor.ts";

/** Throws SQL_SYNTAX when the statement's tree is too high to be walked recursively. */
export function assertShallow(source: SourceText, statement: Statement): void {
  // Arrays and plain objects are levels of their own, hence three per node at the most.
  const limit = SQL_NESTING * 3;
  const pending: { readonly value: object; readonly depth: number; readonly span: Span }[] = [
    { value: statement, depth: 0, span: statement },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const span = hasSpan(next.value) ? next.value : next.span;
    if (next.depth > limit) throw tooDeep(source, span);
    for (const value of Object.values(next.value)) {
      if (typeof value === "object" && value !== null) {
        pending.push({ value, depth: next.depth + 1, span });
      }
    }
  }
}

function hasSpan(value: object): value is Span {
  return "start" in value && "end" in value;
}
