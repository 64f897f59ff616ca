// Types as Flink's oracle prints them (asSerializableString), in the spelling of headrace.

/** VARCHAR(2147483647) is STRING here, TIMESTAMP(3) WITH LOCAL TIME ZONE is TIMESTAMP_LTZ(3), *ROWTIME* is no part of a type. */
export function spelledHere(flinkType: string): string {
  return flinkType
    .replaceAll("VARCHAR(2147483647)", "STRING")
    .replaceAll("VARBINARY(2147483647)", "BYTES")
    .replaceAll(" *ROWTIME*", "")
    .replaceAll(/TIMESTAMP\((\d)\) WITH LOCAL TIME ZONE/g, "TIMESTAMP_LTZ($1)");
}

/** Without the nullability of the whole. */
export function bareType(type: string): string {
  return type.replace(/ NOT NULL$/, "");
}
