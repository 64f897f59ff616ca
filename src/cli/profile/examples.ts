// The examples of a profile: each must decode to what it says.

import type { Profile, ProfileExample } from "../../config/profile.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { formatValue } from "./value-text.ts";
import { decodeMessage } from "./decoding.ts";

export interface ExampleProblem {
  /** The example's index. */
  readonly example: number;
  readonly message: string;
}

/** Examples that the profile does not decode as they say, with what it makes of them. */
export function exampleProblems(profile: Profile): ExampleProblem[] {
  return profile.examples.flatMap((example, index) =>
    problemsOf(profile, example).map((message) => ({ example: index, message })),
  );
}

function problemsOf(profile: Profile, example: ProfileExample): string[] {
  const { topic, receiveTimeMs, expect } = example;
  const decoded = decodeMessage(profile, { topic, payload: bytesOf(example), receiveTimeMs });
  if ("reason" in decoded) {
    const { reason } = decoded;
    const isExpected = "deadLetter" in expect && reason.includes(expect.deadLetter);
    return isExpected ? [] : [`the example is a dead letter: ${reason}`];
  }
  if ("deadLetter" in expect) {
    return [`the example is no dead letter, but ${decoded.rows.length} rows`];
  }
  const [row] = decoded.rows;
  if (row === undefined) return ["the example gives no row"];
  return Object.entries(expect.row).flatMap(([name, value]) => {
    const index = decoded.table.columns.findIndex((column) => column.name === name);
    const type = decoded.table.columns[index]?.type;
    if (type === undefined) return [`the example names the column ${name}, which is not there`];
    const actual = row[index] ?? null;
    if (isSame(actual, value, type)) return [];
    return [`${name} is ${formatValue(actual, type)}, the example says ${JSON.stringify(value)}`];
  });
}

/** The payload of an example. */
function bytesOf({ payload }: ProfileExample): Uint8Array {
  return typeof payload === "string" ? Buffer.from(payload) : payload;
}

function isSame(
  actual: SqlValue,
  expected: string | number | boolean | null,
  type: SqlType,
): boolean {
  if (actual === null || expected === null) return actual === expected;
  switch (type.kind) {
    case "TIMESTAMP_LTZ":
      return actual === Date.parse(String(expected));
    // As a person writes it: 1.1, not the nearest float's digits.
    case "FLOAT":
      return actual === Math.fround(Number(expected));
    case "BIGINT":
    case "DECIMAL":
      return formatValue(actual, type) === String(expected);
    default:
      return actual === expected;
  }
}
