// Text functions, a table of declarations (longer than a code file may be). Result types as Flink's: most give STRING, those that cannot make a text longer keep its
// length, TRIM and SUBSTRING turn CHAR(n) into VARCHAR(n).

import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import { BOOLEAN, BYTES, INTEGER, STRING, char, isInteger, isText, varchar } from "../types.ts";
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
    return site.call("||", site.arguments, { ...type, nullable } as SqlType);
  },
};

const HEX: ScalarFunction = {
  id: "HEX",
  category: "text",
  syntax: ["HEX(integer)", "HEX(text)"],
  description: "Hexadecimal digits in upper case.",
  bind(site) {
    checkCount(site, 1, 1);
    refuseNull(site, 0);
    const type = typeOf(site.arguments, 0);
    if (!isText(type) && !isInteger(type)) {
      throw site.fail(0, "HEX takes an integer or text");
    }
    return site.call("HEX", site.arguments, { ...STRING, nullable: type.nullable } as SqlType);
  },
};

/** A matching operator with an optional ESCAPE of one character. */
function matching(id: "LIKE" | "SIMILAR", syntax: string, description: string): ScalarFunction {
  const checked = defineFunction({
    id,
    names: [],
    category: "comparison",
    syntax: [syntax],
    description,
    parameters: ["text", "text", "text"],
    optional: 1,
    result: always(BOOLEAN),
  });
  return {
    ...checked,
    bind(site) {
      const escape = site.arguments[2];
      if (escape?.kind === "literal" && typeof escape.value === "string") {
        if (escape.value.length !== 1) throw site.fail(2, "ESCAPE takes one character");
      }
      return checked.bind(site);
    },
  };
}

const LIKE_NOTE = "% stands for any text, _ for one character.";

export const TEXT_FUNCTIONS: readonly ScalarFunction[] = [
  CONCATENATION,
  HEX,
  defineFunction({
    id: "UPPER",
    category: "text",
    syntax: ["UPPER(text)"],
    description: "In upper case.",
    parameters: ["text"],
    result: sameAs(0),
  }),
  defineFunction({
    id: "LOWER",
    category: "text",
    syntax: ["LOWER(text)"],
    description: "In lower case.",
    parameters: ["text"],
    result: sameAs(0),
  }),
  defineFunction({
    id: "INITCAP",
    category: "text",
    syntax: ["INITCAP(text)"],
    description: "The first letter of each word in upper case, the others in lower case.",
    parameters: ["text"],
    result: sameAs(0),
  }),
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
    syntax: ["TRIM([BOTH | LEADING | TRAILING] [characters] FROM text)", "TRIM(text)"],
    description: "Without the characters (blanks) at its ends.",
    parameters: ["symbol", "text", "text"],
    result: varying(2),
  }),
  defineFunction({
    id: "LTRIM",
    category: "text",
    syntax: ["LTRIM(text[, characters])"],
    description: "Without blanks, or the characters, on the left.",
    parameters: ["text", "text"],
    optional: 1,
    result: varying(0),
  }),
  defineFunction({
    id: "RTRIM",
    category: "text",
    syntax: ["RTRIM(text[, characters])"],
    description: "Without blanks, or the characters, on the right.",
    parameters: ["text", "text"],
    optional: 1,
    result: varying(0),
  }),
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
  defineFunction({
    id: "SPLIT_INDEX",
    category: "text",
    syntax: ["SPLIT_INDEX(text, delimiter, index)"],
    description: "A part of a delimited text, counted from 0; NULL beyond the end.",
    parameters: ["text", "text", "integer"],
    result: always(STRING),
    nullable: "always",
  }),
  defineFunction({
    id: "STARTSWITH",
    category: "text",
    syntax: ["STARTSWITH(text, prefix)"],
    description: "Whether a text begins with another.",
    parameters: ["text", "text"],
    result: always(BOOLEAN),
  }),
  defineFunction({
    id: "ENDSWITH",
    category: "text",
    syntax: ["ENDSWITH(text, suffix)"],
    description: "Whether a text ends with another.",
    parameters: ["text", "text"],
    result: always(BOOLEAN),
  }),
  defineFunction({
    id: "TRANSLATE",
    category: "text",
    syntax: ["TRANSLATE(text, from, to)"],
    description: "With single characters replaced by those at the same place of another text.",
    parameters: ["text", "text", "text"],
    result: always(STRING),
    nullable: "always",
  }),
  matching(
    "LIKE",
    "text [NOT] LIKE pattern [ESCAPE character]",
    `Whether a text matches a pattern. ${LIKE_NOTE}`,
  ),
  matching(
    "SIMILAR",
    "text [NOT] SIMILAR TO pattern [ESCAPE character]",
    `Whether a text matches an SQL regular expression. ${LIKE_NOTE}`,
  ),
  defineFunction({
    id: "REGEXP",
    category: "text",
    syntax: ["REGEXP(text, pattern)"],
    description: "Whether a part of a text matches a regular expression.",
    parameters: ["text", "text"],
    result: always(BOOLEAN),
  }),
  defineFunction({
    id: "REGEXP_REPLACE",
    category: "text",
    syntax: ["REGEXP_REPLACE(text, pattern, replacement)"],
    description: "With every match of a regular expression replaced.",
    parameters: ["text", "text", "text"],
    result: always(STRING),
  }),
  defineFunction({
    id: "REGEXP_EXTRACT",
    category: "text",
    syntax: ["REGEXP_EXTRACT(text, pattern[, group])"],
    description: "A group of the first match of a regular expression; NULL without a match.",
    parameters: ["text", "text", "integer"],
    optional: 1,
    result: always(STRING),
    nullable: "always",
  }),
  ...(["IS_ALPHA", "IS_DECIMAL", "IS_DIGIT"] as const).map((id) =>
    defineFunction({
      id,
      category: "text",
      syntax: [`${id}(text)`],
      description: "Whether a text holds letters, a number, or digits only; FALSE for NULL.",
      parameters: ["text"],
      result: always(BOOLEAN),
      nullable: "never",
    }),
  ),
  defineFunction({
    id: "TO_BASE64",
    category: "text",
    syntax: ["TO_BASE64(text)"],
    description: "In Base64.",
    parameters: ["text"],
    result: always(STRING),
  }),
  defineFunction({
    id: "FROM_BASE64",
    category: "text",
    syntax: ["FROM_BASE64(text)"],
    description: "Out of Base64.",
    parameters: ["text"],
    result: always(STRING),
  }),
  defineFunction({
    id: "BIN",
    category: "text",
    syntax: ["BIN(integer)"],
    description: "Binary digits.",
    parameters: ["whole"],
    result: always(STRING),
  }),
  defineFunction({
    id: "ENCODE",
    category: "text",
    syntax: ["ENCODE(text, charset)"],
    description: "The bytes of a text in a character set.",
    parameters: ["text", "text"],
    result: always(BYTES),
  }),
  defineFunction({
    id: "DECODE",
    category: "text",
    syntax: ["DECODE(bytes, charset)"],
    description: "The text of bytes in a character set.",
    parameters: ["binary", "text"],
    result: always(STRING),
  }),
  ...hash("MD5", 32),
  ...hash("SHA1", 40),
  ...hash("SHA224", 56),
  ...hash("SHA256", 64),
  ...hash("SHA384", 96),
  ...hash("SHA512", 128),
  defineFunction({
    id: "SHA2",
    category: "hash",
    syntax: ["SHA2(text, bits)"],
    description: "SHA-2 digest of 224, 256, 384 or 512 bits in hexadecimal digits.",
    parameters: ["text", "integer"],
    result: always(varchar(128)),
  }),
];

function hash(id: string, digits: number): ScalarFunction[] {
  const description = `${id} digest in ${digits} hexadecimal digits.`;
  const syntax = [`${id}(text)`];
  const result = always(char(digits));
  return [
    defineFunction({ id, category: "hash", syntax, description, parameters: ["text"], result }),
  ];
}
