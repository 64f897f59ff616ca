// Certificates are read when they are used, so that renewed ones take effect without a restart.

import { readFileSync } from "node:fs";

import type { TlsFiles } from "../config/gateway.ts";

/** A file as PEM text. */
export function pemText(file: string | undefined): string | undefined {
  return file === undefined ? undefined : readFileSync(file, "utf8");
}

/** The files as PEM texts. */
export function pemTexts({ ca, cert, key }: TlsFiles): {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
} {
  return { ca: pemText(ca), cert: pemText(cert), key: pemText(key) };
}
