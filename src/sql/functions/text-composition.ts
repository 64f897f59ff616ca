// Texts made of others.

import { parsePrintf } from "../../core/value/printf.ts";
import { STRING, formatType, isBinary, isCollection, isText, withNullable } from "../types.ts";
import { unify } from "./conditional.ts";
import {
  always,
  checkCount,
  defineFunction,
  refuseNull,
  typeOf,
  type ScalarFunction,
} from "./spec.ts";

const PRINTF: ScalarFunction = {
  id: "PRINTF",
  category: "text",
  syntax: ["PRINTF(format, value, …)"],
  description:
    "Values printed by a format such as %-8s %05.1f, as java.util.Formatter does; NULL when they do not go with it.",
  bind(site) {
    checkCount(site, 1, undefined);
    refuseNull(site, 0);
    const format = site.arguments[0];
    if (format === undefined || !isText(format.type)) {
      throw site.fail(0, "argument 1 of PRINTF must be text");
    }
    for (const [index, argument] of site.arguments.entries()) {
      const { type } = argument;
      if (!isCollection(type) && !isBinary(type)) continue;
      const message = `PRINTF does not print ${formatType(withNullable(type, true))}`;
      throw site.unsupported(index, message, "CAST it AS STRING.");
    }
    if (format.kind === "literal" && typeof format.value === "string") {
      const parsed = parsePrintf(format.value);
      if (!parsed.ok && parsed.kind === "unsupported") {
        throw site.unsupported(0, `PRINTF does not know ${parsed.conversion}`);
      }
    }
    return site.call("PRINTF", site.arguments, STRING);
  },
};

const ELT: ScalarFunction = {
  id: "ELT",
  category: "text",
  syntax: ["ELT(index, text, …)", "ELT(index, bytes, …)"],
  description: "The text at an index from 1; NULL if there is none.",
  bind(site) {
    checkCount(site, 2, undefined);
    site.arguments.forEach((_, index) => refuseNull(site, index));
    const [index, ...values] = site.arguments;
    if (index === undefined) throw new RangeError("an index");
    if (index.type.kind !== "INTEGER") {
      throw site.fail(0, "argument 1 of ELT must be an INT", "CAST it AS INT.");
    }
    if (index.kind === "literal" && Number(index.value) < 0) {
      throw site.fail(0, "the index counts from 1");
    }
    const isOne =
      values.every(({ type }) => isText(type)) || values.every(({ type }) => isBinary(type));
    if (!isOne) throw site.fail(undefined, "ELT takes texts, or BYTES");
    const items = unify(site, values, "flink");
    return site.call("ELT", [index, ...items], withNullable(typeOf(items, 0), true));
  },
};

export const COMPOSITION_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    id: "CONCAT",
    category: "text",
    syntax: ["CONCAT(text, …)"],
    description: "Concatenation; NULL if any is NULL.",
    parameters: ["text"],
    repeated: true,
    result: always(STRING),
  }),
  defineFunction({
    id: "CONCAT_WS",
    category: "text",
    syntax: ["CONCAT_WS(separator, text, …)"],
    description: "Concatenation with a separator, leaving out NULLs.",
    parameters: ["text", "text"],
    optional: 1,
    repeated: true,
    result: always(STRING),
  }),
  PRINTF,
  ELT,
];
