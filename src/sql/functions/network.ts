// URLs and IPv4 addresses.

import { BIGINT, STRING } from "../types.ts";
import { always, defineFunction, type ScalarFunction } from "./spec.ts";

export const NETWORK_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    id: "PARSE_URL",
    category: "text",
    syntax: ["PARSE_URL(url, part)", "PARSE_URL(url, 'QUERY', key)"],
    description:
      "HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY or USERINFO of a URL, or a value of its query; NULL if it has none.",
    parameters: ["text", "text", "text"],
    optional: 1,
    result: always(STRING),
    nullable: "always",
  }),
  defineFunction({
    id: "URL_ENCODE",
    category: "text",
    syntax: ["URL_ENCODE(text)"],
    description: "With what does not go into a URL as %xx, and blanks as +.",
    parameters: ["text"],
    result: always(STRING),
    nullable: "always",
  }),
  defineFunction({
    id: "URL_DECODE",
    category: "text",
    syntax: ["URL_DECODE(text)"],
    description: "With %xx and + read as what they stand for; NULL when a % is malformed.",
    parameters: ["text"],
    result: always(STRING),
    nullable: "always",
  }),
  defineFunction({
    id: "INET_ATON",
    category: "text",
    syntax: ["INET_ATON(text)"],
    description: "An IPv4 address as a number; NULL when it is none.",
    parameters: ["text"],
    result: always(BIGINT),
    nullable: "always",
  }),
  defineFunction({
    id: "INET_NTOA",
    category: "text",
    syntax: ["INET_NTOA(integer)"],
    description: "A number as IPv4 address; NULL beyond 32 bits.",
    parameters: ["bigint"],
    result: always(STRING),
    nullable: "always",
  }),
];
