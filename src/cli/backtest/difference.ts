// Two multisets of rows that should be the same, compared while they come: rows that both have are forgotten at once.

import { GatewayError } from "../../core/errors.ts";
import { DIFFERING_ROWS } from "../../core/limits.ts";

/** Whose rows. */
export type Side = "candidate" | "in_force";

export class Difference {
  both = 0;
  /** By row: how often the candidate has it more often; below 0 the other way round. In order of their first sight. */
  readonly #surplus = new Map<string, number>();

  /** Throws ROW_INVALID when too many rows differ. */
  add(side: Side, row: string): void {
    const before = this.#surplus.get(row) ?? 0;
    const after = before + (side === "candidate" ? 1 : -1);
    if (Math.abs(after) < Math.abs(before)) this.both++;
    if (after === 0) this.#surplus.delete(row);
    else this.#surplus.set(row, after);
    if (this.#surplus.size <= DIFFERING_ROWS) return;
    throw new GatewayError(`more than ${DIFFERING_ROWS} rows differ`, {
      code: "ROW_INVALID",
      blame: "data",
      hint: "Compare a shorter period: --since 1h.",
    });
  }

  /** Rows that only one side has, each as often as it has it more. */
  *rows(): Generator<{ readonly side: Side; readonly row: string }, void, void> {
    for (const [row, surplus] of this.#surplus) {
      const side = surplus > 0 ? "candidate" : "in_force";
      for (let i = Math.abs(surplus); i > 0; i--) yield { side, row };
    }
  }

  count(of: Side): number {
    let count = 0;
    for (const surplus of this.#surplus.values()) {
      if (surplus > 0 === (of === "candidate")) count += Math.abs(surplus);
    }
    return count;
  }
}
