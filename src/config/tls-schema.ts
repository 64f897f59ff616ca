// The `tls:` keys of listeners, brokers and Kafka.

import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";

import { field, section, wrong, type z } from "./fields.ts";
import type { Field } from "./fields.ts";
import type { TlsFiles } from "./gateway.ts";

/** A PEM file, relative to the configuration, readable now; its absolute path. */
export function pemFile(directory: string): Field<string> {
  return field((value) => {
    if (typeof value !== "string" || value === "") return wrong("must be a file");
    const path = resolve(directory, value);
    try {
      accessSync(path, constants.R_OK);
      return path;
    } catch {
      return wrong(`names ${path}, which cannot be read`);
    }
  });
}

/** The files of one end of TLS. */
export function tls(directory: string): Field<TlsFiles> {
  const file = (): z.ZodOptional<Field<string>> => pemFile(directory).optional();
  return section({ ca: file(), cert: file(), key: file() }).transform(
    ({ ca, cert, key }): TlsFiles => ({ ca, cert, key }),
  );
}
