// Where a broker is, and what it is shown.

import { readFileSync } from "node:fs";

import type { BrokerAddress } from "./socket-reader.ts";
import type { TlsFiles } from "./tls-files.ts";

/** Of an `mqtt:` entry with `url`. */
export interface BrokerUrl {
  /** mqtt://host:port or mqtts://host:port. */
  readonly url: string;
  readonly tls: TlsFiles | undefined;
}

/** Reads the files. */
export function brokerAddress(entry: BrokerUrl): BrokerAddress {
  const url = new URL(entry.url);
  const secure = entry.tls !== undefined || ["mqtts:", "ssl:", "tls:"].includes(url.protocol);
  const { ca, cert, key } = entry.tls ?? {};
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (secure ? 8883 : 1883),
    secure: secure
      ? {
          ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
          ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
          ...(key === undefined ? {} : { key: readFileSync(key) }),
        }
      : undefined,
  };
}
