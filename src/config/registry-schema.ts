// The form of gateway.yaml's `schemaRegistry:` section: one registry for all formats that need it.

import { field, section, withHint, wrong } from "./fields.ts";
import type { Field } from "./fields.ts";
import type { RegistryConfig } from "./gateway.ts";
import { renewableSecret, renewableText } from "./secrets.ts";
import type { SecretSources } from "./secrets.ts";
import { tls } from "./tls-schema.ts";

/** The `schemaRegistry:` section. */
export function schemaRegistry(sources: SecretSources): Field<RegistryConfig> {
  return section({
    url: registryUrl(),
    username: renewableText(sources).optional(),
    password: renewableSecret(sources).optional(),
    tls: tls(sources.directory).optional(),
  }).transform(({ url, username, password, tls: files }): RegistryConfig => {
    return { url, username, password, tls: files };
  });
}

function registryUrl(): Field<string> {
  return field((value) => {
    const url = URL.parse(String(value));
    if (url === null || !["http:", "https:"].includes(url.protocol)) {
      return wrong("must be http://host[:port] or https://host[:port]");
    }
    if (url.username !== "" || url.password !== "") {
      return wrong(withHint("must not hold credentials", "Use the keys username and password."));
    }
    return String(value);
  });
}
