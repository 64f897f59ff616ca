// How many values the groups of one aggregate hold, together. Asked before a row is added anywhere: a row that
// has no room in one aggregate may not be in the others.

import { COLLECTED_VALUES_PER_AGGREGATE } from "../../core/limits.ts";
import { fullError } from "../data-error.ts";

export class HeldValues {
  count = 0;

  /** Data error beyond the bound. */
  check(): void {
    if (this.count < COLLECTED_VALUES_PER_AGGREGATE) return;
    fullError(
      `the operator holds ${COLLECTED_VALUES_PER_AGGREGATE} values of one aggregate already`,
    );
  }
}
