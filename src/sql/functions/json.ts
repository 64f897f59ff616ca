// JSON functions. The parser (json-calls.ts) hands behaviours over as symbols; here types are checked and paths read.

import type { SqlType } from "../../core/types.ts";
import { parseJsonPath } from "../../core/value/json-path.ts";
import type { Expression } from "../plan.ts";
import {
  BOOLEAN,
  NULL_TYPE,
  STRING,
  formatType,
  isBinary,
  isExact,
  isNumeric,
  isText,
  isTimestamp,
  withNullable,
} from "../types.ts";
import {
  cast,
  checkCount,
  refuseNull,
  typeOf,
  type CallSite,
  type ScalarFunction,
} from "./spec.ts";

const NOTHING: Expression = { kind: "literal", value: null, type: NULL_TYPE };

/** json, path: text, and a literal path that can be read. */
function checkInput(site: CallSite): void {
  refuseNull(site, 0);
  if (!isText(typeOf(site.arguments, 0))) throw site.fail(0, `${site.name} takes text`);
  const path = site.arguments[1];
  if (path?.kind !== "literal" || typeof path.value !== "string") {
    throw site.fail(1, "a JSON path must be a text literal", "Write '$.name'.");
  }
  const parsed = parseJsonPath(path.value);
  if (!("reason" in parsed)) return;
  throw site.unsupported(
    1,
    `this JSON path is refused: ${parsed.reason} (character ${parsed.at + 1})`,
  );
}

function symbolAt(site: CallSite, index: number): string {
  const argument = site.arguments[index];
  const isSymbol = argument?.kind === "literal" && typeof argument.value === "string";
  return isSymbol ? argument.value : "NULL";
}

const EXISTS: ScalarFunction = {
  id: "JSON_EXISTS",
  category: "json",
  syntax: ["JSON_EXISTS(json, path [TRUE | FALSE | UNKNOWN | ERROR ON ERROR])"],
  description: "Whether a path leads to something that is not null.",
  bind(site) {
    checkInput(site);
    return site.call("JSON_EXISTS", site.arguments, withNullable(BOOLEAN, true));
  },
};

const VALUE: ScalarFunction = {
  id: "JSON_VALUE",
  category: "json",
  syntax: [
    "JSON_VALUE(json, path [RETURNING type] [NULL | ERROR | DEFAULT value ON EMPTY] [… ON ERROR])",
  ],
  description: "The scalar that a path leads to, as STRING, INT, DOUBLE or BOOLEAN.",
  bind(site) {
    checkInput(site);
    const returning = returnType(site, 2);
    if (
      returning.kind !== "VARCHAR" &&
      !["INTEGER", "DOUBLE", "BOOLEAN"].includes(returning.kind)
    ) {
      const type = formatType(withNullable(returning, true));
      const message = `JSON_VALUE cannot return ${type}: STRING, INT, DOUBLE and BOOLEAN only`;
      throw site.fail(2, message, "CAST its text.");
    }
    const args = [...site.arguments];
    for (const index of [4, 6]) args[index] = defaultValue(site, index, returning);
    args.splice(2, 1);
    return site.call("JSON_VALUE", args, withNullable(returning, true));
  },
};

/** RETURNING, which the parser has written as a NULL of the type. */
function returnType(site: CallSite, index: number): SqlType {
  const type = typeOf(site.arguments, index);
  return type.kind === "NULL" ? STRING : type;
}

/** DEFAULT … ON EMPTY or ON ERROR; Flink takes it as it is, so that it must be of the type returned. */
function defaultValue(site: CallSite, index: number, type: SqlType): Expression {
  const value = site.arguments[index] ?? NOTHING;
  if (symbolAt(site, index - 1) !== "DEFAULT") return NOTHING;
  refuseNull(site, index);
  if (value.kind !== "literal") {
    throw site.unsupported(index, "the DEFAULT of JSON_VALUE must be a literal");
  }
  if (type.kind === "DOUBLE") {
    const hint = "Leave it out and write COALESCE around the call.";
    throw site.unsupported(
      index,
      "Flink fails on a DEFAULT of JSON_VALUE … RETURNING DOUBLE",
      hint,
    );
  }
  const fits =
    type.kind === "VARCHAR"
      ? isText(value.type) || isExact(value.type) || value.type.kind === "BOOLEAN"
      : value.type.kind === type.kind;
  if (fits) return value;
  const names = [value.type, type].map((each) => formatType(withNullable(each, true)));
  throw site.unsupported(index, `the DEFAULT is ${names[0]}, but ${names[1]} is returned`);
}

const QUERY: ScalarFunction = {
  id: "JSON_QUERY",
  category: "json",
  syntax: [
    "JSON_QUERY(json, path [RETURNING ARRAY<STRING>] [WITHOUT | WITH [CONDITIONAL] WRAPPER] " +
      "[NULL | EMPTY ARRAY | EMPTY OBJECT | ERROR ON EMPTY] [… ON ERROR])",
  ],
  description: "The object or array that a path leads to, as JSON text or as an array of texts.",
  bind(site) {
    checkInput(site);
    const type = returnType(site, 2);
    if (type.kind !== "VARCHAR" && !(type.kind === "ARRAY" && type.element.kind === "VARCHAR")) {
      throw site.fail(2, "JSON_QUERY returns STRING or ARRAY<STRING>");
    }
    for (const index of [4, 5]) {
      if (type.kind !== "ARRAY" || symbolAt(site, index) !== "EMPTY OBJECT") continue;
      throw site.fail(index, "EMPTY OBJECT is no ARRAY<STRING>", "Write EMPTY ARRAY.");
    }
    const args = site.arguments.filter((_, index) => index !== 2);
    return site.call("JSON_QUERY", args, withNullable(type, true));
  },
};

const IS_JSON = ["VALUE", "SCALAR", "ARRAY", "OBJECT"].map((kind): ScalarFunction => ({
  id: `IS JSON ${kind}`,
  names: [],
  category: "json",
  syntax: [`text IS [NOT] JSON${kind === "VALUE" ? " [VALUE]" : ` ${kind}`}`],
  description: `Whether a text is ${kind === "VALUE" ? "JSON" : `a JSON ${kind.toLowerCase()}`}.`,
  bind(site) {
    refuseNull(site, 0);
    if (!isText(typeOf(site.arguments, 0))) throw site.fail(0, "IS JSON takes text");
    return site.call(`IS JSON ${kind}`, site.arguments, withNullable(BOOLEAN, false));
  },
}));

/** Refuses what Flink has no JSON for. */
function checkValue(site: CallSite, index: number, type: SqlType): void {
  const known =
    isText(type) ||
    isNumeric(type) ||
    isBinary(type) ||
    isTimestamp(type) ||
    type.kind === "BOOLEAN";
  if (known) return;
  switch (type.kind) {
    case "ARRAY":
      checkValue(site, index, type.element);
      return;
    case "ROW":
      for (const field of type.fields) checkValue(site, index, field.type);
      return;
    case "MAP":
    case "MULTISET": {
      const key = type.kind === "MAP" ? type.key : type.element;
      if (!isText(key)) throw site.fail(index, "the keys of a map must be text to become JSON");
      if (type.kind === "MAP") checkValue(site, index, type.value);
      return;
    }
    default: {
      const name = formatType(withNullable(type, true));
      throw site.fail(index, `Flink writes no ${name} as JSON`, "CAST it AS STRING.");
    }
  }
}

/** Functions whose text Flink puts into JSON as it is, where they stand as a value. */
const RAW_JSON = new Set(["JSON_OBJECT", "JSON_ARRAY", "JSON"]);

/** Argument `index` as the text of its JSON, NULL where it is. */
export function asJson(site: CallSite, index: number): Expression {
  const value = site.arguments[index];
  if (value === undefined) throw new RangeError("a value");
  refuseNull(site, index);
  if (value.kind === "call" && RAW_JSON.has(value.function)) return value;
  checkValue(site, index, value.type);
  return site.call("JSON_STRING", [value], withNullable(STRING, value.type.nullable));
}

const OBJECT: ScalarFunction = {
  id: "JSON_OBJECT",
  category: "json",
  syntax: ["JSON_OBJECT([[KEY] key VALUE value, …] [NULL | ABSENT ON NULL])"],
  description: "A JSON object, its members sorted by key.",
  bind(site) {
    const args = site.arguments.map((argument, index) => {
      if (index === 0) return argument;
      if (index % 2 === 0) return asJson(site, index);
      refuseNull(site, index);
      if (!isText(argument.type)) throw site.fail(index, "the key of JSON_OBJECT must be text");
      if (argument.type.nullable) {
        throw site.fail(index, "the key of JSON_OBJECT must not be NULL", "Use COALESCE(key, '').");
      }
      return argument;
    });
    return site.call("JSON_OBJECT", args, withNullable(STRING, false));
  },
};

const ARRAY: ScalarFunction = {
  id: "JSON_ARRAY",
  category: "json",
  syntax: ["JSON_ARRAY([value, …] [NULL | ABSENT ON NULL])"],
  description: "A JSON array; NULLs are left out unless NULL ON NULL is said.",
  bind(site) {
    const args = site.arguments.map((argument, index) =>
      index === 0 ? argument : asJson(site, index),
    );
    return site.call("JSON_ARRAY", args, withNullable(STRING, false));
  },
};

const TO_STRING: ScalarFunction = {
  id: "JSON_STRING",
  category: "json",
  syntax: ["JSON_STRING(value)"],
  description: "A value as JSON text.",
  bind(site) {
    checkCount(site, 1, 1);
    const type = typeOf(site.arguments, 0);
    if (type.kind === "NULL") return cast(NOTHING, STRING);
    const json = asJson(site, 0);
    // Of JSON_OBJECT it is that text; what stands around takes it for a text, all the same.
    const isBuilt = json === site.arguments[0];
    return isBuilt ? { kind: "cast", input: json, try: false, type: json.type } : json;
  },
};

const JSON_TEXT: ScalarFunction = {
  id: "JSON",
  names: [],
  category: "json",
  syntax: ["JSON(text)"],
  description:
    "JSON text as a value of JSON_OBJECT or JSON_ARRAY; text that is no JSON fails the row.",
  bind(site) {
    refuseNull(site, 0);
    if (!isText(typeOf(site.arguments, 0))) throw site.fail(0, "JSON takes text");
    return site.call("JSON", site.arguments, withNullable(STRING, true));
  },
};

const QUOTING = (["JSON_QUOTE", "JSON_UNQUOTE"] as const).map((id): ScalarFunction => ({
  id,
  category: "json",
  syntax: [`${id}(text)`],
  description: id === "JSON_QUOTE" ? "A text as a JSON string." : "A JSON string as its text.",
  bind(site) {
    checkCount(site, 1, 1);
    refuseNull(site, 0);
    const type = typeOf(site.arguments, 0);
    if (!isText(type)) throw site.fail(0, `${id} takes text`);
    return site.call(id, site.arguments, withNullable(STRING, type.nullable));
  },
}));

export const JSON_FUNCTIONS: readonly ScalarFunction[] = [
  EXISTS,
  VALUE,
  QUERY,
  OBJECT,
  ARRAY,
  TO_STRING,
  JSON_TEXT,
  ...QUOTING,
  ...IS_JSON,
];
