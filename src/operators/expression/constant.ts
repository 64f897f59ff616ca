// The value of a constant expression, for the planner.

import type { SqlValue } from "../../core/types.ts";
import type { Expression } from "../../sql/plan.ts";
import { NO_WATERMARK } from "../contract.ts";
import { DataError } from "../data-error.ts";
import { interpret } from "./interpret.ts";

/** Evaluates an expression that reads no input; undefined if it fails on its data. */
export function constantValue(expression: Expression): SqlValue | undefined {
  try {
    return interpret(expression)([], NO_WATERMARK);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}
