// Random expressions over a scope, of a wanted category: a form is chosen, its slots are filled with expressions that
// are one level shallower, and headrace's planner says what type came out.

import type { SqlType } from "../../src/core/types.ts";
import { accepts, COLLECTIONS, PLAIN, plainCategory, type Category } from "./categories.ts";
import { allTemplates, POOLS } from "./forms.ts";
import { CAST_TARGETS, LITERALS } from "./literals.ts";
import { Random } from "./random.ts";
import { declaredTables, scopeOf, type Leaf, type Scope } from "./scope.ts";
import { optional, render, type Part, type Tree } from "./tree.ts";
import { COLUMN_KINDS } from "./values.ts";

/** An expression with its type. */
export type Fragment = Part & { readonly kind: "expression" };

const ATTEMPTS = 8;
const LEAF_SHARE = 0.25;
const LITERAL_SHARE = 0.2;
const COLLECTION_SHARE = 0.2;
const NULL_LITERAL_SHARE = 0.08;

/** Generates expressions over one scope. */
export class Expressions {
  readonly #random: Random;
  readonly #scope: Scope;

  constructor(random: Random, scope: Scope) {
    this.#random = random;
    this.#scope = scope;
  }

  /** An expression of any plain category, now and then a collection. */
  any(depth: number): Fragment {
    const random = this.#random;
    const isCollection = random.chance(COLLECTION_SHARE);
    return this.of(isCollection ? random.pick(COLLECTIONS) : this.#category(), depth);
  }

  /** Mostly one that there are columns of. */
  #category(): Category {
    const random = this.#random;
    const { leaves } = this.#scope;
    const leaf = leaves.length > 0 && random.chance(0.9) ? random.pick(leaves) : undefined;
    return (leaf && plainCategory(leaf.type)) ?? random.pick(PLAIN);
  }

  /** An expression of a category, at most `depth` calls deep. */
  of(category: Category, depth: number): Fragment {
    if (depth > 0 && !this.#random.chance(LEAF_SHARE)) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const fragment = this.#call(category, depth);
        if (fragment !== undefined) return fragment;
      }
    }
    return this.#leaf(category);
  }

  /** The type of a call of a template with simple arguments, chosen as if `wanted` were asked for. */
  tryTemplate(template: string, wanted: Category): SqlType | undefined {
    return this.#scope.typeOf(this.#fill(template, wanted, 0).map(render).join(""));
  }

  #call(category: Category, depth: number): Fragment | undefined {
    const forms = formsOf(category);
    if (forms.length === 0) return undefined;
    const template = this.#random.pick(forms);
    const parts = this.#fill(template, category, depth - 1);
    const text = parts.map(render).join("");
    // An element that a constant does not have is a deviation, see deviations.ts.
    if (template.includes(")[{") && !readsColumn(text)) return undefined;
    const type = this.#scope.typeOf(text);
    if (type === undefined || !accepts(category, type)) return undefined;
    return { kind: "expression", type, parts };
  }

  /** The parts of a template, its slots filled. */
  #fill(template: string, wanted: Category, depth: number): Tree[] {
    const random = this.#random;
    const plain = PLAIN.find((each) => each === wanted);
    const chosen = plain !== undefined && random.chance(0.6) ? plain : this.#category();
    return template.split(/[{}]/).map((text, index) => {
      if (index % 2 === 0) return text;
      if (text === "any" || text === "same") return this.of(chosen, depth);
      if (text === "small") return this.#small(depth);
      if (text === "type") return this.#castTarget(plain ?? "numeric", template);
      const pool = POOLS[text];
      return pool === undefined ? this.of(text as Category, depth) : random.pick(pool);
    });
  }

  #castTarget(category: Category, template: string): string {
    const targets = CAST_TARGETS[category] ?? ["INT"];
    const deviates = (type: string): boolean =>
      template.startsWith("TRY_CAST") && type.startsWith("DECIMAL");
    return this.#random.pick(targets.filter((type) => !deviates(type)));
  }

  /** An integer that makes no great texts: as a length, a position, a count. */
  #small(depth: number): Tree {
    const random = this.#random;
    if (random.chance(0.6)) return String(random.between(-2, 9));
    const inner = this.of("integer", depth - 1);
    const text = `CAST(MOD(${render(inner)}, 12) AS INT)`;
    const type = this.#scope.typeOf(text);
    if (type === undefined) return String(random.between(0, 9));
    return { kind: "expression", type, parts: ["CAST(MOD(", inner, ", 12) AS INT)"] };
  }

  #leaf(category: Category): Fragment {
    const random = this.#random;
    const fitting = this.#scope.leaves.filter(({ type }) => accepts(category, type));
    if (fitting.length > 0 && !random.chance(LITERAL_SHARE)) {
      const { text, type } = random.pick(fitting);
      return { kind: "expression", type, parts: [text] };
    }
    return this.#literal(category);
  }

  #literal(category: Category): Fragment {
    const random = this.#random;
    const narrower: Partial<Record<Category, readonly Category[]>> = {
      exact: ["integer"],
      anyTimestamp: ["timestamp", "ltz"],
      datetime: ["date", "time", "timestamp", "ltz"],
      array: ["numbers", "texts"],
    };
    const source = random.pick(narrower[category] ?? [category]);
    const targets = CAST_TARGETS[source === "integer" ? "" : source];
    const text =
      targets !== undefined && random.chance(NULL_LITERAL_SHARE)
        ? `CAST(NULL AS ${random.pick(targets)})`
        : random.pick(LITERALS[source] ?? ["NULL"]);
    const type = this.#scope.typeOf(text) ?? UNTYPED;
    return { kind: "expression", type, parts: [text] };
  }
}

/** Whether a generated expression reads a column. */
export function readsColumn(text: string): boolean {
  return /\b(?:[acdx]\d+|k|ms|ts)\b/.test(text);
}

/** A clause, unless its condition is a constant: Flink does not run what is below FALSE (deviations.ts). */
export function condition(clause: string, expression: Fragment): Tree {
  const text = render(expression);
  const isConstant =
    /\bFALSE\b|AS BOOLEAN/.test(text) || !(readsColumn(text) || text.includes("COUNT("));
  return isConstant ? "" : optional(clause, expression);
}

/** For a literal that stands alone nowhere, as an interval. */
const UNTYPED: SqlType = { kind: "NULL", nullable: true };

let known: Map<Category, string[]> | undefined;

/** The templates whose result can be of a category, found out by trying them. */
function formsOf(category: Category): readonly string[] {
  known ??= explore();
  return known.get(category) ?? [];
}

const TRIALS = 12;

function explore(): Map<Category, string[]> {
  const random = new Random(1, 0);
  const scope = universalScope();
  const expressions = new Map<Category, string[]>(
    [...PLAIN, "integer", "exact", "anyTimestamp", "datetime", ...COLLECTIONS, "array"].map(
      (each) => [each as Category, []],
    ),
  );
  // Leaves only: `known` is not there yet.
  known = new Map();
  const generator = new Expressions(random, scope);
  for (const template of new Set(allTemplates())) {
    const found = new Set<Category>();
    for (let trial = 0; trial < TRIALS * PLAIN.length; trial++) {
      const type = generator.tryTemplate(template, PLAIN[trial % PLAIN.length] ?? "numeric");
      if (type === undefined) continue;
      for (const category of expressions.keys()) if (accepts(category, type)) found.add(category);
    }
    for (const category of found) expressions.get(category)?.push(template);
  }
  return expressions;
}

/** A scope with a column of every kind. */
function universalScope(): Scope {
  const columns = COLUMN_KINDS.map(([, { type }], index) => `c${index} ${type}`);
  const tables = declaredTables(`CREATE TABLE t (${columns.join(", ")});`);
  const scope = scopeOf({ tables, views: "" }, [], { from: "t" });
  const leaves = columns.flatMap((_, index): Leaf[] => {
    const type = scope.typeOf(`c${index}`);
    return type === undefined ? [] : [{ text: `c${index}`, type }];
  });
  return { ...scope, leaves };
}
