// What a lane's next progress record will say besides the last sequence number: up to where each of its rules has put
// out its rows, and what alarms are raised. It goes on from the newest record in Kafka, of whatever incarnation, so
// that one record tells it all and old ones can be deleted.

import { AlarmLedger } from "../core/alarm-ledger.ts";
import type { AlarmsByRule } from "../core/forwarded.ts";
import { FRONTIER_RULES } from "../core/limits.ts";
import type { OutboxRows, RuleTimes } from "../core/outbox-rows.ts";

export class LaneProgress {
  readonly #frontiers: Map<string, number>;
  readonly #ledger: AlarmLedger;

  constructor(
    newest: { readonly frontiers: RuleTimes; readonly alarms: AlarmsByRule } | undefined,
  ) {
    this.#frontiers = new Map(Object.entries(newest?.frontiers ?? {}));
    this.#ledger = new AlarmLedger(newest?.alarms ?? {});
  }

  /** A row is in the transaction. */
  take(rows: OutboxRows, row: number): void {
    const rule = rows.rule(row);
    const timeMs = rows.timeMs(row);
    this.#raise(rule, timeMs);
    const mark = rows.mark(row);
    if (mark !== "none") this.#ledger.take(rule, { alarmId: rows.key(row), mark, timeMs });
  }

  /** All rows of a blob with these watermarks are in this transaction or an earlier one. */
  passed(watermarks: RuleTimes): void {
    for (const [rule, ms] of Object.entries(watermarks)) this.#raise(rule, ms);
  }

  frontiers(): RuleTimes {
    const all = [...this.#frontiers];
    if (all.length > FRONTIER_RULES) all.sort(([, a], [, b]) => b - a).length = FRONTIER_RULES;
    return Object.fromEntries(all);
  }

  alarms(): AlarmsByRule {
    return this.#ledger.alarms();
  }

  #raise(rule: string, ms: number): void {
    if (ms > (this.#frontiers.get(rule) ?? Number.NEGATIVE_INFINITY)) this.#frontiers.set(rule, ms);
  }
}
