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

/** How a device profile's table is filled: where each column comes from, by column index. */
export interface ProfileDecoding {
  /** Topic with captures; `captureColumns` are their columns, in order. */
  readonly topic: string;
  readonly except: readonly string[];
  readonly captureColumns: readonly number[];
  readonly resources: readonly ProfileResource[];
  readonly sequence: { readonly column: number; readonly pointer: string } | undefined;
  readonly time: ProfileTimeDecoding;
  readonly qualityColumn: number;
  readonly outOfRange: "good" | "uncertain" | "bad";
}

export interface ProfileResource {
  readonly column: number;
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly scale: number;
  readonly offset: number;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
}

export interface ProfileTimeDecoding {
  readonly column: number;
  readonly pointer: string | undefined;
  readonly unit: "ms" | "s" | "us" | "iso8601";
  readonly maxFutureMs: number;
  readonly missing: "dead-letter" | "receive";
  readonly whenUnsynced: "accept" | "dead-letter" | "use-receive-time";
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
