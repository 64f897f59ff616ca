// Where the checker reads rows from besides Kafka: a JSONL file of `{topic, key, value, headers}`, and the gateway's
// stdout, where a row of rule R stands as `{"rule":R,"row":{…}}` and an alarm event as `{"alarm":{…}}`.

import type { ActualRow } from "./check.ts";
import type { Rule } from "./scenario.ts";

/** Rows of a JSONL file. `value` may be text or JSON. Empty lines are skipped. */
export function* rowsOfJsonLines(text: string): Generator<ActualRow> {
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const row = JSON.parse(line) as {
      topic: string;
      key?: string;
      value: unknown;
      headers?: ActualRow["headers"];
    };
    yield {
      topic: row.topic,
      key: row.key ?? null,
      value: typeof row.value === "string" ? row.value : JSON.stringify(row.value),
      headers: row.headers ?? {},
    };
  }
}

/** Rows and alarm events that the gateway printed; other lines are skipped. Rules of the scenario give the topics. */
export function* rowsOfStdout(text: string, rules: readonly Rule[]): Generator<ActualRow> {
  for (const line of text.split("\n")) {
    if (!line.startsWith("{")) continue;
    const { rule, row, alarm } = JSON.parse(line) as {
      rule?: string;
      row?: Record<string, unknown>;
      alarm?: Record<string, unknown>;
    };
    const fields = row ?? alarm;
    const name = rule ?? alarm?.["rule"];
    const spec = rules.find((candidate) => candidate.rule === name);
    if (fields === undefined || spec === undefined) continue;
    const key = spec.kind === "alarm" ? "alarm_id" : spec.kafkaKey;
    const headers = {};
    yield { topic: spec.topic, key: String(fields[key]), value: JSON.stringify(fields), headers };
  }
}
