// The zone of a SQL file: TIMESTAMP_LTZ becomes a clock on the wall there, and its windows begin and end by that clock.

import { isZone, ZONE_HINT } from "../../core/value/zone-name.ts";
import type { SetOption, Statement } from "../ast.ts";
import type { SourceText } from "../source.ts";

/** Flink's option. */
const TIME_ZONE_OPTION = "table.local-time-zone";

/** The zone that the file sets, else `otherwise`. Throws for other options, and for a SET that does not come first. */
export function sessionZone(
  source: SourceText,
  statements: readonly Statement[],
  otherwise: string,
): string {
  let zone: string | undefined;
  for (const [index, statement] of statements.entries()) {
    if (statement.kind !== "set") continue;
    if (statements[index - 1] !== undefined && statements[index - 1]?.kind !== "set") {
      const message = "SET stands in front of all other statements: it is meant for the whole file";
      throw source.unsupported({ ...statement, end: statement.start + 3 }, message);
    }
    const value = zoneOf(source, statement);
    if (zone !== undefined) {
      throw source.unsupported(statement.keySpan, `'${statement.key}' is set twice`);
    }
    zone = value;
  }
  return zone ?? otherwise;
}

function zoneOf(source: SourceText, { key, value, keySpan, valueSpan }: SetOption): string {
  if (key !== TIME_ZONE_OPTION) {
    const message = `the option '${key}' is not supported`;
    throw source.unsupported(keySpan, message, `Only '${TIME_ZONE_OPTION}' can be set.`);
  }
  if (isZone(value)) return value;
  throw source.invalid(valueSpan, `'${value}' is no time zone`, ZONE_HINT);
}
