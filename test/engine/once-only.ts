// What a reader of Kafka must not see: a row, window or alarm event twice, or one that does not follow from the one before.

import assert from "node:assert/strict";

import type { KafkaRow } from "./memory-kafka.ts";

/** Of the rules in rollback.property.test.ts. */
export function checkOnceOnly(rows: readonly KafkaRow[], wasRestored: boolean): void {
  const seen = new Set<string>();
  const alarms = new Map<string, string>();
  const occurrences = new Map<string, number>();
  const raised = new Map<string, string>();
  for (const { rule, value, timeMs } of rows) {
    const of = JSON.parse(value) as Record<string, unknown>;
    const name = nameOf(rule, of);
    assert.ok(!seen.has(name), `${name} twice`);
    seen.add(name);
    if (rule !== "hot" && rule !== "headrace") {
      if (rule !== "headrace_rollback") assert.ok(Number.isFinite(timeMs));
      continue;
    }
    const { alarm_id: id, series, state, occurrence } = of as Record<string, string>;
    const before = alarms.get(id!);
    // An alarm about the gateway is told again when what it says changes.
    const isUpdate = rule === "headrace" && state === "raised" && before === "raised";
    const expected = state === "returned" || isUpdate ? "raised" : undefined;
    assert.equal(before, expected, `${id} ${state} after ${before}`);
    alarms.set(id!, state!);
    if (rule === "hot") {
      const open = raised.get(series!);
      assert.ok(state === "returned" || open === undefined, `${id} raised before ${open} returned`);
      if (state === "returned") raised.delete(series!);
      else raised.set(series!, id!);
    }
    if (state === "raised" && before === undefined) {
      const last = occurrences.get(`${rule}/${series}`) ?? 0;
      assert.ok(Number(occurrence) > last, `${id} after ${last}`);
      occurrences.set(`${rule}/${series}`, Number(occurrence));
    }
  }
  const isTold = rows.some(({ rule, key }) => rule === "headrace" && key.includes("rolled_back"));
  assert.ok(!isTold || wasRestored, "a rollback without a restored image");
}

/** What must not come twice. A row may be withheld once in each of several lives. */
function nameOf(rule: string, of: Record<string, unknown>): string {
  const parts = {
    tumble: [of["device"], of["window_start"]],
    all: [of["window_start"]],
    high: [of["device"], of["seq"]],
    hot: [of["alarm_id"], of["state"]],
    // That a rule fails again is told again, in the same words perhaps.
    headrace:
      of["series"] === "rule_suspended" ? undefined : [of["alarm_id"], of["state"], of["message"]],
  }[rule];
  return parts === undefined ? `${rule} ${names++}` : `${rule} ${parts.join(" ")}`;
}

let names = 0;
