// A generated SQL text as a tree: what the shrinker may leave out or replace is marked, the rest is text.

import type { SqlType } from "../../src/core/types.ts";

export type Tree = string | Part;

export type Part =
  /** All of it belongs together. */
  | { readonly kind: "sequence"; readonly parts: readonly Tree[] }
  /** Any part may go, but not the last one. */
  | { readonly kind: "list"; readonly separator: string; readonly parts: readonly Tree[] }
  /** May go as a whole. */
  | { readonly kind: "optional"; readonly parts: readonly Tree[] }
  /** May be replaced by anything of its type. */
  | { readonly kind: "expression"; readonly type: SqlType; readonly parts: readonly Tree[] };

/** Parts that belong together. */
export function sequence(...parts: readonly Tree[]): Part {
  return { kind: "sequence", parts };
}

/** Parts of which some may go; `separator` stands between them. */
export function list(separator: string, parts: readonly Tree[]): Part {
  return { kind: "list", separator, parts };
}

/** Parts that may go together. */
export function optional(...parts: readonly Tree[]): Part {
  return { kind: "optional", parts };
}

/** The text of a tree. */
export function render(tree: Tree): string {
  if (typeof tree === "string") return tree;
  return tree.parts.map(render).join(tree.kind === "list" ? tree.separator : "");
}
