// What decode needs to know of a table that is read: small, plain interfaces that a planned table and a device
// profile fit by structure.

import type { SqlType } from "../core/types.ts";

/** A source table. Columns in declared order; computed ones are left to whoever evaluates expressions. */
export interface DecodeTable {
  readonly name: string;
  readonly columns: readonly DecodeColumn[];
  readonly options: Readonly<Record<string, string>>;
}

export interface DecodeColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly source:
    | { readonly kind: "physical" }
    | { readonly kind: "metadata"; readonly key: string }
    | { readonly kind: "computed" };
}

/** Why a message or row became a dead letter; `reason` says it in words. */
export const DEAD_LETTER_KINDS = [
  "no_table",
  "truncated",
  "undecodable",
  "not_null",
  "event_time",
] as const;
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

/** One dead letter. `message` leads to topic, receive time and payload. */
export interface DeadLetter {
  readonly message: number;
  /** undefined: no table matched. */
  readonly table: string | undefined;
  readonly kind: DeadLetterKind;
  readonly reason: string;
}
