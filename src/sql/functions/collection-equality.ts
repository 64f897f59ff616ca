// Equality of collections, as far as it is the same in Flink wherever the values come from. Flink holds an array in one
// of two forms: as it is read or computed, and in bytes, as ARRAY[…] builds it and a grouping keeps it. Two in bytes
// are compared byte by byte, so that NULL equals NULL there; all others element by element.

import { holdsArray, holdsMap } from "../collection-types.ts";
import type { Expression } from "../plan.ts";
import type { CallSite } from "./spec.ts";

/** Refuses a comparison of collections that Flink does not make, or makes in its own way. */
export function checkCollections(site: CallSite, left: Expression, right: Expression): void {
  const types = [left.type, right.type];
  if (types.some(holdsMap)) {
    const message = "maps cannot be compared: Flink compares their values by identity";
    throw site.unsupported(undefined, message, "Compare their keys and values.");
  }
  if (["<", "<=", ">", ">="].includes(site.name)) {
    const message = `${site.name} does not order collections`;
    throw site.unsupported(undefined, message, "Compare their elements.");
  }
  if (left.type.kind === "ROW" && site.name === "IS DISTINCT FROM") {
    const hint = "Write NOT (… IS NOT DISTINCT FROM …).";
    const message = "Flink's IS DISTINCT FROM of rows is always FALSE";
    throw site.unsupported(undefined, message, hint);
  }
  if (types.some(holdsArray) && (site.grouped || [left, right].every(isBuilt))) {
    const what = site.grouped ? "that went through a grouping" : "that are built here";
    const message = `arrays ${what}: Flink compares their bytes`;
    throw site.unsupported(undefined, message, "Compare their elements.");
  }
}

/** Whether an array of ARRAY[…] may be in the value. */
function isBuilt(expression: Expression): boolean {
  switch (expression.kind) {
    case "call":
      return expression.function === "ARRAY" || expression.arguments.some(isBuilt);
    case "cast":
      return isBuilt(expression.input);
    case "case":
      return [...expression.branches.map(({ then }) => then), expression.otherwise].some(isBuilt);
    default:
      return false;
  }
}
