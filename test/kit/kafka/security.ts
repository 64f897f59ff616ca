// Settings of a broker whose clients' listener is secured.

import { readFileSync } from "node:fs";
import type { Certificates } from "../certificates.ts";

/** The clients' listener, with the server's certificate. */
export function securedListener(
  protocol: "SSL" | "SASL_SSL",
  { server }: Certificates,
): Record<string, string> {
  return {
    "listener.security.protocol.map": `PLAINTEXT:${protocol},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    "listener.name.plaintext.ssl.keystore.type": "PEM",
    "listener.name.plaintext.ssl.keystore.certificate.chain": inline(server.cert),
    "listener.name.plaintext.ssl.keystore.key": inline(server.key),
  };
}

/** Clients must show a certificate of the authority. */
export function clientCertificates({ ca }: Certificates): Record<string, string> {
  return {
    "listener.name.plaintext.ssl.client.auth": "required",
    "listener.name.plaintext.ssl.truststore.type": "PEM",
    "listener.name.plaintext.ssl.truststore.certificates": inline(ca),
  };
}

/** A PEM file as the value of a Java property. */
function inline(file: string): string {
  return readFileSync(file, "utf8").trim().replaceAll("\n", "\\n");
}
