// Who may read the page. There is no sign-in yet, so the server binds loopback only, and two checks keep a web page
// that an operator happens to visit from reading it through his browser:
//   Host    must be a loopback name: a name that an attacker points at 127.0.0.1 (DNS rebinding) is not
//   Origin  when sent, must be this server's own
// Everything is served from here, so the Content-Security-Policy allows nothing inline and nothing external.

import { isIP } from "node:net";

import { GatewayError } from "../core/errors.ts";

/** Sent with every response. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};

/** Throws CONFIG_INVALID unless `host` (a name or address to listen on) is loopback. */
export function requireLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new GatewayError(`http.listen: ${host} is not a loopback address`, {
    code: "CONFIG_INVALID",
    blame: "config",
    hint: "Listen on 127.0.0.1, and reach it from elsewhere through ssh -L or a proxy that signs users in.",
  });
}

/** Is this request one that the operator's own browser, or a local program, makes on its own account? */
export function isTrustedRequest(host: string | undefined, origin: string | undefined): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const url = new URL(`http://${host}`);
  if (url.host !== host.toLowerCase() && `${url.host}:80` !== host.toLowerCase()) return false;
  return isLoopback(url.hostname) && (origin === undefined || origin === url.origin);
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}
