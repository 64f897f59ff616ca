// Texts that a statement composes of literals, as 'a' || 'b' and CONCAT('a', 'b'): literals where a function needs one.

import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import { isText, withNullable } from "../types.ts";

/** The literal that a constant text is; every other expression as it is. */
export function composedText(expression: Expression): Expression {
  const value = textOf(expression);
  if (expression.kind === "literal" || value === undefined) return expression;
  return { kind: "literal", value, type: withNullable(expression.type, value === null) };
}

/** undefined for what is no text of literals. */
function textOf(expression: Expression): string | null | undefined {
  if (!isText(expression.type) && expression.type.kind !== "NULL") return undefined;
  switch (expression.kind) {
    case "literal":
      return typeof expression.value === "string" || expression.value === null
        ? expression.value
        : undefined;
    case "cast": {
      const text = textOf(expression.input);
      return text === null || (text !== undefined && fits(text, expression.type))
        ? text
        : undefined;
    }
    case "call": {
      if (expression.function !== "||" && expression.function !== "CONCAT") return undefined;
      const parts = expression.arguments.map(textOf);
      if (parts.includes(undefined)) return undefined;
      return parts.includes(null) ? null : parts.join("");
    }
    default:
      return undefined;
  }
}

function fits(text: string, type: SqlType): boolean {
  return type.kind === "VARCHAR" && text.length <= type.length;
}
