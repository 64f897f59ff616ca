// SQL text to the plan that runs: the front end with the operators' evaluation of constants.

import { constantValue } from "../operators/expression/constant.ts";
import type { Plan } from "../sql/plan.ts";
import { planSql, type PlanOptions } from "../sql/plan-sql.ts";

/** Plans and optimises one SQL file. Throws as `planSql` does. */
export function planText(text: string, options: Omit<PlanOptions, "evaluate">): Plan {
  return planSql(text, { ...options, evaluate: constantValue });
}
