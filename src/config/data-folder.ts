// The data folder that a gateway.yaml names, and nothing else of it: a command to a running gateway needs none of its
// secrets, which the operator's shell does not have.

import { dirname, resolve } from "node:path";

import { GatewayError } from "../core/errors.ts";
import { DATA_FOLDER } from "./gateway-schema.ts";
import { readConfig } from "./load.ts";
import { Problems } from "./problems.ts";
import { YamlFile } from "./yaml.ts";

/** Absolute. Throws a GatewayError of blame config for a file that cannot be read or parsed. */
export function dataFolderOf(path: string): string {
  const problems = new Problems("CONFIG_INVALID");
  const { value } = new YamlFile(readConfig(path), path, problems);
  problems.throwIfAny();
  const { data = DATA_FOLDER } = (value ?? {}) as { readonly data?: unknown };
  if (typeof data !== "string" || data === "") {
    throw new GatewayError(`data in ${path} must be a folder`, {
      code: "CONFIG_INVALID",
      blame: "config",
    });
  }
  return resolve(dirname(path), data);
}
