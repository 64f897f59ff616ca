// The JSON functions. A text that is no JSON is an error to a strict path and nothing to a lax one.

import type { SourcePosition } from "../../core/errors.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { parseJsonPath } from "../../core/value/json-path.ts";
import { jsonText } from "../../core/value/json-text.ts";
import { dataError, quoted } from "../data-error.ts";
import { pathReader } from "../json/path.ts";
import { readJson } from "../json/reader.ts";
import { jsonWriter } from "../json/sql-value.ts";
import { JsonNumber, isScalar, scalarText, writeJson, writeMembers } from "../json/value.ts";
import type { JsonScalar, JsonValue } from "../json/value.ts";
import { argumentType } from "./implementation.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";
import { toText } from "./cast-to-text.ts";
import { wellFormed } from "./text-rules.ts";
import { ESCAPES } from "../json/escapes.ts";

/** The functions of this file. */
export const JSON_FUNCTIONS: ScalarTable = {
  "IS JSON VALUE": isJson(() => true),
  "IS JSON SCALAR": isJson(isScalar),
  "IS JSON ARRAY": isJson((value) => Array.isArray(value)),
  "IS JSON OBJECT": isJson((value) => value instanceof Map),
  JSON_EXISTS: exists,
  JSON_VALUE: valueOf,
  JSON_QUERY: query,
  JSON_OBJECT: object,
  JSON_ARRAY: array,
  JSON_STRING: (shape) => ({ apply: jsonWriter(argumentType(shape, 0)) }),
  JSON: ({ position }) => ({
    nullable: true,
    apply: (text: string) => {
      if (text.trim() === "") return null;
      const value = readJson(text);
      return value === undefined ? fail(`${quoted(text)} is no JSON`, position) : writeJson(value);
    },
  }),
  JSON_QUOTE: () => ({ apply: quote }),
  JSON_UNQUOTE: ({ position }) => ({
    apply: (text: string) => wellFormed(unquote(text, position)),
  }),
};

function isJson(holds: (value: JsonValue) => boolean): () => Implementation {
  return () => ({
    acceptsNull: true,
    apply: (text: string | null) => {
      const value = text === null ? undefined : readJson(text);
      return value !== undefined && holds(value);
    },
  });
}

/** What a path gives: a value, or why it fails; null, and nothing, are errors to a strict path. */
type Outcome = { readonly value: JsonValue } | { readonly error: string };

function evaluator({ constants }: CallShape): {
  readonly isLax: boolean;
  readonly read: (text: string) => Outcome;
} {
  const path = parseJsonPath(constants[1] as string);
  if ("reason" in path) throw new RangeError("the binder has read the path");
  const reader = pathReader(path);
  const { isLax } = path;
  const read = (text: string): Outcome => {
    const root = readJson(text);
    if (root === undefined) return isLax ? { value: null } : { error: "it is no JSON" };
    if (root === null) return { error: "it is null" };
    const value = reader(root) ?? null;
    return value === null && !isLax ? { error: "the path leads nowhere" } : { value };
  };
  return { isLax, read };
}

function fail(reason: string, position: SourcePosition | undefined): never {
  return dataError(reason, position);
}

/** Errors of the functions name the function and quote the text. */
function failing(shape: CallShape, name: string): (text: string, why: string) => never {
  return (text, why) => fail(`${name} on ${quoted(text)}: ${why}`, shape.position);
}

function exists(shape: CallShape): Implementation {
  const { read } = evaluator(shape);
  const error = failing(shape, "JSON_EXISTS");
  const onError = shape.constants[2];
  return {
    nullable: true,
    apply: (text: string) => {
      const outcome = read(text);
      if ("value" in outcome) return outcome.value !== null;
      if (onError === "ERROR") return error(text, outcome.error);
      return onError === "UNKNOWN" ? null : onError === "TRUE";
    },
  };
}

function valueOf(shape: CallShape): Implementation {
  const { isLax, read } = evaluator(shape);
  const error = failing(shape, "JSON_VALUE");
  const [onEmpty, onError] = [2, 4].map((index) => behaviour(shape, index));
  const take = returned(shape);
  return {
    acceptsNull: true,
    nullable: true,
    apply: (text: string | null) => {
      if (text === null) return null;
      const outcome = read(text);
      if ("error" in outcome) return onError?.(() => error(text, outcome.error)) ?? null;
      const { value } = outcome;
      const empty = value === null || (isLax && !isScalar(value));
      if (empty) return onEmpty?.(() => error(text, "it finds nothing")) ?? null;
      if (!isScalar(value)) return onError?.(() => error(text, "it finds no scalar")) ?? null;
      return take(value) ?? error(text, `it finds ${quoted(scalarText(value))}`);
    },
  };
}

/** NULL, ERROR or DEFAULT at argument `index`, the default behind it. */
function behaviour(shape: CallShape, index: number): (fails: () => never) => SqlValue {
  const what = shape.constants[index];
  if (what === "ERROR") return (fails) => fails();
  const value = what === "DEFAULT" ? (shape.constants[index + 1] ?? null) : null;
  if (value === null) return () => null;
  if (shape.type.kind !== "VARCHAR") return () => value;
  const text =
    typeof value === "boolean" ? String(value) : textOf(argumentType(shape, index + 1), value);
  return () => text;
}

function textOf(type: SqlType, value: SqlValue): SqlValue {
  return (toText(type).apply as (value: SqlValue) => string)(value);
}

/** A scalar as the type returned; undefined where Flink's job dies of the wrong one. */
function returned({ type }: CallShape): (value: JsonScalar) => SqlValue | undefined {
  switch (type.kind) {
    case "INTEGER":
      return (value) => {
        const number = value instanceof JsonNumber && value.isIntegral ? Number(value.source) : NaN;
        return number >= -0x8000_0000 && number < 0x8000_0000 ? number + 0 : undefined;
      };
    case "DOUBLE":
      return (value) =>
        value instanceof JsonNumber && !value.isIntegral ? Number(value.source) + 0 : undefined;
    case "BOOLEAN":
      return (value) => (typeof value === "boolean" ? value : undefined);
    default:
      return scalarText;
  }
}

function query(shape: CallShape): Implementation {
  const { isLax, read } = evaluator(shape);
  const error = failing(shape, "JSON_QUERY");
  const [, , wrapper, onEmpty, onError] = shape.constants;
  const isArray = shape.type.kind === "ARRAY";
  const otherwise = (what: unknown, fails: () => never): SqlValue => {
    if (what === "ERROR") return fails();
    if (what === "EMPTY ARRAY") return isArray ? [] : "[]";
    return what === "EMPTY OBJECT" ? "{}" : null;
  };
  return {
    nullable: true,
    apply: (text: string) => {
      const outcome = read(text);
      if ("error" in outcome) return otherwise(onError, () => error(text, outcome.error));
      const { value } = outcome;
      if (value === null) return otherwise(onEmpty, () => error(text, "it finds nothing"));
      const wraps =
        wrapper === "UNCONDITIONAL" || (wrapper === "CONDITIONAL" && !Array.isArray(value));
      const result = wraps ? [value] : value;
      if (isScalar(result)) {
        return isLax
          ? otherwise(onEmpty, () => error(text, "it finds a scalar"))
          : otherwise(onError, () => error(text, "it finds a scalar"));
      }
      if (!isArray) return writeJson(result);
      if (!Array.isArray(result)) return otherwise(onError, () => error(text, "it is no array"));
      return (result as readonly JsonValue[]).map((item) =>
        item === null ? null : isScalar(item) ? scalarText(item) : writeJson(item),
      );
    },
  };
}

/** The values are JSON text already, NULL where they are. */
function object({ constants }: CallShape): Implementation {
  const keepsNull = constants[0] === "NULL";
  return {
    acceptsNull: true,
    apply: (_: string, ...members: (string | null)[]) => {
      const entries: [string, string][] = [];
      for (let index = 0; index < members.length; index += 2) {
        const value = members[index + 1] ?? null;
        if (value !== null || keepsNull) entries.push([members[index] ?? "", value ?? "null"]);
      }
      return writeMembers(entries);
    },
  };
}

function array({ constants }: CallShape): Implementation {
  const keepsNull = constants[0] === "NULL";
  return {
    acceptsNull: true,
    apply: (_: string, ...items: (string | null)[]) => {
      const kept = keepsNull ? items : items.filter((item) => item !== null);
      return `[${kept.map((item) => item ?? "null").join(",")}]`;
    },
  };
}

/** Beyond ASCII everything is escaped; the first half of a surrogate pair as the whole code point, as Flink does. */
function quote(text: string): string {
  let result = "";
  for (let index = 0; index < text.length; index++) {
    const letter = text.charAt(index);
    const code = text.codePointAt(index) ?? 0;
    if (code > 0x7f) result += `\\u${code.toString(16).padStart(4, "0")}`;
    else if (letter === "/") result += "\\/";
    else if (code < 0x20 && !"\b\f\n\r\t".includes(letter)) result += letter;
    else result += jsonText(letter).slice(1, -1);
  }
  return `"${result}"`;
}

/**
 * A text that does not begin as a JSON string, and end with a quote, stays as it is. Of one that does, Jackson reads the
 * first string only; Flink goes on to the last quote. An escape that is none there leaves the whole text as it is; one
 * that is cut off by the end of the text fails.
 */
function unquote(text: string, position: SourcePosition | undefined): string {
  const isQuoted = text.length > 1 && text.startsWith('"') && text.endsWith('"');
  if (!isQuoted || readJson(text) === undefined) return text;
  const end = text.length - 1;
  let result = "";
  for (let at = 1; at < end; at++) {
    const letter = text.charAt(at);
    if (letter !== "\\" || at + 1 >= end) {
      result += letter;
      continue;
    }
    at++;
    let meant = ESCAPES[text.charAt(at)];
    if (text.charAt(at) === "u") {
      const digits = text.slice(at + 1, at + 5);
      if (at + 5 > end) fail(`${quoted(text)} ends within an escape`, position);
      if (/[^\0-\x7f]/.test(digits))
        fail(`${quoted(text)} has an escape that is not ASCII`, position);
      meant = unicodeEscape(digits);
      at += 4;
    }
    if (meant === undefined) return text;
    result += meant;
  }
  return result;
}

/** As Java's Integer.parseInt reads it: a sign may stand in front. */
function unicodeEscape(digits: string): string | undefined {
  if (!/^[-+]?[0-9a-f]+$/i.test(digits)) return undefined;
  return String.fromCharCode(Number.parseInt(digits, 16));
}
