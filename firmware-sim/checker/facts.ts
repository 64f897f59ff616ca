// Rows of a rule without windows: one per fact, whatever the watermark says, a key's rows in the order in which their
// facts first arrived.

import type { ExpectedRow, RowRule } from "./scenario.ts";
import type { ArrivedRow } from "./windows.ts";

/** The rows that `rule` must have emitted for facts that arrived in this order. */
export function expectedFacts(rule: RowRule, arrived: readonly ArrivedRow[]): ExpectedRow[] {
  return arrived.map(({ row }, position) => {
    const fields = Object.fromEntries(rule.columns.map(({ name, of }) => [name, row.cell(of)]));
    const key = String(fields[rule.kafkaKey]);
    return {
      topic: rule.topic,
      rule: rule.rule,
      key,
      identifiedBy: rule.id,
      id: JSON.stringify(rule.id.map((name) => fields[name])),
      fields,
      sequence: key,
      position,
    };
  });
}
