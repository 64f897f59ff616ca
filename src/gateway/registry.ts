// The client of the schema registry as this gateway has it, for rows that leave and for messages that come. Loaded only where one is configured.

import type { RegistryConfig } from "../config/gateway.ts";
import { renew } from "../config/secrets.ts";
import type { SchemaRegistry } from "../uplink/schema-registry.ts";
import { pemTexts } from "./pem.ts";
import { SchemaLookup } from "./schema-lookup.ts";
import type { SchemaLookupOptions } from "./schema-lookup.ts";

/** undefined where none is configured. Credentials and certificates are read at every request, as for the brokers. */
export async function makeSchemaRegistry(
  config: RegistryConfig | undefined,
): Promise<SchemaRegistry | undefined> {
  if (config === undefined) return undefined;
  const { SchemaRegistry } = await import("../uplink/schema-registry.ts");
  const { url, username, password, tls } = config;
  return new SchemaRegistry(() => ({
    url,
    username: username && renew(username),
    password: password && renew(password),
    tls: tls && pemTexts(tls),
  }));
}

/** Finds the schemas that messages name; without a registry no table reads such messages. */
export function makeSchemaLookup(
  config: RegistryConfig | undefined,
  options: Omit<SchemaLookupOptions, "ask">,
): SchemaLookup {
  return new SchemaLookup({
    ...options,
    ask: async (id) => await (await makeSchemaRegistry(config))?.schema(id),
  });
}
