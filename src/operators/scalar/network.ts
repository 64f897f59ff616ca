// URLs, their escapes, and IPv4 addresses. URLs are read as java.net.URL does.

import { isIPv6 } from "node:net";

import type { ScalarTable } from "./implementation.ts";
import { partial, plain } from "./implementation.ts";

/** The functions of this file. */
export const NETWORK: ScalarTable = {
  PARSE_URL: partial((text: string, part: string, key?: string) => {
    const url = parseUrl(text);
    if (url === undefined) return null;
    if (key === undefined) return partOf(url, part);
    return part === "QUERY" ? valueOf(url.query, key) : null;
  }),
  URL_ENCODE: plain((text: string) =>
    // What encodeURIComponent leaves as it is and Java's URLEncoder does not.
    encodeURIComponent(text.toWellFormed())
      .replace(/[!'()~]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("%20", "+"),
  ),
  URL_DECODE: partial(decodeUrl),
  INET_ATON: partial(addressToNumber),
  INET_NTOA: partial((address: number | bigint) => {
    const number = Number(address);
    if (number < 0 || number > 0xffff_ffff) return null;
    return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
  }),
};

interface Url {
  readonly protocol: string;
  readonly authority: string | null;
  readonly userInfo: string | null;
  readonly host: string;
  readonly path: string;
  readonly query: string | null;
  readonly ref: string | null;
}

/** What Java has handlers for; URLs with other protocols are none. */
const PROTOCOLS: ReadonlySet<string> = new Set(["http", "https", "ftp", "file", "mailto", "jar"]);
const URL_TEXT = /^(?:url:)?([a-z][a-z0-9+.-]*):([^#]*)(?:#(.*))?$/is;

/** undefined for what java.net.URL refuses. */
function parseUrl(text: string): Url | undefined {
  // Java's trim: control characters, too.
  const match = URL_TEXT.exec(text.replace(/^[\0- ]+|[\0- ]+$/g, ""));
  if (match === null) return undefined;
  const [, scheme = "", specific = "", ref = null] = match;
  const protocol = scheme.toLowerCase();
  if (!PROTOCOLS.has(protocol)) return undefined;
  if (protocol === "jar") return { protocol, ...NO_AUTHORITY, path: specific, query: null, ref };
  const mark = specific.indexOf("?");
  const hierarchy = mark < 0 ? specific : specific.slice(0, mark);
  const query = mark < 0 ? null : specific.slice(mark + 1);
  if (!hierarchy.startsWith("//") || hierarchy.startsWith("////")) {
    return { protocol, ...NO_AUTHORITY, path: hierarchy, query, ref };
  }
  const slash = hierarchy.indexOf("/", 2);
  const authority = hierarchy.slice(2, slash < 0 ? undefined : slash);
  const server = readAuthority(authority);
  if (server === undefined) return undefined;
  const path = slash < 0 ? "" : hierarchy.slice(slash);
  return { protocol, authority, ...server, path, query, ref };
}

const NO_AUTHORITY = { authority: null, userInfo: null, host: "" };

/** `user@host:port`; undefined for a bad address or port. */
function readAuthority(authority: string): Pick<Url, "userInfo" | "host"> | undefined {
  const at = authority.indexOf("@");
  if (at !== authority.lastIndexOf("@")) return { userInfo: null, host: "" };
  const userInfo = at < 0 ? null : authority.slice(0, at);
  const match = /^(\[.*?\]|[^:]*)(?::(.*))?$/s.exec(authority.slice(at + 1));
  const [, host = "", port = ""] = match ?? [];
  if (match === null || !/^(?:\+?\d{1,10})?$/.test(port)) return undefined;
  return host.startsWith("[") && !isIPv6(host.slice(1, -1)) ? undefined : { userInfo, host };
}

function partOf(url: Url, part: string): string | null {
  switch (part) {
    case "HOST":
      return url.host;
    case "PATH":
      return url.path;
    case "QUERY":
      return url.query;
    case "REF":
      return url.ref;
    case "PROTOCOL":
      return url.protocol;
    case "FILE":
      return url.path + (url.query === null ? "" : `?${url.query}`);
    case "AUTHORITY":
      return url.authority;
    case "USERINFO":
      return url.userInfo;
    default:
      return null;
  }
}

/** The first `key=value` of a query, as it stands. */
function valueOf(query: string | null, key: string): string | null {
  const pair = query?.split("&").find((each) => each.startsWith(`${key}=`));
  return pair === undefined ? null : pair.slice(key.length + 1);
}

/** NULL when a % stands before something else than two hexadecimal digits; bytes that are no UTF-8 become U+FFFD. */
function decodeUrl(text: string): string | null {
  const spaced = text.replaceAll("+", " ");
  if (/%(?![0-9a-fA-F]{2})/.test(spaced)) return null;
  return spaced.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString(),
  );
}

/** `1.2.3.4`, and the short forms: the last part stands for the lowest byte. */
function addressToNumber(text: string): number | null {
  const parts = text.split(".");
  if (parts.length > 4) return null;
  let number = 0;
  for (const [index, part] of parts.entries()) {
    if (!/^\d+$/.test(part) || Number(part) > 255) return null;
    const isLast = index === parts.length - 1;
    number += Number(part) * 2 ** (isLast ? 0 : 24 - 8 * index);
  }
  return number;
}
