// Random GROUP BY over a window: grouping sets, aggregate calls with DISTINCT and FILTER, and expressions over them.

import { AGGREGATE_FUNCTIONS } from "../../src/sql/functions/aggregates.ts";
import { isCollection } from "../../src/sql/types.ts";
import { Expressions, type Fragment } from "./expressions.ts";
import type { Random } from "./random.ts";
import type { Leaf, Scope } from "./scope.ts";
import { optional, render, sequence, type Tree } from "./tree.ts";
import { LAST_DIGIT } from "./verdict.ts";
import type { WindowKind } from "./windows.ts";

/** What a query groups by. */
export interface Grouping {
  /** The window's columns, as they stand in SELECT. */
  readonly window: WindowColumns;
  readonly tree: Tree;
  readonly text: string;
  readonly keys: readonly string[];
  readonly hasSets: boolean;
}

export interface WindowColumns {
  readonly start: string;
  readonly end: string;
  readonly time: string;
}

const OF_FUNCTION: WindowColumns = {
  start: "window_start",
  end: "window_end",
  time: "window_time",
};

/** A window that GROUP BY makes itself, as `GROUP BY TUMBLE(ts, …)`, beside keys. */
export function groupingOfCall(
  kind: WindowKind,
  { lengths, keys }: { readonly lengths: string; readonly keys: readonly string[] },
): Grouping {
  const text = [`${kind}(${lengths})`, ...keys].join(", ");
  const column = (name: string): string => `${kind}_${name}(${lengths})`;
  const window = { start: column("START"), end: column("END"), time: column("ROWTIME") };
  return { window, tree: text, text, keys, hasSets: false };
}

/** Window columns and keys, now and then in several sets. */
export function groupingOf(
  random: Random,
  keys: readonly string[],
  { kind, keepsTime }: { readonly kind: WindowKind; readonly keepsTime: boolean },
): Grouping {
  const window = ["window_start", "window_end"];
  if (keepsTime || random.chance(0.1)) window.push("window_time");
  const hasSets = kind !== "SESSION" && keys.length > 0 && random.chance(0.2);
  const grouped = hasSets ? [setsOf(random, keys)] : keys;
  const text = [...window, ...grouped].join(", ");
  return { window: OF_FUNCTION, tree: text, text, keys, hasSets };
}

function setsOf(random: Random, keys: readonly string[]): string {
  const form = random.pick(["CUBE", "ROLLUP", "GROUPING SETS"]);
  if (form !== "GROUPING SETS") return `${form} (${keys.join(", ")})`;
  const sets = random.several(1, 3, () => keys.filter(() => random.chance(0.5)).join(", "));
  const different = new Set([keys.join(", "), ...sets]);
  return `GROUPING SETS (${[...different].map((set) => `(${set})`).join(", ")})`;
}

export interface AggregateScopes {
  /** The rows that are grouped. */
  readonly scope: Scope;
  /** The groups; without leaves. */
  readonly groups: Scope;
  readonly grouping: Grouping;
  readonly isUnordered: boolean;
}

const ATTEMPTS = 10;
/** What the order of rows decides, be it in the last digit. */
const OF_ORDER = /^(?:LISTAGG|FIRST_VALUE|LAST_VALUE|ARRAY_AGG|JSON_ARRAYAGG|STDDEV.*|VAR.*)$/;
const OF_NUMBERS = /^(?:SUM|AVG|STDDEV|VAR|PERCENTILE)/;

/** Generates the select list and HAVING of one grouped query. */
export class Aggregates {
  readonly #random: Random;
  readonly #scopes: AggregateScopes;
  readonly #arguments: Expressions;

  constructor(random: Random, scopes: AggregateScopes) {
    this.#random = random;
    this.#scopes = scopes;
    this.#arguments = new Expressions(random, scopes.scope);
  }

  /** Keys, window columns, aggregates and expressions over all of them. `keepsTime` adds `window_time AS rt`. */
  items(keepsTime: boolean): Tree[] {
    const random = this.#random;
    const { keys, hasSets, window } = this.#scopes.grouping;
    const items: Tree[] = keys.filter(() => keepsTime || random.chance(0.8));
    // A window over the result adds columns of the same names.
    items.push(`${window.start} AS ws`);
    if (keepsTime) items.push(`${window.time} AS rt`);
    if (random.chance(0.5)) items.push(`${window.end} AS we`);
    if (hasSets && random.chance(0.7)) {
      items.push(
        random.pick([
          `GROUPING(${random.pick(keys)})`,
          `GROUPING_ID(${keys.join(", ")})`,
          "GROUP_ID()",
        ]),
      );
    }
    items.push(
      ...random.several(1, 5, (index) => {
        const expression = random.chance(0.25) ? this.#over() : this.#call();
        return sequence(expression, ` AS a${index}`);
      }),
    );
    return items;
  }

  /** A condition on groups. */
  condition(): Fragment {
    return this.#overGroups().of("boolean", 2);
  }

  #over(): Fragment {
    return this.#overGroups().any(2);
  }

  /** Expressions whose columns are keys and aggregates. */
  #overGroups(): Expressions {
    const { groups, grouping } = this.#scopes;
    const leaves: Leaf[] = grouping.keys.flatMap((text) => {
      const type = groups.typeOf(text);
      return type === undefined ? [] : [{ text, type }];
    });
    const calls = this.#random.several(1, 3, () => this.#call());
    leaves.push(...calls.map((call) => ({ text: call, type: call.type })));
    return new Expressions(this.#random, { ...groups, leaves });
  }

  #call(): Fragment {
    const random = this.#random;
    const { groups, isUnordered } = this.#scopes;
    const { keys, hasSets } = this.#scopes.grouping;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const name = random.pick([...AGGREGATE_FUNCTIONS.keys()]);
      if (isUnordered && OF_ORDER.test(name)) continue;
      const depth = random.pick([0, 0, 1, 2]);
      const argument = this.#argument(name, depth);
      const isEmptyable = name === "LISTAGG" || /^(?:STDDEV|VAR)/.test(name);
      // A deviation, see deviations.ts.
      if (isEmptyable && !argument.type.nullable) continue;
      // What is left of values that are nearly equal is the last digit alone.
      if (/^(?:STDDEV|VAR)/.test(name) && LAST_DIGIT.test(render(argument))) continue;
      const isJson = name.startsWith("JSON_");
      const distinct = !isJson && random.chance(0.15) ? optional("DISTINCT ") : "";
      const filter =
        !isJson && random.chance(0.15)
          ? optional(" FILTER (WHERE ", this.#arguments.of("boolean", 1), ")")
          : "";
      const key = name === "JSON_OBJECTAGG" ? [this.#arguments.of("text", 1), " VALUE "] : [];
      const parts: Tree[] =
        name === "COUNT" && random.chance(0.4)
          ? ["COUNT(*)", filter]
          : [`${name}(`, ...key, distinct, argument, this.#rest(name), ")", filter];
      const text = parts.map(render).join("");
      const type = groups.typeOf(text);
      // A deviation, see deviations.ts.
      const isOfLeftOut = hasSets && keys.some((each) => text.includes(each));
      if (isOfLeftOut && type !== undefined && isCollection(type)) continue;
      if (type !== undefined) return { kind: "expression", type, parts };
    }
    return { kind: "expression", type: { kind: "BIGINT", nullable: false }, parts: ["COUNT(*)"] };
  }

  #argument(name: string, depth: number): Fragment {
    if (name === "LISTAGG") return this.#arguments.of("text", depth);
    return OF_NUMBERS.test(name)
      ? this.#arguments.of("numeric", depth)
      : this.#arguments.any(depth);
  }

  /** What stands behind the value. */
  #rest(name: string): Tree {
    const random = this.#random;
    switch (name) {
      case "LISTAGG":
        return random.chance(0.3) ? optional(", '-'") : "";
      case "PERCENTILE":
        return random.pick([", 0.5", ", 0.3", ", ARRAY[0.0, 1.0]"]);
      case "ARRAY_AGG":
        return random.chance(0.3) ? optional(random.pick([" IGNORE NULLS", " RESPECT NULLS"])) : "";
      default:
        return "";
    }
  }
}
