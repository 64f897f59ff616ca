// The vocabulary of our YAML schemas on top of zod: sections that know their keys, durations, sizes, addresses.
// Every message says what is allowed, so that nobody has to look it up.

import { z } from "zod";

import { didYouMean } from "../core/suggest.ts";
import { unitProblem } from "./ucum.ts";

export { z } from "zod";

/** Separates a message from its hint: zod's issues carry one text only. */
export const HINT = "\t";

/** A message with a hint on how to fix it, for `wrong`. */
export function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message}${HINT}${hint}`;
}

/** A schema whose input is whatever the file holds. */
export type Field<T> = z.ZodType<T>;

const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
} as const;

/**
 * A mapping with these keys and no others. `later`: keys that are documented and not built yet, refused by name.
 */
export function section<S extends z.ZodRawShape>(
  shape: S,
  later: readonly string[] = [],
): z.ZodObject<S, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return "must be a mapping of keys";
      // One line a key: schema.ts takes them apart again.
      return issue.keys
        .map((key) => {
          if (later.includes(key)) return `"${key}" is not built yet: it comes later`;
          const hint = didYouMean(key, [...known, ...later]) ?? `Allowed: ${known.join(", ")}.`;
          return withHint(`unknown key "${key}"`, hint);
        })
        .join("\n");
    },
  });
}

/** What the JSON Schema for editors says of a field: less than the parse function knows, and never something else. */
export type JsonForm = Readonly<Record<string, unknown>>;

/** A field read by `parse`, which gives a value or says what is wrong. */
export function field<T>(parse: (value: unknown) => T | Wrong, json: JsonForm = {}): Field<T> {
  const read = z.unknown().transform((value, context): T => {
    const result = value === undefined ? wrong("is missing") : parse(value);
    if (!(result instanceof Wrong)) return result;
    context.issues.push({ code: "custom", message: result.message, input: value });
    return z.NEVER;
  });
  return read.meta(json);
}

/** What a field's parse function answers to a value it refuses. */
export class Wrong {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export function wrong(message: string): Wrong {
  return new Wrong(message);
}

/** Text that is not empty. */
export function text(): Field<string> {
  return field(
    (value) =>
      typeof value === "string" && value !== "" ? value : wrong(`must be text${quoteHint(value)}`),
    { type: "string", minLength: 1 },
  );
}

/** A text, or a list of several. */
export function texts(): Field<readonly string[]> {
  const parse = (value: unknown): readonly string[] | Wrong => {
    const given: readonly unknown[] = Array.isArray(value) ? value : [value];
    const found = given.filter((each) => typeof each === "string" && each !== "") as string[];
    if (found.length === given.length && found.length > 0) return found;
    return wrong(`must be text, or a list of texts${quoteHint(value)}`);
  };
  const form = { type: "string", minLength: 1 };
  return field(parse, { anyOf: [form, { type: "array", minItems: 1, items: form }] });
}

const UNITS_FORM = { type: "string", description: "a UCUM code, such as Cel, %, mm/s, {rev}/min" };

/** A UCUM code; empty: none. */
export function units(): Field<string> {
  return field((value) => {
    if (typeof value !== "string") return wrong("must be a UCUM code as text");
    const problem = unitProblem(value);
    return problem === undefined ? value : wrong(withHint(problem.message, problem.hint));
  }, UNITS_FORM);
}

/** Text of a given form. */
export function pattern(form: RegExp, what: string): Field<string> {
  return field(
    (value) =>
      typeof value === "string" && form.test(value)
        ? value
        : wrong(`must be ${what}${quoteHint(value)}`),
    { type: "string", pattern: form.source, description: what },
  );
}

export function choice<const T extends string>(values: readonly T[]): Field<T> {
  const parse = (value: unknown): T | Wrong => {
    const found = values.find((known) => known === value);
    if (found !== undefined) return found;
    const hint = typeof value === "string" ? nearest(value, values) : undefined;
    return wrong(withHint(`must be one of ${values.join(", ")}`, hint));
  };
  return field(parse, { enum: values });
}

/** `float` is a slip for Float32, though many letters away. */
function nearest(value: string, values: readonly string[]): string | undefined {
  const begun =
    value === ""
      ? undefined
      : values.find((each) => each.toLowerCase().startsWith(value.toLowerCase()));
  return didYouMean(begun ?? value, values);
}

export function flag(): Field<boolean> {
  return field((value) => (typeof value === "boolean" ? value : wrong("must be true or false")), {
    type: "boolean",
  });
}

/** A finite number within inclusive bounds. */
export function number(bounds: { min?: number; max?: number } = {}): Field<number> {
  const { min = -Infinity, max = Infinity } = bounds;
  return field(
    (value) =>
      typeof value === "number" && Number.isFinite(value) && value >= min && value <= max
        ? value
        : wrong(`must be a number${boundsText(min, max)}`),
    { type: "number", ...boundsForm(min, max) },
  );
}

/** A whole number within inclusive bounds. */
export function whole(min: number, max: number): Field<number> {
  return field(
    (value) =>
      Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
        ? (value as number)
        : wrong(`must be a whole number${boundsText(min, max)}`),
    { type: "integer", ...boundsForm(min, max) },
  );
}

/** `500ms`, `10s`, `5m`, `2h`, `7d`, as milliseconds; bounds in milliseconds. */
export function duration(bounds: { min?: number; max?: number } = {}): Field<number> {
  const { min = 0, max = Infinity } = bounds;
  const form = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/;
  const parse = (value: unknown): number | Wrong => {
    const match = form.exec(String(value));
    if (match === null) return wrong("must be a duration such as 500ms, 10s, 5m, 2h or 7d");
    const ms = Number(match[1]) * MS[match[2] as keyof typeof MS];
    if (ms < min || ms > max) {
      return wrong(`must be a duration from ${durationText(min)} to ${durationText(max)}`);
    }
    return Math.round(ms);
  };
  return field(parse, { type: "string", pattern: form.source });
}

/** `64MiB`, `4KiB`, `2GB`, `512B`, as bytes; bounds in bytes. */
export function size(bounds: { min?: number; max?: number } = {}): Field<number> {
  const { min = 0, max = Infinity } = bounds;
  const form = /^(\d+(?:\.\d+)?) ?(B|[KMG]iB|kB|MB|GB)$/;
  const parse = (value: unknown): number | Wrong => {
    const match = form.exec(String(value));
    if (match === null) return wrong("must be a size such as 512B, 64KiB, 64MiB or 2GiB");
    const bytes = Math.round(Number(match[1]) * BYTES[match[2] as keyof typeof BYTES]);
    if (bytes < min || bytes > max) {
      return wrong(`must be a size from ${sizeText(min)} to ${sizeText(max)}`);
    }
    return bytes;
  };
  return field(parse, { type: "string", pattern: form.source });
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port` with `[…]` around IPv6; port 0 = any free one where `zero` allows it. */
export function address(zero: boolean): Field<Address> {
  return field((value) => {
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(String(value));
    const port = Number(match?.[3]);
    if (match === null || port > 65_535 || (port === 0 && !zero)) {
      return wrong("must be host:port, such as 127.0.0.1:1884 or [::1]:1884");
    }
    return { host: match[1] ?? match[2] ?? "", port };
  });
}

/** `name: value` pairs with free names. */
export function mapping<T>(value: Field<T>): Field<Record<string, T>> {
  return z.record(z.string(), value, { error: () => "must be a mapping of names" });
}

export function list<T>(element: Field<T>): Field<T[]> {
  return z.array(element, { error: () => "must be a list" });
}

function quoteHint(value: unknown): string {
  return typeof value === "number" || typeof value === "boolean" ? ` (write "${value}")` : "";
}

function boundsForm(min: number, max: number): JsonForm {
  return {
    ...(min === -Infinity ? {} : { minimum: min }),
    ...(max === Infinity ? {} : { maximum: max }),
  };
}

function boundsText(min: number, max: number): string {
  if (min === -Infinity && max === Infinity) return "";
  if (max === Infinity) return ` of at least ${min}`;
  return min === -Infinity ? ` of at most ${max}` : ` from ${min} to ${max}`;
}

function durationText(ms: number): string {
  if (ms === Infinity) return "any";
  const unit =
    (["d", "h", "m", "s"] as const).find((name) => ms >= MS[name] && ms % MS[name] === 0) ?? "ms";
  return `${ms / MS[unit]}${unit}`;
}

function sizeText(bytes: number): string {
  if (bytes === Infinity) return "any";
  const unit =
    (["GiB", "MiB", "KiB"] as const).find(
      (name) => bytes >= BYTES[name] && bytes % BYTES[name] === 0,
    ) ?? "B";
  return `${bytes / BYTES[unit]}${unit}`;
}
