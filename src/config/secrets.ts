// Secrets stand in no configuration file: `${env:NAME}`, `${file:path}` or `${cred:name}` (systemd credentials) say
// where they are. A secret's file must not be readable by others.

import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

import { GatewayError } from "../core/errors.ts";
import { SECRET_BYTES } from "../core/limits.ts";
import { field, HINT, withHint, wrong } from "./fields.ts";
import type { Field, Wrong } from "./fields.ts";

const REFERENCE = /^\$\{(env|file|cred):([^}]+)\}$/;
const FORMS = "${env:NAME}, ${file:path} or ${cred:name}";

/** Where references are looked up. */
export interface SecretSources {
  /** `${file:…}` is relative to it. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Where a secret is, without a look at what is there. */
export function secretReference(): Field<string> {
  return field(
    (value) =>
      typeof value === "string" && REFERENCE.test(value)
        ? value
        : wrong(withHint("must not stand in this file", `Write ${FORMS}.`)),
    { type: "string", pattern: REFERENCE.source },
  );
}

/** A secret by reference. */
export function secret(sources: SecretSources): Field<string> {
  return field((value) =>
    typeof value === "string" && REFERENCE.test(value)
      ? resolveReference(value, sources)
      : wrong(withHint("must not stand in this file", `Write ${FORMS}.`)),
  );
}

/**
 * Text that is read again whenever it is used: what a reference leads to may be renewed while the gateway runs.
 * `written` as in the file; it is a reference where it has that form.
 */
export interface RenewableText {
  readonly written: string;
  /** `${file:…}` is relative to it. */
  readonly directory: string;
}

/** A secret by reference, there now. */
export function renewableSecret(sources: SecretSources): Field<RenewableText> {
  return renewable(secret(sources), sources);
}

/** Plain text, or text by reference that is there now. */
export function renewableText(sources: SecretSources): Field<RenewableText> {
  return renewable(textOrSecret(sources), sources);
}

/** The text now. Throws a GatewayError of blame external when its reference leads nowhere. */
export function renew({ written, directory }: RenewableText): string {
  if (!REFERENCE.test(written)) return written;
  const text = resolveReference(written, { directory, environment: process.env });
  if (typeof text === "string") return text;
  throw new GatewayError(`${written} ${text.message.replace(HINT, ": ")}`, {
    code: "INPUT_UNREADABLE",
    blame: "external",
  });
}

function renewable(now: Field<string>, { directory }: SecretSources): Field<RenewableText> {
  return field((value) => {
    const result = now.safeParse(value);
    if (result.success) return { written: String(value), directory };
    return wrong(result.error.issues[0]?.message ?? "cannot be read");
  });
}

/** Plain text, or text by reference. */
export function textOrSecret(sources: SecretSources): Field<string> {
  return field((value) => {
    if (typeof value !== "string" || value === "") return wrong("must be text");
    return REFERENCE.test(value) ? resolveReference(value, sources) : value;
  });
}

function resolveReference(reference: string, sources: SecretSources): string | Wrong {
  const [, kind, name = ""] = REFERENCE.exec(reference) ?? [];
  if (kind === "env") {
    const value = sources.environment[name];
    return value === undefined || value === ""
      ? wrong(`names the environment variable ${name}, which is not set`)
      : value;
  }
  if (kind === "file") return readSecret(resolve(sources.directory, name));
  const credentials = sources.environment["CREDENTIALS_DIRECTORY"];
  if (credentials === undefined) {
    return wrong("names a credential, but CREDENTIALS_DIRECTORY is not set (systemd sets it)");
  }
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return wrong("names no credential");
  return readSecret(join(credentials, name));
}

/** The file's text without its final line feed. */
function readSecret(file: string): string | Wrong {
  try {
    const { mode, size } = statSync(file);
    if ((mode & 0o077) !== 0) {
      return wrong(withHint(`names ${file}, which others may read`, `Run: chmod 600 ${file}`));
    }
    if (size > SECRET_BYTES) return wrong(`names ${file}, which is too long for a secret`);
    const text = readFileSync(file, "utf8").replace(/\r?\n$/, "");
    return text === "" ? wrong(`names ${file}, which is empty`) : text;
  } catch {
    return wrong(`names ${file}, which cannot be read`);
  }
}
