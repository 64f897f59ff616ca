// From the bound relation of a query to the one that runs, by rules whose effect a real Flink shows, too: a row that its
// planner keeps from an expression cannot fail there.

import { stored } from "../functions/missing.ts";
import type { Relation } from "../plan.ts";
import { refuseHiddenKeys } from "./apart-or-whole.ts";
import { ConstantFolder, type ConstantEvaluator } from "./constants.ts";
import { checkElementIndexes } from "./element-indexes.ts";
import { prune } from "./prune.ts";
import { pushFilters } from "./push-filters.ts";
import { withExpressions, withInputs, type ExpressionChange } from "./relations.ts";
import { settleZeros } from "./settle-zeros.ts";
import { Simplifier } from "./simplify.ts";

/** Values as they are written into rows. */
const STORED: ExpressionChange = { value: stored, condition: (condition) => condition };

/**
 * The same rows for less. Throws SQL_INVALID for constants that Flink refuses, too, SQL_UNSUPPORTED for groupings whose plan
 * there cannot be told. Fields stay as they are.
 */
export function optimize(root: Relation, evaluate: ConstantEvaluator): Relation {
  const simplifier = new Simplifier();
  const folder = new ConstantFolder(evaluate);
  const fold = (expression: Parameters<Simplifier["value"]>[0]): typeof expression =>
    folder.of(expression);
  // Before folding, so that what is not evaluated anyway need not be foldable; after it, for what constants decide.
  const decide = (from: Relation): Relation =>
    everywhere(everywhere(from, { value: fold, condition: fold }), simplifier);
  // Before folding: a missing element of constants is a constant.
  let relation = decide(everywhere(everywhere(root, STORED), simplifier));
  relation = settleZeros(pushFilters(relation));
  // Conditions that went through projections have met other constants there.
  relation = decide(relation);
  // Once more: x OR FALSE has become x.
  relation = everywhere(relation, STORED);
  refuseHiddenKeys(relation);
  return { ...checkElementIndexes(prune(relation)), fields: root.fields };
}

/** Changes the expressions of a relation and of all below it. */
function everywhere(relation: Relation, change: ExpressionChange): Relation {
  const inputs = withInputs(relation, (input) => everywhere(input, change));
  return withExpressions(inputs, change);
}
