// The options of Flink's avro-confluent format. How the registry is reached stands in gateway.yaml, as for the brokers:
// one for all tables, its password in no SQL text.

import { FormatOptions } from "./options.ts";
import type { FormattedTable } from "./options.ts";

/** The format's name. */
export const CONFLUENT_FORMAT = "avro-confluent";

/** Accepted as Flink needs them; the gateway has its own. */
const CONNECTION = [
  "url",
  "ssl.keystore.location",
  "ssl.keystore.password",
  "ssl.truststore.location",
  "ssl.truststore.password",
  "basic-auth.credentials-source",
  "basic-auth.user-info",
  "bearer-auth.credentials-source",
  "bearer-auth.token",
];

export interface ConfluentOptions {
  readonly isLegacy: boolean;
  /** undefined: named after the topic. */
  readonly subject: string | undefined;
}

/** The options under `prefix`. Throws blame `config` for bad ones. */
export function confluentOptions(table: FormattedTable, prefix: string): ConfluentOptions {
  const options = new FormatOptions(table, prefix);
  const isLegacy = options.choice("timestamp_mapping.legacy", ["true", "false"]) !== "false";
  const subject = options.text("subject");
  const schema = options.text("schema");
  options.ignore([...CONNECTION, ...options.names("properties.")]);
  options.finish();
  if (schema !== undefined) {
    throw options.refuse("schema", "is not built", "Leave it out: it follows from the columns.");
  }
  return { isLegacy, subject };
}
