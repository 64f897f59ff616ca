// Finding texts in texts, and asking what a text holds.

import type { Expression } from "../plan.ts";
import {
  BOOLEAN,
  INTEGER,
  STRING,
  isBinary,
  isInteger,
  isNumeric,
  isText,
  withNullable,
} from "../types.ts";
import {
  always,
  cast,
  checkCount,
  checkedFunction,
  defineFunction,
  refuseNull,
  typeOf,
  type CallSite,
  type ScalarFunction,
} from "./spec.ts";

function affix(id: "STARTSWITH" | "ENDSWITH", part: string, description: string): ScalarFunction {
  return checkedFunction(
    {
      id,
      category: "text",
      syntax: [`${id}(text, ${part})`, `${id}(bytes, ${part})`],
      description,
      parameters: ["data", "data"],
      result: always(BOOLEAN),
    },
    (site) => {
      const [whole, other] = [0, 1].map((index) => isBinary(typeOf(site.arguments, index)));
      if (whole !== other) throw site.fail(1, `${id} does not mix text and BYTES`);
    },
  );
}

function test(id: string, what: string): ScalarFunction {
  return {
    id,
    category: "text",
    syntax: [`${id}(text)`, `${id}(number)`],
    description: `Whether a text is ${what}; FALSE for NULL. Of a number the type decides, even for NULL.`,
    bind(site) {
      checkCount(site, 1, 1);
      refuseNull(site, 0);
      const type = typeOf(site.arguments, 0);
      if (!isText(type) && !isNumeric(type)) throw site.fail(0, `${id} takes a text or a number`);
      return site.call(id, site.arguments, withNullable(BOOLEAN, false));
    },
  };
}

const SPLIT_INDEX: ScalarFunction = {
  id: "SPLIT_INDEX",
  category: "text",
  syntax: ["SPLIT_INDEX(text, delimiter, index)"],
  description:
    "A part of a delimited text, counted from 0; NULL beyond the end. The delimiter is a text or a character's code.",
  bind(site) {
    checkCount(site, 3, 3);
    for (const index of [0, 1, 2]) refuseNull(site, index);
    const [text, delimiter, index] = site.arguments;
    if (text === undefined || delimiter === undefined || index === undefined) {
      throw new RangeError("three arguments");
    }
    if (!isText(text.type)) throw site.fail(0, "argument 1 of SPLIT_INDEX must be text");
    const by = isText(delimiter.type) ? delimiter : toInt(site, delimiter, 1);
    const args = [text, by, toInt(site, index, 2)];
    return site.call("SPLIT_INDEX", args, withNullable(STRING, true));
  },
};

function toInt(site: CallSite, argument: Expression, index: number): Expression {
  if (isInteger(argument.type))
    return cast(argument, withNullable(INTEGER, argument.type.nullable));
  const wanted = index === 1 ? "text or an integer" : "an integer";
  throw site.fail(index, `argument ${index + 1} of SPLIT_INDEX must be ${wanted}`);
}

export const SEARCH_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    id: "POSITION",
    category: "text",
    syntax: ["POSITION(text IN text)"],
    description: "Where the first text begins in the second, from 1; 0 if it does not occur.",
    parameters: ["text", "text", "integer"],
    optional: 1,
    result: always(INTEGER),
  }),
  defineFunction({
    id: "INSTR",
    category: "text",
    syntax: ["INSTR(text, search[, start[, occurrence]])"],
    description: "Where a text occurs, from 1; 0 if it does not.",
    parameters: ["text", "text", "integer", "integer"],
    optional: 2,
    result: always(INTEGER),
  }),
  defineFunction({
    id: "LOCATE",
    category: "text",
    syntax: ["LOCATE(search, text[, start])"],
    description: "Where a text occurs, from 1; 0 if it does not.",
    parameters: ["text", "text", "integer"],
    optional: 1,
    result: always(INTEGER),
  }),
  SPLIT_INDEX,
  affix("STARTSWITH", "prefix", "Whether a text begins with another."),
  affix("ENDSWITH", "suffix", "Whether a text ends with another."),
  test("IS_ALPHA", "letters only"),
  test("IS_DIGIT", "digits only"),
  test("IS_DECIMAL", "a number"),
];
