// A JSON path on a value, by Jayway's rules. While a path has led to one value at most, a step that finds nothing ends
// it: an error if it is strict, nothing if it is lax. Behind a step that finds several values, those on which the rest
// of the path leads nowhere are passed over, and what is found is an array, possibly empty.

import { isDefinite, isDefiniteStep } from "../../core/value/json-path.ts";
import type { JsonPath, JsonStep } from "../../core/value/json-path.ts";
import type { JsonValue } from "./value.ts";

/** What a path leads to; undefined when it leads nowhere, which is an error if the path is strict. */
export type PathReader = (root: JsonValue) => JsonValue | undefined;

/** Prepares a path for reading. A root of null is never read. */
export function pathReader(path: JsonPath): PathReader {
  const { steps } = path;
  const definite = isDefinite(steps);
  return (root) => {
    const walk = new Walk(steps);
    walk.step(0, root);
    if (walk.isLost && !path.isLax) return undefined;
    return definite ? walk.found.at(-1) : walk.found;
  };
}

class Walk {
  readonly found: JsonValue[] = [];
  /** The definite beginning of the path was not there. */
  isLost = false;
  readonly #steps: readonly JsonStep[];

  constructor(steps: readonly JsonStep[]) {
    this.#steps = steps;
  }

  /** Takes the steps from `index` on. */
  step(index: number, value: JsonValue): void {
    const step = this.#steps[index];
    if (step === undefined) {
      this.found.push(value);
      return;
    }
    switch (step.kind) {
      case "names":
        this.#names(index, value, step.names);
        return;
      case "indexes":
        if (!Array.isArray(value)) this.#miss(index);
        else for (const at of step.indexes) this.#item(index, value as readonly JsonValue[], at);
        return;
      case "slice":
        if (!Array.isArray(value)) this.#miss(index);
        else this.#slice(index, value as readonly JsonValue[], step);
        return;
      case "all":
        for (const child of childrenOf(value)) this.step(index + 1, child);
        return;
      default:
        this.#scan(index, value);
    }
  }

  #miss(index: number): void {
    const before = this.#steps.slice(0, index);
    if (before.every((_, at) => isDefiniteStep(this.#steps, at))) this.isLost = true;
  }

  #names(index: number, value: JsonValue, names: readonly string[]): void {
    if (!(value instanceof Map)) {
      this.#miss(index);
      return;
    }
    const members = value as ReadonlyMap<string, JsonValue>;
    const isLast = index === this.#steps.length - 1;
    if (names.length > 1 && isLast) {
      const known = names.filter((name) => members.has(name));
      this.found.push(new Map(known.map((name) => [name, members.get(name) ?? null])));
      return;
    }
    for (const name of names) {
      const member = members.get(name);
      if (member !== undefined) this.step(index + 1, member);
      else if (!isLast && names.length === 1) this.#miss(index);
    }
  }

  /** An index beyond the array leads nowhere, which is no error by itself. */
  #item(index: number, items: readonly JsonValue[], at: number): void {
    const item = items[at < 0 ? items.length + at : at];
    if (item !== undefined) this.step(index + 1, item);
  }

  /** From a negative start to an end, places are counted from the array's end until they reach 0. */
  #slice(
    index: number,
    items: readonly JsonValue[],
    { from, to }: Extract<JsonStep, { kind: "slice" }>,
  ): void {
    const { length } = items;
    const start = to === undefined && from !== undefined && from < 0 ? from + length : (from ?? 0);
    const end = from === undefined && to !== undefined && to < 0 ? to + length : (to ?? length);
    const first = to === undefined ? Math.max(0, start) : Math.max(-length, start);
    for (let at = first; at < Math.min(length, end); at++) this.#item(index, items, at);
  }

  /** The next step on the value and on everything below it. */
  #scan(index: number, value: JsonValue): void {
    const next = this.#steps[index + 1];
    if (next === undefined || !isContainer(value)) return;
    const fits =
      next.kind === "names"
        ? value instanceof Map && next.names.every((name) => value.has(name))
        : next.kind === "all" || Array.isArray(value);
    if (fits) this.step(index + 1, value);
    for (const child of childrenOf(value)) this.#scan(index, child);
  }
}

function isContainer(value: JsonValue): boolean {
  return Array.isArray(value) || value instanceof Map;
}

function childrenOf(value: JsonValue): Iterable<JsonValue> {
  if (Array.isArray(value)) return value as readonly JsonValue[];
  return value instanceof Map ? (value as ReadonlyMap<string, JsonValue>).values() : [];
}
