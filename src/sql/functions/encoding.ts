// Digests, and other writings of a text or number.

import { BYTES, STRING, char, isInteger, isText, varchar, withNullable } from "../types.ts";
import {
  always,
  checkCount,
  checkedFunction,
  defineFunction,
  refuseNull,
  typeOf,
  type ScalarFunction,
} from "./spec.ts";

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
    return site.call("HEX", site.arguments, withNullable(STRING, type.nullable));
  },
};

const SHA2_BITS: readonly unknown[] = [224, 256, 384, 512];

const SHA2: ScalarFunction = checkedFunction(
  {
    id: "SHA2",
    category: "hash",
    syntax: ["SHA2(text, bits)", "SHA2(bytes, bits)"],
    description: "SHA-2 digest of 224, 256, 384 or 512 bits in hexadecimal digits.",
    parameters: ["data", "integer"],
    result: always(varchar(128)),
  },
  (site) => {
    const bits = site.arguments[1];
    if (bits?.kind !== "literal" || bits.value === null || SHA2_BITS.includes(bits.value)) return;
    throw site.fail(1, "there is no SHA-2 of so many bits", "Use 224, 256, 384 or 512.");
  },
);

export const ENCODING_FUNCTIONS: readonly ScalarFunction[] = [
  HEX,
  defineFunction({
    id: "TO_BASE64",
    category: "text",
    syntax: ["TO_BASE64(text)", "TO_BASE64(bytes)"],
    description: "In Base64.",
    parameters: ["data"],
    result: always(STRING),
  }),
  defineFunction({
    id: "FROM_BASE64",
    category: "text",
    syntax: ["FROM_BASE64(text)", "FROM_BASE64(bytes)"],
    description: "The text that is written in Base64.",
    parameters: ["data"],
    result: always(STRING),
  }),
  defineFunction({
    id: "UNHEX",
    category: "text",
    syntax: ["UNHEX(text)"],
    description: "The bytes of hexadecimal digits; NULL when they are none.",
    parameters: ["text"],
    result: always(BYTES),
    nullable: "always",
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
  SHA2,
];

function hash(id: string, digits: number): ScalarFunction[] {
  const description = `${id} digest in ${digits} hexadecimal digits.`;
  const syntax = [`${id}(text)`, `${id}(bytes)`];
  const result = always(char(digits));
  return [
    defineFunction({ id, category: "hash", syntax, description, parameters: ["data"], result }),
  ];
}
