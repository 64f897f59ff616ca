// Certificates for TLS tests, made anew each time by openssl: an authority, a server for localhost and 127.0.0.1, a
// client, and a server for another host.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Paths of PEM files. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  readonly ca: string;
  readonly server: KeyPair;
  readonly client: KeyPair;
  readonly otherHost: KeyPair;
  /** A client whose certificate has expired. */
  readonly expired: KeyPair;
  remove(): void;
}

/** Makes the files in a temporary folder. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "headrace-certificates-"));
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  };
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...ec,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=test CA",
  );
  const issue = (name: string, alternatives: string, days = 2): KeyPair => {
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${alternatives}\n`);
    openssl("req", ...ec, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", String(days)];
    const files = ["-in", `${name}.csr`, "-out", `${name}.pem`, "-extfile", `${name}.ext`];
    openssl("x509", "-req", ...files, ...signed);
    return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  };
  return {
    ca: join(folder, "ca.pem"),
    server: issue("server", "DNS:localhost,IP:127.0.0.1"),
    client: issue("client", "DNS:client"),
    otherHost: issue("other", "DNS:elsewhere.example"),
    expired: issue("expired", "DNS:client", -1),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
