// The arguments of a windowing table function, in the order of its signature.

import type { WindowArgument, WindowTableRef } from "../ast.ts";
import type { SourceText } from "../source.ts";

interface Signature {
  readonly names: readonly string[];
  readonly required: number;
  readonly example: string;
}

const SIGNATURES: Readonly<Record<string, Signature>> = {
  TUMBLE: {
    names: ["DATA", "TIMECOL", "SIZE", "OFFSET"],
    required: 3,
    example: "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
  },
  HOP: {
    names: ["DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"],
    required: 4,
    example: "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)",
  },
  CUMULATE: {
    names: ["DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"],
    required: 4,
    example: "CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '1' HOUR)",
  },
  SESSION: {
    names: ["DATA", "TIMECOL", "GAP"],
    required: 3,
    example: "SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
  },
};

/** By position, or by name: DATA first, as Flink wants it, then the others in any order. Throws SQL_INVALID. */
export function windowArguments(
  source: SourceText,
  ref: WindowTableRef,
): readonly WindowArgument[] {
  const signature = SIGNATURES[ref.name.name];
  if (signature === undefined) throw new RangeError(`no window function ${ref.name.name}`);
  const { name } = ref.name;
  const { names, required } = signature;
  const named = ref.arguments.filter((argument) => argument.name !== undefined);
  if (named.length > 0 && named.length < ref.arguments.length) {
    throw source.invalid(
      ref.name,
      "positional and named arguments cannot be mixed",
      "Name all of them, or none.",
    );
  }
  const list = named.length > 0 ? byName(source, ref, signature) : ref.arguments;
  const count = list.length;
  if (count < required || count > names.length) {
    const form = names.slice(0, required).join(", ");
    const rest = names.length > required ? `[, ${names[required]}]` : "";
    throw source.invalid(
      ref.name,
      `${name} takes ${form}${rest}, not ${count} arguments`,
      `Write ${signature.example}.`,
    );
  }
  return list;
}

function byName(
  source: SourceText,
  ref: WindowTableRef,
  { names, required }: Signature,
): readonly WindowArgument[] {
  const given = new Map<string, WindowArgument>();
  for (const argument of ref.arguments) {
    const name = argument.name?.name ?? "";
    const place = argument.name ?? argument;
    if (given.has(name)) throw source.invalid(place, `${name} is given twice`, "Keep one.");
    if (!names.includes(name)) {
      const hint = `It takes ${names.join(", ")}; OFFSET needs backticks.`;
      throw source.invalid(place, `${ref.name.name} has no argument ${name}`, hint);
    }
    if (given.size === 0 && name !== names[0]) {
      const hint = "The others may follow in any order.";
      throw source.invalid(place, `${names[0]} is the first argument, not ${name}`, hint);
    }
    given.set(name, argument);
  }
  const missing = names.slice(0, required).find((name) => !given.has(name));
  if (missing !== undefined) {
    throw source.invalid(ref.name, `${ref.name.name} needs the argument ${missing}`);
  }
  return names.flatMap((name) => given.get(name) ?? []);
}
