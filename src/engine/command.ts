// The `command` entries of the journal: what reaches the engine from outside the data path. Replay obeys them like any
// message. JSON.

import type { SeriesOccurrence, StoppedRow, UndeliverableRow } from "../core/forwarded.ts";
import type { SchemaOfId } from "../core/format/schemas-by-id.ts";
import type { RuleTimes } from "../core/outbox-rows.ts";

export type Command =
  /** Rows that Kafka refused for good: dead letters. */
  | { readonly kind: "undeliverable"; readonly rows: readonly CommandRow[] }
  /** Rows of a restored disk image that may have left before: `headrace_rollback`. */
  | { readonly kind: "withheld"; readonly rows: readonly CommandRow[] }
  | RollbackCommand
  /** The frontiers of these rules are in force no more. */
  | { readonly kind: "release"; readonly rules: readonly string[] }
  /** What the schema registry has told: the batches that follow may use it. */
  | { readonly kind: "schemas"; readonly schemas: readonly SchemaOfId[] };

/** The disk is a restored image: what its rules put out anew at or before the frontiers is withheld. */
export interface RollbackCommand {
  readonly kind: "rollback";
  /** Of the rules whose rows are among the lost: the others go on as they are. */
  readonly frontiers: RuleTimes;
  /** By rule, for those whose alarm events have left. */
  readonly alarms: readonly (readonly [rule: string, TakenUpAlarms])[];
}

/** What the alarms of a rule go on from. */
export interface TakenUpAlarms {
  readonly occurrence: number;
  readonly raised: readonly SeriesOccurrence[];
  /** Series with events beyond the frontier, and the last occurrence of each. */
  readonly last: readonly SeriesOccurrence[];
}

export interface CommandRow {
  readonly rule: string;
  readonly topic: string;
  readonly timeMs: number | undefined;
  /** base64: not every format is text. */
  readonly value: string;
  readonly reason?: string;
}

/** A row that does not go to its topic. */
export interface StoppedValue extends Omit<CommandRow, "value"> {
  /** Bytes are valid until the next row. */
  readonly value: string | Uint8Array;
}

/** A row as a command keeps it. */
export function commandRow(row: StoppedRow | UndeliverableRow): CommandRow {
  const { rule, topic, timeMs } = row;
  return {
    rule,
    topic,
    timeMs: Number.isNaN(timeMs) ? undefined : timeMs,
    value: Buffer.from(row.value).toString("base64"),
    ...("reason" in row ? { reason: row.reason } : {}),
  };
}

/** The row that a command keeps. */
export function stoppedValue(row: CommandRow): StoppedValue {
  return { ...row, value: Buffer.from(row.value, "base64") };
}

export function encodeCommand(command: Command): Uint8Array {
  return Buffer.from(JSON.stringify(command));
}

export function decodeCommand(data: Uint8Array): Command {
  return JSON.parse(Buffer.from(data).toString("utf8")) as Command;
}
