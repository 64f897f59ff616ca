// Text functions. Result types as Flink's: most give STRING, those that cannot make a text longer keep its
// length, TRIM and SUBSTRING turn CHAR(n) into VARCHAR(n).

import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import { INTEGER, STRING, char, isText, varchar, withNullable } from "../types.ts";
import {
  always,
  checkCount,
  defineFunction,
  refuseNull,
  typeOf,
  type ScalarFunction,
} from "./spec.ts";

const MAX = 2_147_483_647;

/** The type of an argument, CHAR and VARCHAR alike. */
function sameAs(index: number): (args: readonly Expression[]) => SqlType {
  return (args) => typeOf(args, index);
}

function lengthOf(type: SqlType): number {
  return isText(type) ? type.length : MAX;
}

/** VARCHAR of an argument's length. */
function varying(index: number): (args: readonly Expression[]) => SqlType {
  return (args) => varchar(lengthOf(typeOf(args, index)));
}

const CONCATENATION: ScalarFunction = {
  id: "||",
  names: [],
  category: "text",
  syntax: ["text || text"],
  description: "Concatenation.",
  bind(site) {
    checkCount(site, 2, 2);
    const types = site.arguments.map((argument, index) => {
      refuseNull(site, index);
      if (!isText(argument.type)) {
        throw site.fail(index, "|| concatenates text only", "CAST the value AS STRING.");
      }
      return argument.type;
    });
    const length = Math.min(
      MAX,
      types.reduce((sum, type) => sum + lengthOf(type), 0),
    );
    const type = types.every((each) => each.kind === "CHAR") ? char(length) : varchar(length);
    const nullable = types.some((each) => each.nullable);
    return site.call("||", site.arguments, withNullable(type, nullable));
  },
};

const SAME_LENGTH = [
  ["UPPER", "In upper case."],
  ["LOWER", "In lower case."],
  ["INITCAP", "The first letter of each word in upper case, the others in lower case."],
] as const;

export const TEXT_FUNCTIONS: readonly ScalarFunction[] = [
  CONCATENATION,
  ...SAME_LENGTH.map(([id, description]) =>
    defineFunction({
      id,
      category: "text",
      syntax: [`${id}(text)`],
      description,
      parameters: ["text"],
      result: sameAs(0),
    }),
  ),
  defineFunction({
    id: "CHAR_LENGTH",
    names: ["CHAR_LENGTH", "CHARACTER_LENGTH"],
    category: "text",
    syntax: ["CHAR_LENGTH(text)", "CHARACTER_LENGTH(text)"],
    description: "Number of characters.",
    parameters: ["text"],
    result: always(INTEGER),
  }),
  defineFunction({
    id: "SUBSTRING",
    names: ["SUBSTRING", "SUBSTR"],
    category: "text",
    syntax: ["SUBSTRING(text FROM start [FOR length])", "SUBSTR(text, start[, length])"],
    description: "Part of a text from a position (from 1, negative from the end).",
    parameters: ["text", "integer", "integer"],
    optional: 1,
    result: varying(0),
    nullable: "always",
  }),
  defineFunction({
    id: "TRIM",
    category: "text",
    syntax: [
      "TRIM([BOTH | LEADING | TRAILING] [characters] FROM text)",
      "TRIM([BOTH | LEADING | TRAILING] text)",
    ],
    description: "Without the characters (blanks) at its ends.",
    parameters: ["symbol", "text", "text"],
    result: varying(2),
  }),
  ...(["LTRIM", "RTRIM"] as const).map((id) =>
    defineFunction({
      id,
      category: "text",
      syntax: [`${id}(text[, characters])`],
      description: `Without blanks, or the characters, on the ${id === "LTRIM" ? "left" : "right"}.`,
      parameters: ["text", "text"],
      optional: 1,
      result: varying(0),
    }),
  ),
  defineFunction({
    id: "BTRIM",
    category: "text",
    syntax: ["BTRIM(text[, characters])"],
    description: "Without blanks, or the characters, on both sides.",
    parameters: ["text", "text"],
    optional: 1,
    result: always(STRING),
  }),
  defineFunction({
    id: "LPAD",
    category: "text",
    syntax: ["LPAD(text, length, pad)"],
    description: "Filled on the left, or cut, to a length.",
    parameters: ["text", "integer", "text"],
    result: always(STRING),
  }),
  defineFunction({
    id: "RPAD",
    category: "text",
    syntax: ["RPAD(text, length, pad)"],
    description: "Filled on the right, or cut, to a length.",
    parameters: ["text", "integer", "text"],
    result: always(STRING),
  }),
  defineFunction({
    id: "REPLACE",
    category: "text",
    syntax: ["REPLACE(text, search, replacement)"],
    description: "With every occurrence of a text replaced.",
    parameters: ["text", "text", "text"],
    result: always(STRING),
  }),
  defineFunction({
    id: "OVERLAY",
    category: "text",
    syntax: ["OVERLAY(text PLACING replacement FROM start [FOR length])"],
    description: "With a part replaced.",
    parameters: ["text", "text", "integer", "integer"],
    optional: 1,
    result: (args) => varchar(Math.min(MAX, lengthOf(typeOf(args, 0)) + lengthOf(typeOf(args, 1)))),
  }),
  defineFunction({
    id: "LEFT",
    category: "text",
    syntax: ["LEFT(text, length)"],
    description: "The first characters.",
    parameters: ["text", "integer"],
    result: varying(0),
    nullable: "always",
  }),
  defineFunction({
    id: "RIGHT",
    category: "text",
    syntax: ["RIGHT(text, length)"],
    description: "The last characters.",
    parameters: ["text", "integer"],
    result: varying(0),
    nullable: "always",
  }),
  defineFunction({
    id: "REPEAT",
    category: "text",
    syntax: ["REPEAT(text, times)"],
    description: "Repeated.",
    parameters: ["text", "integer"],
    result: always(STRING),
  }),
  defineFunction({
    id: "REVERSE",
    category: "text",
    syntax: ["REVERSE(text)"],
    description: "Backwards.",
    parameters: ["text"],
    result: always(STRING),
    nullable: "always",
  }),
  defineFunction({
    id: "ASCII",
    category: "text",
    syntax: ["ASCII(text)"],
    description: "Code of the first byte.",
    parameters: ["text"],
    result: always(INTEGER),
  }),
  defineFunction({
    id: "CHR",
    category: "text",
    syntax: ["CHR(integer)"],
    description: "The character of a code modulo 256.",
    parameters: ["whole"],
    result: always(STRING),
    nullable: "always",
  }),
  defineFunction({
    id: "TRANSLATE",
    names: ["TRANSLATE", "TRANSLATE3"],
    category: "text",
    syntax: ["TRANSLATE(text, from, to)"],
    description: "With single characters replaced by those at the same place of another text.",
    parameters: ["text", "text", "text"],
    result: always(STRING),
    nullable: "first",
  }),
];
