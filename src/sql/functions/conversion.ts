// TYPEOF. CAST and TRY_CAST are syntax of their own (syntax.ts, casts.ts).

import type { SqlType } from "../../core/types.ts";
import { STRING, formatType, withNullable } from "../types.ts";
import { checkCount, typeOf, type ScalarFunction } from "./spec.ts";

const TYPEOF: ScalarFunction = {
  id: "TYPEOF",
  category: "conversion",
  syntax: ["TYPEOF(value[, in full])"],
  description: "The name of a value's type; in full also STRING and BYTES.",
  bind(site) {
    checkCount(site, 1, 2);
    const [, full] = site.arguments;
    if (full !== undefined && !(full.kind === "literal" && typeof full.value === "boolean")) {
      throw site.fail(1, "argument 2 of TYPEOF must be TRUE or FALSE");
    }
    const type = typeOf(site.arguments, 0);
    const name =
      full?.kind === "literal" && full.value === true ? fullName(type) : formatType(type);
    return { kind: "literal", value: name, type: withNullable(STRING, true) };
  },
};

/** The name that CREATE TABLE reads back everywhere. */
function fullName(type: SqlType): string {
  return formatType(type)
    .replaceAll("STRING", "VARCHAR(2147483647)")
    .replaceAll("BYTES", "VARBINARY(2147483647)")
    .replaceAll(/TIMESTAMP_LTZ\((\d)\)/g, "TIMESTAMP($1) WITH LOCAL TIME ZONE");
}

export const CONVERSION_FUNCTIONS: readonly ScalarFunction[] = [TYPEOF];
