// The file of a candidate rule that a command is given.

import { readFileSync } from "node:fs";

import { GatewayError } from "../core/errors.ts";

/** Its text. Throws INPUT_UNREADABLE (blame config). */
export function readRuleFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new GatewayError(`cannot read ${file}: ${(cause as Error).message}`, {
      code: "INPUT_UNREADABLE",
      blame: "config",
      cause,
    });
  }
}

/** The error for a file that declares tables and asks nothing of them. */
export function holdsNoQuery(file: string): GatewayError {
  return new GatewayError(`${file} holds no query`, {
    code: "SQL_INVALID",
    blame: "config",
    hint: "Add a SELECT, or an INSERT INTO … SELECT.",
  });
}
