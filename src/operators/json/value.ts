// JSON as the JSON functions see it: parsed with Jackson's strictness, numbers kept exactly, members in their order.

import { bigDecimalTextOf } from "../../core/value/decimal.ts";
import { jsonText } from "../../core/value/json-text.ts";

export type JsonValue =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly JsonValue[]
  | ReadonlyMap<string, JsonValue>;

/** A number by its text: 2.50 is not 2.5. */
export class JsonNumber {
  /** As it is written. */
  readonly source: string;
  /** Neither fraction nor exponent. */
  readonly isIntegral: boolean;

  constructor(source: string, isIntegral: boolean) {
    this.source = source;
    this.isIntegral = isIntegral;
  }

  /** As Java prints it: 1e3 is 1E+3. */
  get text(): string {
    if (!this.isIntegral) return bigDecimalTextOf(this.source);
    return this.source === "-0" ? "0" : this.source;
  }
}

/** Null is one, too. */
export type JsonScalar = null | boolean | string | JsonNumber;

/** No object and no array. */
export function isScalar(value: JsonValue): value is JsonScalar {
  return !Array.isArray(value) && !(value instanceof Map);
}

/** A scalar that is not null, as text without quotes. */
export function scalarText(value: JsonScalar): string {
  return value instanceof JsonNumber ? value.text : `${value}`;
}

/** Compact JSON, the members of objects sorted by name. */
export function writeJson(value: JsonValue): string {
  if (typeof value === "string") return jsonText(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof Map) {
    const members = value as ReadonlyMap<string, JsonValue>;
    return writeMembers(Array.from(members, ([name, member]) => [name, writeJson(member)]));
  }
  return `[${(value as readonly JsonValue[]).map(writeJson).join(",")}]`;
}

/** An object of members whose values are JSON text already; the last of equal names wins. */
export function writeMembers(members: readonly (readonly [string, string])[]): string {
  const byName = new Map(members);
  const names = [...byName.keys()].sort(byUnits);
  return `{${names.map((name) => `${jsonText(name)}:${byName.get(name) ?? ""}`).join(",")}}`;
}

/** Order of Java's String.compareTo: by UTF-16 units. */
function byUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
