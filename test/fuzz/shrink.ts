// Makes a case smaller as long as the two sides differ in the same way: events go, parts of the query go, expressions
// give way to their own parts. Greedy: the first smaller case that still differs is taken, and all begins again.

import { accepts, plainCategory } from "./categories.ts";
import type { FuzzCase } from "./generate.ts";
import { list, type Part, type Tree } from "./tree.ts";

/** Whether a smaller case still shows the difference. */
export type StillDiffers = (candidate: FuzzCase) => Promise<boolean>;

/** The smallest case that was found. */
export async function shrink(found: FuzzCase, stillDiffers: StillDiffers): Promise<FuzzCase> {
  let smallest = found;
  for (let progress = true; progress;) {
    progress = false;
    for (const candidate of candidates(smallest)) {
      if (!(await stillDiffers(candidate))) continue;
      smallest = candidate;
      progress = true;
      break;
    }
  }
  return smallest;
}

/** Smaller cases, the boldest first. */
function* candidates({ sql, lines }: FuzzCase): Generator<FuzzCase, void, void> {
  for (let size = Math.ceil(lines.length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let start = 0; start < lines.length; start += size) {
      yield { sql, lines: lines.toSpliced(start, size) };
    }
  }
  for (const smaller of reductions(sql)) yield { sql: smaller, lines };
  yield* withoutFields({ sql, lines });
}

/** Trees with one part less, or with an expression replaced by a part of it. */
function* reductions(tree: Tree): Generator<Tree, void, void> {
  if (typeof tree === "string") return;
  if (tree.kind === "optional") yield "";
  if (tree.kind === "list" && tree.parts.length > 1) {
    const half = tree.parts.length >> 1;
    if (half > 1) {
      yield list(tree.separator, tree.parts.slice(half));
      yield list(tree.separator, tree.parts.slice(0, half));
    }
    for (const index of tree.parts.keys()) {
      yield list(tree.separator, tree.parts.toSpliced(index, 1));
    }
  }
  if (tree.kind === "expression") yield* replacements(tree);
  for (const [index, part] of tree.parts.entries()) {
    for (const smaller of reductions(part)) {
      yield { ...tree, parts: tree.parts.with(index, smaller) };
    }
  }
}

/** Expressions inside of an expression that could stand in its place. */
function* replacements(expression: Part & { kind: "expression" }): Generator<Tree, void, void> {
  const category = plainCategory(expression.type);
  for (const part of expression.parts) {
    if (typeof part === "string") continue;
    for (const inner of expressionsIn(part)) {
      if (category !== undefined && accepts(category, inner.type)) yield inner;
    }
  }
}

function* expressionsIn(part: Part): Generator<Part & { kind: "expression" }, void, void> {
  if (part.kind === "expression") yield part;
  for (const inner of part.parts) if (typeof inner !== "string") yield* expressionsIn(inner);
}

/** Events without a field that some of them have. */
function* withoutFields({ sql, lines }: FuzzCase): Generator<FuzzCase, void, void> {
  const events = lines.map(readExact);
  const names = new Set(events.flatMap((event) => Object.keys(event)));
  for (const name of names) {
    const smaller = events.map((event) => {
      const { [name]: _left, ...rest } = event;
      return JSON.stringify(rest);
    });
    yield { sql, lines: smaller };
  }
}

/** A JSON object whose numbers are written again as they were. */
function readExact(line: string): Record<string, unknown> {
  const keepSource = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" && context?.source !== undefined
      ? RAW_JSON.rawJSON(context.source)
      : value;
  return JSON.parse(line, keepSource) as Record<string, unknown>;
}

/** Newer than the library of types that we compile with. */
const RAW_JSON = JSON as unknown as { rawJSON(text: string): unknown };
