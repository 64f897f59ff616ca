// The tree of a regular expression, and what the compiler asks about it.

import type { CharSet } from "./char-set.ts";

/** Zero-width tests. Named by Java's constructs: ^ $ \b … with the flags in force folded in. */
export type Assertion =
  | "begin" // \A, and ^ without (?m)
  | "end" // \z
  | "last-line-end" // \Z, and $ without (?m)
  | "last-newline" // the same under (?d): \n is the only line terminator
  | "line-begin" // (?m)^
  | "line-end" // (?m)$
  | "newline-begin" // (?md)^
  | "newline-end" // (?md)$
  | "word-boundary"
  | "no-word-boundary";

export type PatternNode =
  | { readonly kind: "set"; readonly set: CharSet }
  | { readonly kind: "assert"; readonly test: Assertion }
  | { readonly kind: "sequence"; readonly items: readonly PatternNode[] }
  | { readonly kind: "either"; readonly options: readonly PatternNode[] }
  | GroupNode
  | RepeatNode;

export interface GroupNode {
  readonly kind: "group";
  /** Capturing groups count from 1; 0 is a group that captures nothing. */
  readonly index: number;
  readonly body: PatternNode;
}

export interface RepeatNode {
  readonly kind: "repeat";
  readonly body: PatternNode;
  readonly min: number;
  /** Infinity for * and +. */
  readonly max: number;
  readonly greedy: boolean;
}

/** The node that matches the empty text. */
export const EMPTY_NODE: PatternNode = { kind: "sequence", items: [] };

/** Whether a node can match without taking a character. */
export function isNullable(node: PatternNode): boolean {
  switch (node.kind) {
    case "set":
      return false;
    case "assert":
      return true;
    case "sequence":
      return node.items.every(isNullable);
    case "either":
      return node.options.some(isNullable);
    case "group":
      return isNullable(node.body);
    case "repeat":
      return node.min === 0 || isNullable(node.body);
  }
}

/** Whether a node never takes a character. */
export function isAlwaysEmpty(node: PatternNode): boolean {
  switch (node.kind) {
    case "set":
      return false;
    case "assert":
      return true;
    case "sequence":
      return node.items.every(isAlwaysEmpty);
    case "either":
      return node.options.every(isAlwaysEmpty);
    case "group":
      return isAlwaysEmpty(node.body);
    case "repeat":
      return node.max === 0 || isAlwaysEmpty(node.body);
  }
}

/** Whether there is only one way to match a node at a place; Java repeats such nodes by a simpler loop. */
export function isDeterministic(node: PatternNode): boolean {
  switch (node.kind) {
    case "set":
    case "assert":
      return true;
    case "sequence":
      return node.items.every(isDeterministic);
    case "either":
      return false;
    case "group":
      return isDeterministic(node.body);
    case "repeat":
      return node.min === node.max && isDeterministic(node.body);
  }
}

/** All sets of a tree. */
export function setsOf(node: PatternNode): CharSet[] {
  switch (node.kind) {
    case "set":
      return [node.set];
    case "assert":
      return [];
    case "sequence":
      return node.items.flatMap(setsOf);
    case "either":
      return node.options.flatMap(setsOf);
    case "group":
    case "repeat":
      return setsOf(node.body);
  }
}

/**
 * Groups inside another, repeated group. Java leaves in them what an attempt that it gave up has set, so that their
 * text is not defined by the pattern.
 */
export function unreliableGroups(node: PatternNode, isRepeated = false): number[] {
  switch (node.kind) {
    case "set":
    case "assert":
      return [];
    case "sequence":
      return node.items.flatMap((item) => unreliableGroups(item, isRepeated));
    case "either":
      return node.options.flatMap((option) => unreliableGroups(option, isRepeated));
    case "group": {
      const inside = unreliableGroups(node.body, isRepeated);
      return isRepeated && node.index > 0 ? [node.index, ...inside] : inside;
    }
    case "repeat": {
      const { body } = node;
      if (node.max <= 1) return unreliableGroups(body, isRepeated);
      // The repeated group itself is set anew, and right, by each round.
      const itself = body.kind === "group" && !isRepeated ? body.body : body;
      return unreliableGroups(itself, true);
    }
  }
}
